// A layer of one's own from first to last: an operation with its derivative, an attention that uses it, the checks of
// both, and a translator trained with it. docs/new-layer.md goes through it.
#include <cstdio>

// [includes]
#include "examples/seq2seq/evaluation.h"
#include "examples/seq2seq/grammar.h"
#include "examples/seq2seq/training.h"
#include "glance/glance.h"

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
// [compare]
// How many unseen sentences a translator that looks so, or else by dot products, gets right after two epochs.
void compare(const char* name, const Scorer& look, const Numbered& data) {
  Generator generator(1);
  Workers workers(2);
  RecurrentTranslator model({data.source.size(), data.target.size(), 64, 64}, generator);
  if (look) model.attention = look;
  Trainer trainer(model, data.train, {.epochs = 2, .batch = 32, .learning_rate = 7e-3}, workers);
  while (trainer.progress.steps < trainer.total_steps()) trainer.step();
  const double right = evaluate(model, data.test, data.target, workers).exact;
  std::printf("%-9s %4.1f s  %5.1f%% of unseen sentences right\n", name, trainer.progress.seconds, 100 * right);
}
// [compare end]
int main() {
  // [check]
  Generator generator(1);
  const Tensor x = normal({2, 3, 4}, generator, 0, 1, f64), keys = normal({2, 5, 4}, generator, 0, 1, f64);
  gradcheck(softsign, {x});
  const SoftsignAttention exact(4, generator, {.bias = false, .dtype = f64}), layer(64, generator);
  gradcheck([&](const Variable& q, const Variable& k) { return exact(q, k, k, {}).context; }, {x, keys});
  check_parameters(exact, sum(exact(x, keys, keys, {}).context));
  std::puts("softsign and the layer: derivatives right, every parameter listed");
  // [check end]

  // [both]
  const Numbered data = number_words(hold_out(pairs(sentences(8000, 1)), 0.1, 1));
  compare("dot", {}, data);
  compare("additive", layer, data);
  // [both end]
  save(layer, "additive.safetensors");
}
