// An epoch of training the translator on sentence pairs, and beside it the same epoch's matrix products as bare calls
// of OpenBLAS: how much of the time is the products' own.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include "bench/floor/products.h"
#include "bench/step/timing.h"
#include "examples/common/help_lines.h"
#include "examples/common/number_options.h"
#include "examples/common/version.h"
#include "examples/seq2seq/training.h"

namespace {

using namespace glance;
using namespace glance::seq2seq;

struct Options {
  std::string pairs;
  int threads = 2, rounds = 3;
  // As "translate train --pairs" has them.
  Index size = 256, batch = 64;
  double dropout = 0.4, label_smoothing = 0.1;
};

// The sizes of the shards of an epoch's batches. What an epoch's order changes in them is nothing to its time.
std::vector<std::vector<step::Size>> shard_sizes(const Numbered& data, const Options& o, int shards) {
  Generator order(1);
  std::vector<std::vector<step::Size>> sizes(static_cast<std::size_t>(shards));
  for (const auto& numbers : shuffled_batches(data.train, static_cast<std::size_t>(o.batch), order))
    for (int s = 0; s < shards; ++s) {
      const auto count = static_cast<int>(numbers.size());
      const int from = count * s / shards, to = count * (s + 1) / shards;
      if (from == to) continue;
      std::size_t source = 0, target = 0;
      for (int i = from; i < to; ++i) {
        const Example& example = data.train[numbers[static_cast<std::size_t>(i)]];
        source = std::max(source, example.source.size());
        target = std::max(target, example.target.size());
      }
      const int width = static_cast<int>(o.size);
      sizes[static_cast<std::size_t>(s)].push_back({"shard", static_cast<int>(data.target.size()), width, width,
                                                    to - from, static_cast<int>(source), static_cast<int>(target)});
    }
  return sizes;
}

void run(const Options& o) {
  const Numbered data = number_words({read_pairs(o.pairs).pairs, {}});
  Generator generator(1);
  const RecurrentTranslator model({.source_words = data.source.size(),
                                   .target_words = data.target.size(),
                                   .embedding = o.size,
                                   .hidden = o.size,
                                   .dropout = o.dropout},
                                  generator);
  Workers workers(o.threads);
  TrainingOptions training{.epochs = o.rounds, .batch = o.batch, .label_smoothing = o.label_smoothing};
  Trainer trainer(model, data.train, training, workers);

  std::vector<std::vector<step::Products>> products;
  for (const auto& shard : shard_sizes(data, o, training.shards)) {
    auto& list = products.emplace_back();
    for (const step::Size& size : shard) list.emplace_back(size, step::Mode::whole, size.batch);
  }
  std::vector<double> ratios;
  for (int round = 1; round <= o.rounds; ++round) {
    const double epoch = step::seconds_of([&] {
      do trainer.step();
      while (trainer.progress.batches > 0);
    });
    const double bare = step::seconds_of([&] {
      workers.run(training.shards, [&](int s) {
        for (auto& one : products[static_cast<std::size_t>(s)]) one.run();
      });
    });
    ratios.push_back(epoch / bare);
    fmt::print("epoch {}  {:.2f} s  its products alone {:.2f} s  ratio {:.2f}\n", round, epoch, bare, ratios.back());
  }
  std::sort(ratios.begin(), ratios.end());
  fmt::print("median ratio {:.2f}, {} threads\n", ratios[ratios.size() / 2], o.threads);
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  CLI::App app(
      "An epoch of training the translator, beside its matrix products alone.\n\n"
      "Example: epoch pairs.tsv --threads 2");
  app.set_version_flag("--version", [] { return version_text("epoch"); });
  glance::keep_help_lines(app);
  app.add_option("pairs", o.pairs, "sentence pairs, source and target parted by a tab")->required();
  app.add_option("--threads", o.threads, "threads, for both")->capture_default_str()->transform(whole(1, 64));
  app.add_option("--rounds", o.rounds, "epochs, one after the other with the products")
      ->capture_default_str()
      ->transform(whole(1, 1000));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    warn_of_slow_kernels("epoch");  // OpenBLAS is linked here, for the bare products, and so chose by itself
    run(o);
  } catch (const std::exception& error) {
    fmt::print(stderr, "epoch: {}\n", error.what());
    return EXIT_FAILURE;
  }
}
