// One layer of self-attention learns to name the symbol before each place: with positions, and without. On
// the command line: the seed, and a word to hide the future as well.
#include <fmt/format.h>

#include <cstdint>

#include "examples/common/arguments.h"
#include "glance/glance.h"

namespace {

using namespace glance;

constexpr Index symbols = 8, length = 12, batch = 32, width = 32;

// [model]
struct SelfAttention {
  bool positions;
  Embedding symbol, place;
  Linear query, key, value, out;

  SelfAttention(bool with_positions, Generator& g)
      : positions(with_positions),
        symbol(symbols, width, g),
        place(length, width, g),
        query(width, width, g),
        key(width, width, g),
        value(width, width, g),
        out(width, symbols, g) {}

  // i64 [batch, length] -> [batch, length, symbols]
  Variable operator()(const Tensor& sequence, const Tensor& visible = {}) const {
    Variable x = symbol(sequence);
    if (positions) x = x + place(arange(length));
    return out(attend(query(x), key(x), value(x), {.visible = visible}).context);
  }
  // [model end]

  static void visit(auto& self, auto&& f) {
    f("symbol", self.symbol);
    if (self.positions) f("place", self.place);
    f("query", self.query);
    f("key", self.key);
    f("value", self.value);
    f("out", self.out);
  }
};

Tensor draw(Index count, Generator& generator) { return to(uniform({count, length}, generator, 0, symbols), i64); }

void train_and_show(const char* name, bool positions, const Tensor& visible, std::uint64_t seed) {
  Generator generator(seed);
  const SelfAttention model(positions, generator);
  Adam adam(model, {.learning_rate = 5e-3});
  // [train]
  // What stands before each place but the first.
  for (int step = 0; step < 600; ++step) {
    const Tensor sequence = draw(batch, generator);
    const Variable logits = slice(model(sequence, visible), 1, 1, length);
    const Variable loss = softmax_cross_entropy(logits, slice(sequence, 1, 0, -1));
    adam.step(grad(loss, parameters(model)));
  }
  // [train end]
  const Tensor unseen = draw(500, generator);
  const Tensor guesses = argmax(model(unseen, visible).value(), -1);
  const Tensor right = equal(slice(guesses, 1, 1, length), slice(unseen, 1, 0, -1));
  fmt::print("{:<25}{:.2f} right\n", name, mean(to(right, f32)).item());
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  constexpr const char* arguments = "[SEED [past]]";
  const std::uint64_t seed = seed_argument(argc, argv, arguments);
  const bool past_alone = word_argument(argc, argv, 2, "past", arguments);
  train_and_show("without positions", false, {}, seed);
  train_and_show("with positions", true, {}, seed);
  if (!past_alone) return 0;
  // [past]
  const Tensor past = to(tril(ones({length, length})), boolean);  // each place sees itself and those before it
  train_and_show("without, the past alone", false, past, seed);
  // [past end]
}
