// Times one training step of an LSTM encoder-decoder with attention, made of glance's public parts.

#include <fmt/format.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "bench/step/model.h"
#include "bench/step/sizes.h"
#include "bench/step/timing.h"
#include "examples/common/number_options.h"
#include "examples/common/version.h"

namespace {

// The most memory that this process has held, in MB.
double peak_memory() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void run(const step::Size& size, const std::string& mode, int threads, double seconds) {
  const double before = peak_memory();
  step::Training training(size, step::mode_of(mode), threads);
  const double first_loss = training.step();
  double last_loss = first_loss;
  for (int i = 0; i < 3; ++i) last_loss = training.step();
  const auto timing = step::measure(seconds, [&] { last_loss = training.step(); });
  fmt::print(
      R"({{"peer": "glance", "mode": "{}", "threads": {}, "config": "{}", "median_ms": {:.3f}, "min_ms": {:.3f}, )"
      R"("first_loss": {:.4f}, "last_loss": {:.4f}, "memory_mb": {:.0f}}})"
      "\n",
      mode, threads, size.name, timing.median_ms, timing.min_ms, first_loss, last_loss, peak_memory() - before);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app{
      "Times a training step (forward, cross-entropy, backward, clipping, Adam); a line of JSON for each size."};
  app.footer("Example: step --mode stepwise --threads 2 tiny toy");
  app.set_version_flag("--version", [] { return glance::version_text("step"); });
  std::string mode = "whole";
  int threads = 1;
  double seconds = 4;
  std::vector<std::string> names;
  app.add_option("--mode", mode, "whole: the decoder runs over the target at once; stepwise: its output is fed back")
      ->check(CLI::IsMember({"whole", "stepwise"}))
      ->capture_default_str();
  app.add_option("--threads", threads, "threads, each with a shard of the batch")
      ->transform(glance::whole(1, 16))
      ->capture_default_str();
  app.add_option("--seconds", seconds, "how long to measure each size")
      ->transform(glance::real(0, 1e6))
      ->capture_default_str();
  app.add_option("SIZE", names, "tiny, toy, mid, large; all if none is given")
      ->check(CLI::IsMember({"tiny", "toy", "mid", "large"}));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  for (const step::Size& size : step::sizes)
    if (names.empty() || std::find(names.begin(), names.end(), size.name) != names.end())
      run(size, mode, threads, seconds);
} catch (const std::exception& e) {
  fmt::print(stderr, "step: {}\n", e.what());
  return 1;
}
