// How much one vector holds, with and without attention: accuracy against length.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include "examples/bottleneck/measure.h"
#include "examples/bottleneck/results.h"
#include "examples/common/help_lines.h"
#include "examples/common/normalise.h"
#include "examples/common/number_options.h"
#include "examples/common/output_file.h"
#include "examples/common/terminal.h"
#include "examples/common/version.h"
#include "glance/tensor/files/file.h"

namespace {

using namespace glance::bottleneck;
using glance::CellKind;
using glance::Index;

struct Options {
  Task task;
  Index width = 64;
  std::vector<Index> widths = {16, 32, 64, 128};
  std::uint64_t seed = 1;
  int seeds = 1, threads = 2;
  std::string svg;
};

void add_options(CLI::App& app, Options& options) {
  const auto number = [&](const char* name, auto& value, const char* text, std::uint64_t least, std::uint64_t most) {
    app.add_option(name, value, fmt::format("{} ({})", text, value))
        ->option_text("N")
        ->transform(glance::whole(least, most));
  };
  number("--width", options.width, "Width of the state of the three that are compared", 1, 1024);
  app.add_option("--widths", options.widths, "Further widths, of the LSTM without attention (16,32,64,128)")
      ->option_text("N,N,...")
      ->delimiter(',')
      ->transform(glance::whole(1, 1024));
  number("--symbols", options.task.symbols, "Different symbols in a sequence", 2, 1000);
  number("--longest", options.task.longest, "Longest sequence in training", 2, 200);
  number("--steps", options.task.steps, "Steps of training", 1, 100000);
  number("--seed", options.seed, "Decides all that is random", 0, 1000000000);
  number("--seeds", options.seeds, "So many seeds from there on, and their spread", 1, 100);
  number("--threads", options.threads, "Same result with any number", 1, 1024);
  app.add_option("--svg", options.svg, "Draw the chart in this file, too")->option_text("FILE");
}

// The three that are compared at one width, then the LSTM at the others.
std::vector<Measured> contenders(const Options& options) {
  std::vector<Contender> all = {{CellKind::rnn, options.width, false}, {CellKind::lstm, options.width, true}};
  std::vector<Index> widths = options.widths;
  widths.push_back(options.width);
  std::sort(widths.begin(), widths.end());
  widths.erase(std::unique(widths.begin(), widths.end()), widths.end());
  for (const Index width : widths) all.insert(all.end() - 1, Contender{CellKind::lstm, width, false});
  std::vector<Measured> result;
  for (const auto& contender : all) result.emplace_back().contender = contender;
  return result;
}

void train_and_score(const Options& options, Measured& measured, glance::Workers& workers) {
  glance::StatusLine status(stderr);
  for (int i = 0; i < options.seeds; ++i) {
    const std::uint64_t seed = options.seed + static_cast<std::uint64_t>(i);
    const auto begin = std::chrono::steady_clock::now();
    const auto progress = [&](Index step, double loss) {
      status.show([&] {
        const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        const double left = seconds / static_cast<double>(step) * static_cast<double>(options.task.steps - step);
        return fmt::format("{}, seed {}: step {}/{}, loss {:.2f}, {} left", measured.contender.name(), seed, step,
                           options.task.steps, loss, glance::duration(left));
      });
    };
    measure(options.task, seed, workers, progress, measured);
  }
}

void run(const Options& options) {
  auto all = contenders(options);
  if (all.size() > glance::LineChart::most_lines)
    throw glance::Error(fmt::format("--widths: at most {} of them", glance::LineChart::most_lines - 3));
  // Opened first: what cannot be written is to be known before minutes of training.
  std::optional<glance::FileWriter> svg;
  if (!options.svg.empty()) {
    glance::check_replaceable("--svg", options.svg, "<svg");
    svg.emplace(options.svg);
  }

  fmt::print(
      "Write a sequence backwards. Training sees lengths 1 to {}; the table has the share of new\n"
      "sequences that are right from first to last, {} of each length.\n\n{}",
      options.task.longest, options.task.scored, table_head(options.task));
  glance::flush_output();
  glance::Workers workers(options.threads);
  double seconds = 0;
  for (auto& measured : all) {
    train_and_score(options, measured, workers);
    seconds += measured.seconds;
    fmt::print("{}", table_row(options.task, measured));
    glance::flush_output();
  }
  fmt::print("\n{}\n{}\n", skyline(options.task, all), conclusion(options.task, options.width, all));
  fmt::print("{} in all", glance::duration(seconds));
  if (svg) {
    svg->write(glance::svg(chart(options.task, all)));
    svg->commit();
    fmt::print("; the chart is {}", options.svg);
  }
  fmt::print("\n");
  glance::flush_output();
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app(
      "Trains an RNN and an LSTM without attention and an LSTM with it to write sequences\n"
      "backwards, and shows how many each gets right against their length. The defaults take\n"
      "about a minute on two cores.",
      "bottleneck");
  app.set_version_flag("--version", [] { return glance::version_text("bottleneck"); });
  glance::keep_help_lines(app);
  add_options(app, options);
  app.footer(
      "Examples:\n"
      "  bottleneck --svg chart.svg\n"
      "  bottleneck --seeds 5               the spread over five trainings of each\n"
      "  bottleneck --width 32 --widths 128 a narrow one with attention, a wide one without");
  app.failure_message([](const CLI::App*, const CLI::Error& error) {
    return fmt::format("bottleneck: {} (bottleneck --help says more)\n", glance::one_line(error.what()));
  });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    run(options);
    return 0;
  } catch (const std::exception& error) {
    std::fflush(stdout);
    std::fprintf(stderr, "bottleneck: %s\n", glance::one_line(error.what()).c_str());
    glance::drop_output();
    return 1;
  }
}
