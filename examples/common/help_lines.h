#pragma once

// The help of a program, the same under every CLI11 that distributions have.

#include <CLI/CLI.hpp>

namespace glance {

// Keeps descriptions and examples as the lines they were written in, so that a command can be pasted. CLI11 from 2.6 on
// folds them into paragraphs unless told not to. Before subcommands are added: they take their parent's way.
inline void keep_help_lines(CLI::App& app) {
  const auto keep = [](auto& formatter) {
    if constexpr (requires { formatter.enable_footer_formatting(false); }) {
      formatter.enable_description_formatting(false);
      formatter.enable_footer_formatting(false);
    }
  };
  keep(*app.get_formatter());
}

}  // namespace glance
