// Small Transformers, each trained in seconds to show one thing that is said of them.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

#include "examples/common/columns.h"
#include "examples/common/command_line.h"
#include "examples/common/help_lines.h"
#include "examples/common/normalise.h"
#include "examples/common/number_options.h"
#include "examples/common/terminal.h"
#include "examples/common/version.h"
#include "examples/experiments/experiment.h"
#include "glance/tensor/error.h"

namespace glance::experiments {

std::span<const Experiment> all() {
  static const std::vector<Experiment> every = [] {
    std::vector<Experiment> result;
    for (auto* family : {task_experiments, induction_experiments, translation_experiments, length_experiments})
      for (Experiment& experiment : family()) result.push_back(std::move(experiment));
    return result;
  }();
  return every;
}

namespace {

struct Command {
  std::string name;
  std::uint64_t seed = 1;
  int seeds = 1;
  Index steps = 0;  // 0: the experiment's own
};

const Experiment* find(const std::string& name) {
  for (const Experiment& experiment : all())
    if (experiment.name == name) return &experiment;
  return nullptr;
}

void print_list() {
  std::vector<std::vector<std::string>> rows;
  for (const Experiment& experiment : all()) rows.push_back({experiment.name, experiment.question});
  fmt::print("{}", table(rows, "ll"));
}

// A value, or the least and the greatest of several.
std::string span_of(std::vector<double> values) {
  const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
  const std::string low = fmt::format("{:.3f}", *least), high = fmt::format("{:.3f}", *greatest);
  return low == high ? low : low + " to " + high;
}

std::string table_of(const Experiment& experiment, const std::vector<Finding>& findings) {
  std::vector<std::vector<std::string>> rows(1);
  rows[0].push_back("");
  for (const std::string& column : experiment.columns) rows[0].push_back(column);
  for (std::size_t i = 0; i < findings.front().rows.size(); ++i) {
    auto& row = rows.emplace_back();
    row.push_back(findings.front().rows[i].training);
    for (std::size_t column = 0; column < experiment.columns.size(); ++column) {
      std::vector<double> values;
      for (const Finding& finding : findings) values.push_back(finding.rows[i].values[column]);
      row.push_back(span_of(values));
    }
  }
  return table(rows, "l" + std::string(experiment.columns.size(), 'r'));
}

Finding run_once(const Experiment& experiment, Settings settings, StatusLine& status) {
  using Clock = std::chrono::steady_clock;
  auto begin = Clock::now();
  settings.on_step = [&](const std::string& training, Index step, Index steps, double loss) {
    if (step == 1) begin = Clock::now();
    status.show([&] {
      const double left = std::chrono::duration<double>(Clock::now() - begin).count() / static_cast<double>(step) *
                          static_cast<double>(steps - step);
      return fmt::format("{}, seed {}, {}: step {}/{}, loss {:.3f}, {} left", experiment.name, settings.seed, training,
                         step, steps, loss, duration(left));
    });
  };
  return experiment.run(settings);
}

void run(const Experiment& experiment, const Command& command) {
  fmt::print("{}: {}\n\n{}\n\n", experiment.name, experiment.question, experiment.setting);
  flush_output();
  const std::clock_t begin = std::clock();
  std::vector<Finding> findings;
  {
    StatusLine status(stderr);
    for (int i = 0; i < command.seeds; ++i) {
      Settings settings{.seed = command.seed + static_cast<std::uint64_t>(i)};
      if (command.steps > 0) settings.steps = command.steps;
      findings.push_back(run_once(experiment, settings, status));
    }
  }
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC / command.seeds;
  fmt::print("{}\n", table_of(experiment, findings));
  if (!findings.front().picture.empty()) fmt::print("{}\n", findings.front().picture);
  fmt::print("{}{:.1f} s of processor time{}\n",
             command.seeds > 1 ? fmt::format("least to greatest of seeds {} to {}; ", command.seed,
                                             command.seed + static_cast<std::uint64_t>(command.seeds) - 1)
                               : fmt::format("seed {}; ", command.seed),
             seconds, command.seeds > 1 ? " each" : "");
  flush_output();
}

// Throws CLI::ParseError for an experiment that there is not.
void check(const Command& command) {
  if (command.name == "list" || command.name == "all" || find(command.name)) return;
  std::string names;
  for (const Experiment& each : all()) names += each.name + ", ";
  throw CLI::ValidationError(fmt::format("no experiment {}", glance::detail::in_quotes(command.name)),
                             fmt::format("there are {}and all", names));
}

int run(const Command& command) {
  if (command.name == "list") {
    print_list();
  } else if (command.name == "all") {
    for (const Experiment& experiment : all()) {
      run(experiment, command);
      fmt::print("\n");
    }
  } else {
    run(*find(command.name), command);
  }
  return 0;
}

}  // namespace
}  // namespace glance::experiments

int main(int argc, char** argv) {
  glance::experiments::Command command;
  CLI::App app(
      "Trains small Transformers, each in seconds and on one processor, to show one thing that\n"
      "is said of them. \"experiments list\" names all.",
      "experiments");
  app.set_version_flag(
      "--version", [] { return glance::version_text("experiments"); },
      "Say which version this is, and what multiplies");
  glance::keep_help_lines(app);
  app.add_option("NAME", command.name, "An experiment; list: their names; all: one after the other")
      ->option_text(" ")
      ->required()
      ->transform(glance::as_given());
  app.add_option("--seed", command.seed, "Decides all that is random (1)")
      ->option_text("N")
      ->transform(glance::whole(0, 1000000000));
  app.add_option("--seeds", command.seeds, "So many seeds from there on: the least and the greatest that came out (1)")
      ->option_text("N")
      ->transform(glance::whole(1, 100));
  app.add_option("--steps", command.steps, "Steps of each training (the experiment's own)")
      ->option_text("N")
      ->transform(glance::whole(1, 1000000));
  app.footer(
      "Examples:\n"
      "  experiments list\n"
      "  experiments induction\n"
      "  experiments addition --seeds 5   the spread over five trainings of each");
  return glance::run_program(
      app, argc, argv, [&] { glance::experiments::check(command); }, [&] { return glance::experiments::run(command); });
}
