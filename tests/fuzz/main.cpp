// Random programs against everything that must hold for them: see script/fuzz.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "examples/common/numbers.h"
#include "glance/tensor/error.h"
#include "tests/fuzz/builder.h"
#include "tests/fuzz/checks.h"
#include "tests/fuzz/print.h"

using namespace glance::fuzz;

namespace {

constexpr const char* usage =
    "Usage: fuzz [--seed S] [--programs N] [--seconds N] [--print | --json]\n"
    "\n"
    "Builds random programs from one seed after the other and checks each; the\n"
    "first that fails is printed as C++, as small as it could be made.\n"
    "\n"
    "  --seed S      the first seed (1)\n"
    "  --programs N  how many (all that the time allows)\n"
    "  --seconds N   for how long (60)\n"
    "  --print       prints the programs as C++, unchecked\n"
    "  --json        prints them for tests/fuzz/against_pytorch.py, unchecked\n"
    "\n"
    "Example: fuzz --seed 17 --programs 1\n";

struct Options {
  std::uint64_t seed = 1, programs = ~std::uint64_t{0};
  double seconds = 60;
  bool print = false, json = false;
};

[[noreturn]] void fail(const std::string& problem) {
  fmt::print(stderr, "fuzz: {}\n{}", problem, usage);
  std::exit(2);
}

Options parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    const auto number = [&] {
      const std::string_view text = i + 1 < argc ? argv[++i] : "";
      const auto value = glance::parse_number<std::uint64_t>(text);
      if (!value) fail(option + " needs a whole number from 0 on");
      return *value;
    };
    if (option == "--seed") {
      options.seed = number();
    } else if (option == "--programs") {
      options.programs = number();
    } else if (option == "--seconds") {
      options.seconds = static_cast<double>(number());
    } else if (option == "--print") {
      options.print = true;
    } else if (option == "--json") {
      options.json = true;
    } else if (option == "-h" || option == "--help") {
      fmt::print("{}", usage);
      std::exit(0);
    } else {
      fail("unknown option " + option);
    }
  }
  return options;
}

// A signal handler can only write what was prepared before.
char crash_note[64];

void tell_seed(int) {
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, crash_note, std::strlen(crash_note));
  std::_Exit(1);
}

// What is to be said of one program; empty: nothing is wrong.
std::string report(std::uint64_t seed, const Options& options) {
  try {
    const Program program = random_program(seed);
    if (options.print) return to_cpp(program);
    if (options.json) return to_json(program);
    return find_fault(program);
  } catch (const glance::Error& error) {
    return fmt::format("seed {}: cannot be built or run: {}\n", seed, error.what());
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  const bool prints = options.print || options.json;
  for (const int signal : {SIGSEGV, SIGFPE, SIGABRT, SIGILL, SIGBUS}) std::signal(signal, tell_seed);
  const auto begin = std::chrono::steady_clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(); };
  std::uint64_t done = 0;
  double next_line = 10;
  while (done < options.programs && seconds() < options.seconds) {
    const std::uint64_t seed = options.seed + done++;
    fmt::format_to_n(crash_note, sizeof crash_note - 1, "fuzz: seed {} crashes\n{}", seed, '\0');
    const std::string text = report(seed, options);
    if (!text.empty() && std::puts(text.c_str()) < 0) return 1;
    if (!text.empty() && !prints) return 1;
    if (!prints && seconds() > next_line) {
      fmt::print("{} programs, {:.0f} s left\n", done, options.seconds - seconds());
      std::fflush(stdout);
      next_line += 10;
    }
  }
  if (!prints) fmt::print("{} programs from seed {} on: nothing wrong\n", done, options.seed);
}
