#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <functional>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "examples/common/nearest.h"
#include "examples/common/normalise.h"
#include "examples/common/terminal.h"
#include "examples/common/usage_error.h"

// What the command lines of the programs with commands have in common: text as it was typed, errors of one line, and
// exit statuses.
namespace glance {

namespace detail {

// To CLI11 the text "[a, b]" is a list of two. An argument in brackets passes it with a mark behind, which no person
// types, and which each option that takes text takes off again.
inline constexpr char list_mark = '\x1f';

inline std::string unmarked(std::string text) {
  std::erase(text, list_mark);
  return text;
}

inline std::vector<std::string> marked(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  for (std::string& argument : arguments)
    if (argument.starts_with('[') && argument.ends_with(']')) argument += list_mark;
  std::reverse(arguments.begin(), arguments.end());  // CLI11 wants them so
  return arguments;
}

// What may have been meant by an argument that a command does not have: another option or command. Of commands, at
// least which there are.
inline std::string advice_for(const CLI::App& app, const std::string& argument) {
  std::vector<std::string> known;
  if (argument.starts_with('-')) {
    for (const CLI::Option* option : app.get_options())
      for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
    const auto found = nearest(argument.substr(0, argument.find('=')), known);
    return found ? fmt::format("; did you mean {}?", *found) : "";
  }
  for (const CLI::App* command : app.get_subcommands({})) known.push_back(command->get_name());
  if (known.empty()) return {};
  const auto found = nearest(argument, known);
  return found ? fmt::format("; did you mean {}?", *found)
               : fmt::format("; the commands are {}", fmt::join(known, ", "));
}

// One line, like every other error.
inline std::string usage_error(const CLI::App* app, const std::exception& error) {
  std::string command = app->get_name();
  const CLI::App* last = app;
  for (const CLI::App* chosen : app->get_subcommands()) {
    command += " " + chosen->get_name();
    last = chosen;
  }
  std::string message = error.what();
  if (dynamic_cast<const CLI::ExtrasError*>(&error)) {
    message = "not expected:";  // as they were given, where CLI11 lists the last first
    const auto arguments = app->remaining(true);
    for (const std::string& argument : arguments) message += " " + unmarked(argument);
    message += advice_for(*last, unmarked(arguments.front()));
  }
  return fmt::format("{}: {} ({} --help says more)\n", app->get_name(), one_line(message), command);
}

}  // namespace detail

// For options that take text: app.add_option(…)->transform(as_given()); the other refuses the empty one.
inline CLI::Validator as_given() {
  return CLI::Validator([](std::string& text) { return text = detail::unmarked(text), std::string(); }, "");
}
inline CLI::Validator not_empty() {
  return CLI::Validator(
      [](std::string& text) {
        text = detail::unmarked(text);
        return std::string(text.empty() ? "is empty" : "");
      },
      "");
}

// Parses the arguments and runs a program: `check` looks for options that contradict each other, and may throw
// CLI::ParseError; `work` does what was asked for and gives the exit status. That of a wrong option is 2, that of any
// other failure 1, with one line on standard error.
inline int run_program(CLI::App& app, int argc, char** argv, const std::function<void()>& check,
                       const std::function<int()>& work) {
  // A file-size limit is to be an error of the write, which is reported, not the end of the program.
  std::signal(SIGXFSZ, SIG_IGN);
  app.failure_message(detail::usage_error);
  try {
    app.parse(detail::marked(argc, argv));
    check();
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  // Errors and warnings are printed without fmt, which throws when standard error is a disk that is full.
  try {
    const int status = work();
    flush_output();
    return status;
  } catch (const UsageError& error) {
    std::fflush(stdout);
    std::fprintf(stderr, "%s", detail::usage_error(&app, error).c_str());
    return 2;
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "%s: out of memory\n", app.get_name().c_str());
  } catch (const std::exception& error) {
    std::fflush(stdout);
    std::fprintf(stderr, "%s: %s\n", app.get_name().c_str(), one_line(error.what()).c_str());
    drop_output();
  }
  return 1;
}

}  // namespace glance
