// A layer of one's own from first to last: an operation with its derivative, an attention that uses it, the checks of
// both, and a translator trained with it. docs/new-layer.md goes through it.
#include <cstdio>
#include <string>
#include <vector>

// [includes]
#include "examples/common/heatmap.h"
#include "examples/seq2seq/checkpoint.h"
#include "examples/seq2seq/evaluation.h"
#include "examples/seq2seq/evidence.h"
#include "examples/seq2seq/grammar.h"
#include "examples/seq2seq/report.h"
#include "examples/seq2seq/training.h"
#include "glance/glance.h"
#include "glance/tensor/files/file.h"

using namespace glance;
using namespace glance::seq2seq;
// [includes end]

// [operation]
// softsign(x) = x / (1 + |x|),  d/dx = 1 / (1 + |x|)²
Variable softsign(const Variable& x) {
  return record("softsign", {x}, x.value() / (1 + abs(x.value())), Save::inputs,
                [](const Saved& s, const Variable& grad) { return grad / square(1 + abs(s.input(0))); });
}
// [operation end]
// [layer]
// Additive attention (Bahdanau, Cho and Bengio, 2015) with another curve: score = v · softsign(W query + U key)
struct SoftsignAttention {
  Linear query, key, score;  // W, U, v
  SoftsignAttention(Index n, Generator& g, const LinearOptions& options = {.bias = false})
      : query(n, n, g, options), key(n, n, g, options), score(n, 1, g, options) {}

  Attended operator()(const Variable& q, const Variable& keys, const Variable& values, const Tensor& visible) const {
    const Variable sums = unsqueeze(query(q), -2) + unsqueeze(key(keys), -3);  // [..., targets, sources, features]
    const Variable weights = attention_weights(squeeze(score(softsign(sums)), -1), visible);
    return {attention_context(weights, values), weights};
  }

  static void visit(auto& self, auto&& f) { f("query", self.query), f("key", self.key), f("score", self.score); }
};
// [layer end]
// [choice]
// What the translator must know of it: its name, whether a score is query · key, how it is made, and how many
// parameters it then has.
const std::vector<AttentionChoice> own{
    {"softsign", "softsign attention", false,
     [](Index features, Index, Generator& generator) -> Scorer { return SoftsignAttention(features, generator); },
     [](double features, double) { return 2 * features * features + features; }}};
// [choice end]
// [compare]
// A translator that looks so, after two epochs: how many unseen sentences it gets right, and a page about its training.
RecurrentTranslator trained(const std::string& attention, const Split& split, const Numbered& data) {
  Generator generator(1);
  Workers workers(2);
  RecurrentTranslator model({.source_words = data.source.size(),
                             .target_words = data.target.size(),
                             .embedding = 64,
                             .hidden = 64,
                             .attention = attention},
                            generator, own);
  Trainer trainer(model, data.train, {.epochs = 2, .batch = 32, .learning_rate = 7e-3}, workers);
  Report report(model, data.target, trainer,
                {.pairs = attention, .words = split.test, .numbers = data.test, .trained_on = data.train.size()},
                workers);
  for (report.observe(); trainer.progress.steps < trainer.total_steps(); report.observe()) trainer.step();
  write_file(attention + ".html", report.page());
  const double right = evaluate(model, data.test, data.target, workers).exact;
  std::printf("%-9s %4.1f s  %5.1f%% of unseen sentences right\n", attention.c_str(), trainer.progress.seconds,
              100 * right);
  return model;
}
// [compare end]
// [see]
// Where it looks for each word of a right translation.
void see(const RecurrentTranslator& model, const Pair& words, const Numbered& data) {
  const Example example = encode({words}, data.source, data.target).front();
  std::vector<std::string> target = words.target;
  target.push_back("<end>");
  std::puts(glance::heatmap({words.source, target, look(model, example).weights}, terminal_of(stdout)).c_str());
}
// [see end]
int main() {
  // [check]
  Generator generator(1);
  const Tensor x = normal({2, 3, 4}, generator, 0, 1, f64), keys = normal({2, 5, 4}, generator, 0, 1, f64);
  gradcheck(softsign, {x});
  const SoftsignAttention exact(4, generator, {.bias = false, .dtype = f64});
  gradcheck([&](const Variable& q, const Variable& k) { return exact(q, k, k, {}).context; }, {x, keys});
  check_parameters(exact, sum(exact(x, keys, keys, {}).context));
  std::puts("softsign and the layer: derivatives right, every parameter listed");
  // [check end]

  // [both]
  const Split split = hold_out(pairs(sentences(8000, 1)), 0.1, 1);
  const Numbered data = number_words(split);
  trained("dot", split, data);
  const RecurrentTranslator model = trained("softsign", split, data);
  see(model, split.test.front(), data);
  // [both end]
  // [keep]
  save_checkpoint("softsign", model, data.source, data.target);
  const Checkpoint again = load_checkpoint("softsign", own);
  // [keep end]
  std::printf("kept and read again: %s\n", again.model->description().c_str());
}
