// Times one training step of a decoder-only Transformer made of glance's public parts, or its writing.

#include <fmt/format.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "bench/gpt/model.h"
#include "bench/gpt/sizes.h"
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

void train(const gpt::Size& size, int threads, double seconds) {
  const double before = peak_memory();
  gpt::Training training(size, threads);
  const double first_loss = training.step();
  double last_loss = first_loss;
  for (int i = 0; i < 3; ++i) last_loss = training.step();
  const auto timing = step::measure(seconds, [&] { last_loss = training.step(); });
  fmt::print(
      R"({{"peer": "glance", "mode": "train", "threads": {}, "config": "{}", "median_ms": {:.3f}, "min_ms": {:.3f}, )"
      R"("first_loss": {:.4f}, "last_loss": {:.4f}, "memory_mb": {:.0f}}})"
      "\n",
      threads, size.name, timing.median_ms, timing.min_ms, first_loss, last_loss, peak_memory() - before);
}

void write(const gpt::Size& size, int symbols, double seconds) {
  glance::Generator generator(0);
  const gpt::Model model(size, std::max(size.context, symbols), generator);
  gpt::generate(model, symbols);
  const auto timing = step::measure(seconds, [&] { gpt::generate(model, symbols); });
  fmt::print(
      R"({{"peer": "glance", "mode": "write", "threads": 1, "config": "{}", "median_us": {:.2f}, "min_us": {:.2f}}})"
      "\n",
      size.name, timing.median_ms * 1e3 / symbols, timing.min_ms * 1e3 / symbols);
}

}  // namespace

int main(int argc, char** argv) try {
  CLI::App app{
      "Times a training step (forward, cross-entropy, backward, clipping, AdamW), or writing; a line of JSON for each "
      "size."};
  app.footer("Example: gpt --threads 2 tiny char");
  app.set_version_flag("--version", [] { return glance::version_text("gpt"); });
  int threads = 1, symbols = 0;
  double seconds = 4;
  std::vector<std::string> names;
  app.add_option("--threads", threads, "threads, each with a shard of the batch")
      ->transform(glance::whole(1, 16))
      ->capture_default_str();
  app.add_option("--write", symbols,
                 "in place of training: the time per symbol of so many, written one by one on one thread")
      ->transform(glance::whole(1, 1000000));
  app.add_option("--seconds", seconds, "how long to measure each size")
      ->transform(glance::real(0, 1e6))
      ->capture_default_str();
  app.add_option("SIZE", names, "tiny, char, mid, large; all if none is given")
      ->check(CLI::IsMember({"tiny", "char", "mid", "large"}));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  for (const gpt::Size& size : gpt::sizes) {
    if (!names.empty() && std::find(names.begin(), names.end(), size.name) == names.end()) continue;
    if (symbols > 0)
      write(size, symbols, seconds);
    else
      train(size, threads, seconds);
    std::fflush(stdout);
  }
} catch (const std::exception& e) {
  fmt::print(stderr, "gpt: {}\n", e.what());
  return 1;
}
