// What JavaScript calls: the playground's requests, and the programs by their names.
#include <emscripten.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "site/engine/playground.h"
#include "site/engine/programs.h"

namespace {

// Until the next call: JavaScript copies it at once.
std::string answer;

}  // namespace

extern "C" {

// The answer to a request of the playground.
EMSCRIPTEN_KEEPALIVE const char* glance_ask(const char* request) {
  static glance::site::Playground playground;
  answer = playground.ask(request);
  return answer.c_str();
}

// The names of the programs, as a JSON list.
EMSCRIPTEN_KEEPALIVE const char* glance_programs() {
  nlohmann::json names = nlohmann::json::array();
  for (const glance::site::Program& program : glance::site::programs()) names.push_back(program.name);
  answer = names.dump();
  return answer.c_str();
}

// Runs a program with its arguments, a JSON list of which the name is the first; its exit status, 127 where there is no
// such program. Standard output is a log and not a terminal, so that no program moves a cursor.
EMSCRIPTEN_KEEPALIVE int glance_run(const char* arguments) {
  ::setenv("TERM", "dumb", 1);
  int status = 127;
  try {
    std::vector<std::string> words = nlohmann::json::parse(arguments);
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    for (const glance::site::Program& program : glance::site::programs())
      if (!words.empty() && program.name == words.front())
        status = program.main(static_cast<int>(words.size()), pointers.data());
  } catch (const std::exception& error) {
    std::fflush(stdout);
    std::fprintf(stderr, "%s\n", error.what());
    status = 1;
  }
  std::fflush(stdout);
  std::fflush(stderr);
  return status;
}
}
