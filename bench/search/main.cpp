// Translating many sentences at once, greedily or with a beam, and beside it the matrix products that this takes as
// bare calls of OpenBLAS: how much of the time is the products' own. The model has random weights, which makes no
// difference to its time, and writes one word more than it reads.
#include <cblas.h>
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <exception>
#include <vector>

#include "bench/step/timing.h"
#include "examples/common/version.h"
#include "examples/seq2seq/batches.h"
#include "examples/seq2seq/search.h"
#include "examples/seq2seq/vocabulary.h"
#include "glance/nn/module.h"

namespace {

using namespace glance;
using namespace glance::seq2seq;

struct Options {
  int sentences = 1000, words = 13, threads = 2, rounds = 5;
  Index beam = 1, size = 256, source_words = 11000, target_words = 10201;
};

// The products of one batch, on matrices that lie where they lie: what is in them does not matter.
class Products {
 public:
  Products(const Options& o, Index sentences) : o_(o), sentences_(sentences) {
    run();  // finds how much memory they reach, and their work
    left_.assign(reach_left_, 0.01f);
    right_.assign(reach_right_, 0.02f);
    product_.assign(reach_product_, 0);
  }

  void run() {
    flops_ = 0;
    const Index n = o_.size;
    multiply(sentences_ * o_.words, 4 * n, n);  // the encoder's inputs, all at once
    for (int t = 0; t < o_.words; ++t) multiply(sentences_, 4 * n, n);
    for (int t = 0; t <= o_.words; ++t) {
      const Index each = t == 0 ? 1 : o_.beam, rows = sentences_ * each;
      multiply(rows, 4 * n, n);  // the decoder's input
      multiply(rows, 4 * n, n);  // and its state
      for (Index s = 0; s < sentences_; ++s) {
        multiply(each, o_.words, n);  // scores
        multiply(each, n, o_.words);  // context
      }
      multiply(rows, n, 2 * n);            // both combined
      multiply(rows, o_.target_words, n);  // the scores of all words
    }
  }

  double flops() const { return flops_; }

 private:
  // [m, k] x [n, k] transposed.
  void multiply(Index m, Index n, Index k) {
    flops_ += 2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
    if (left_.empty()) {
      reach_left_ = std::max(reach_left_, static_cast<std::size_t>(m * k));
      reach_right_ = std::max(reach_right_, static_cast<std::size_t>(n * k));
      reach_product_ = std::max(reach_product_, static_cast<std::size_t>(m * n));
      return;
    }
    const auto size = [](Index extent) { return static_cast<int>(extent); };
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, size(m), size(n), size(k), 1, left_.data(), size(k),
                right_.data(), size(k), 0, product_.data(), size(n));
  }

  Options o_;
  Index sentences_;
  double flops_ = 0;
  std::size_t reach_left_ = 0, reach_right_ = 0, reach_product_ = 0;
  std::vector<float> left_, right_, product_;
};

void run(const Options& o) {
  Generator generator(1);
  const RecurrentTranslator model(
      {.source_words = o.source_words, .target_words = o.target_words, .embedding = o.size, .hidden = o.size},
      generator);
  float* bias = model.output_bias.value().write<float>();
  std::fill_n(bias, Vocabulary().size(), -1e9f);  // none of the marks is ever likely: each runs to its bound
  std::vector<std::vector<Index>> sources;
  for (int i = 0; i < o.sentences; ++i) {
    auto& source = sources.emplace_back();
    for (int word = 0; word < o.words; ++word)
      source.push_back(Vocabulary().size() + (i * 31 + word * 7) % (o.source_words - Vocabulary().size()));
  }
  Workers workers(o.threads);
  SearchOptions options{.width = o.beam, .weights = false, .most = [](Index length) { return length + 1; }};
  std::vector<std::size_t> lengths(sources.size(), static_cast<std::size_t>(o.words));
  std::vector<Products> products;
  for (const auto& batch : search_batches(lengths, o.beam)) products.emplace_back(o, static_cast<Index>(batch.size()));
  double flops = 0;
  for (const Products& one : products) flops += one.flops();
  fmt::print("{} sentences of {} words, --beam {}, {} parameters, {} threads: products of {:.0f} GFLOP\n", o.sentences,
             o.words, o.beam, parameter_count(model), o.threads, flops / 1e9);

  std::vector<double> ratios;
  for (int round = 1; round <= o.rounds; ++round) {
    const double search = step::seconds_of([&] { search_all(model, sources, workers, options); });
    const double bare = step::seconds_of([&] {
      workers.run(static_cast<int>(products.size()), [&](int i) { products[static_cast<std::size_t>(i)].run(); });
    });
    ratios.push_back(search / bare);
    fmt::print("round {}  {:.2f} s  its products alone {:.2f} s  ratio {:.2f}\n", round, search, bare, ratios.back());
  }
  std::sort(ratios.begin(), ratios.end());
  fmt::print("median ratio {:.2f}\n", ratios[ratios.size() / 2]);
}

}  // namespace

int main(int argc, char** argv) {
  Options o;
  CLI::App app(
      "Translating many sentences with a model of random weights, beside its matrix products alone.\n\n"
      "Example: search --beam 5 --threads 1");
  app.set_version_flag("--version", [] { return version_text("search"); });
  const auto number = [&](const char* name, auto& value, const char* text, auto most) {
    app.add_option(name, value, text)->capture_default_str()->check(CLI::Range(1, most));
  };
  number("--sentences", o.sentences, "how many", 1000000);
  number("--words", o.words, "words of each", 1000);
  number("--beam", o.beam, "hypotheses kept", 1000);
  number("--size", o.size, "of embeddings and states", 4096);
  number("--target-words", o.target_words, "that the model can write", 1000000);
  number("--threads", o.threads, "threads, for both", 64);
  number("--rounds", o.rounds, "one after the other with the products", 1000);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    warn_of_slow_kernels("search");  // OpenBLAS is linked here, for the bare products, and so chose by itself
    run(o);
  } catch (const std::exception& error) {
    fmt::print(stderr, "search: {}\n", error.what());
    return EXIT_FAILURE;
  }
}
