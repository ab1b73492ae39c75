#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "examples/common/numbers.h"

// The command lines of the small programs, which take a few numbers and no options.
namespace glance {

// Ends the program with how it is called: in peace if that was asked for, else as an error.
[[noreturn]] inline void show_usage(char** argv, const char* arguments) {
  const bool asked = argv[1] && (std::string_view(argv[1]) == "-h" || std::string_view(argv[1]) == "--help");
  std::fprintf(asked ? stdout : stderr, "Usage: %s %s\n", argv[0], arguments);
  std::exit(asked ? 0 : 2);
}

// argv[place]; what is not a number ends the program with its usage.
template <class Number>
Number number_argument(char** argv, int place, const char* arguments) {
  const auto number = parse_number<Number>(argv[place]);
  if (!number) show_usage(argv, arguments);
  return *number;
}

// Whether argv[place] is given, as this word; as anything else, it ends the program with its usage.
inline bool word_argument(int argc, char** argv, int place, std::string_view word, const char* arguments) {
  if (argc > place && argv[place] != word) show_usage(argv, arguments);
  return argc > place;
}

// The seed, a program's first argument, which need not be given; it decides all that is random.
inline std::uint64_t seed_argument(int argc, char** argv, const char* arguments = "[SEED]") {
  return argc > 1 ? number_argument<std::uint64_t>(argv, 1, arguments) : 1;
}

// The command line "[SEED | --seeds N]": runs `one` with the seed, or `all` with how many seeds there are to be,
// from 1.
template <class One, class All>
void run_with_seeds(int argc, char** argv, const One& one, const All& all) {
  constexpr const char* arguments = "[SEED | --seeds N]";
  if (argc < 2 || std::string_view(argv[1]) != "--seeds") {
    one(seed_argument(argc, argv, arguments));
    return;
  }
  const auto seeds = argc > 2 ? number_argument<std::uint64_t>(argv, 2, arguments) : 0;
  if (seeds == 0) show_usage(argv, arguments);
  all(seeds);
}

}  // namespace glance
