#pragma once

#include <fcntl.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/temporary_folder.h"

// Runs the built programs for tests, from beginning to end or until a signal.
namespace glance {

// Programs that train for seconds train for minutes in builds without optimisation.
#ifdef NDEBUG
constexpr bool optimised = true;
#else
constexpr bool optimised = false;
#endif

struct Outcome {
  int status = 0;
  std::string out, err;
};

// As a shell says it: the exit status, or 128 + the signal that ended the program.
inline int exit_status(int raw) { return WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw); }

// Runs a shell command as a user would, in `folder`; "translate" and the other programs are found first.
inline Outcome run(const TemporaryFolder& folder, const std::string& command) {
  const std::string out = folder / "stdout.txt", err = folder / "stderr.txt";
  const std::string line = "cd '" + folder.path() + "' && PATH='" GLANCE_BIN_DIR "':\"$PATH\" && { " + command +
                           "; } > '" + out + "' 2> '" + err + "'";
  const int raw = std::system(line.c_str());
  return {exit_status(raw), get_text(out), get_text(err)};
}

// Runs a program, sends it a signal as soon as it has printed `awaited`, and waits for its end. Nothing that happens
// fast is missed: what it prints is read as it comes, through a pipe so small that it waits for its reader.
inline Outcome run_until(const TemporaryFolder& folder, const std::string& awaited, int signal,
                         const std::string& command) {
  const std::string err = folder / "stderr.txt";
  const std::string line =
      "cd '" + folder.path() + "' && echo $$ && exec '" GLANCE_BIN_DIR "'/" + command + " 2> '" + err + "'";
  std::signal(signal, SIG_DFL);  // what started the tests may ignore it, and the program would inherit that
  FILE* pipe = ::popen(line.c_str(), "r");
  ::fcntl(::fileno(pipe), F_SETPIPE_SZ, 4096);
  std::setvbuf(pipe, nullptr, _IONBF, 0);
  std::string out;
  bool sent = false;
  for (int c; (c = std::fgetc(pipe)) != EOF;) {
    out += static_cast<char>(c);
    if (sent || out.find(awaited) == std::string::npos) continue;
    ::kill(std::stoi(out), signal);
    sent = true;
  }
  const int raw = ::pclose(pipe);
  return {exit_status(raw), out, get_text(err)};
}

}  // namespace glance
