#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>

#include "examples/common/numbers.h"
#include "glance/tensor/files/safetensors.h"

// Options that are numbers. CLI11 by itself takes 010 for 8 and nan for a number within any range, so every number goes
// through parse_number() first, and CLI11 gets what was read: app.add_option("--epochs", epochs)->transform(whole(1,
// 10)).
namespace glance {

inline constexpr std::uint64_t any_number = std::numeric_limits<std::uint64_t>::max();

namespace detail {

// An argument in an error: in quotes where it could be taken for something else.
inline std::string shown_argument(const std::string& text) {
  const bool plain = !text.empty() && text.size() <= 20 &&
                     std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
  return plain ? text : in_quotes(text);
}

}  // namespace detail

// A whole number from `least` to `most`.
inline CLI::Validator whole(std::uint64_t least, std::uint64_t most = any_number) {
  return CLI::Validator(
      [least, most](std::string& text) {
        const auto number = parse_number<std::uint64_t>(text);
        if (!number || *number < least || *number > most)
          return fmt::format("{} is not a whole number from {} to {}", detail::shown_argument(text), least, most);
        text = fmt::format("{}", *number);
        return std::string();
      },
      "");
}

// A number from `least` to `most`.
inline CLI::Validator real(double least, double most) {
  return CLI::Validator(
      [least, most](std::string& text) {
        const auto number = parse_number<double>(text);
        if (!number || *number < least || *number > most)
          return fmt::format("{} is not a number from {} to {}", detail::shown_argument(text), least, most);
        text = fmt::format("{:.17g}", *number);
        return std::string();
      },
      "");
}

// How long a training that mpirun has started waits for a rank.
inline void add_rank_timeout(CLI::App& app, int& seconds) {
  app.add_option("--rank-timeout", seconds,
                 fmt::format("Under mpirun: end when a rank is silent for so long ({})", seconds))
      ->option_text("SECONDS")
      ->transform(whole(1, 1000000));
}

}  // namespace glance
