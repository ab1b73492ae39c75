// One layer of self-attention is to name two symbols at each place, the one before it and the one after: with one head,
// and with two. The number on the command line is the seed.
#include <fmt/format.h>

#include <cstdint>

#include "examples/common/arguments.h"
#include "glance/glance.h"

namespace {

using namespace glance;

constexpr Index symbols = 12, length = 12, batch = 32, width = 32;

// [model]
struct Neighbours {
  Embedding symbol, place;
  MultiHeadAttention attention;
  Linear before, after;

  Neighbours(Index heads, Generator& g)
      : symbol(symbols, width, g),
        place(length, width, g),
        attention(width, heads, g),  // as many parameters, however many heads
        before(width, symbols, g),
        after(width, symbols, g) {}

  // i64 [batch, length] -> context [batch, length, width], weights [batch, heads, length, length]
  Attended look(const Tensor& sequence) const {
    const Variable x = symbol(sequence) + place(arange(length));
    return attention(x, x, x);
  }
  // [model end]

  static void visit(auto& self, auto&& f) {
    f("symbol", self.symbol);
    f("place", self.place);
    f("attention", self.attention);
    f("before", self.before);
    f("after", self.after);
  }
};

// What is asked: at each place but the first and the last, the symbol before it and the one after.
struct Questions {
  Tensor sequence, before, after;  // i64 [count, length], and twice [count, length - 2]
};

Questions draw(Index count, Generator& generator) {
  const Tensor sequence = to(uniform({count, length}, generator, 0, symbols), i64);
  return {sequence, slice(sequence, 1, 0, length - 2), slice(sequence, 1, 2, length)};
}

Variable inner(const Variable& x) { return slice(x, 1, 1, length - 1); }

double right(const Variable& logits, const Tensor& wanted) {
  return mean(to(equal(argmax(logits.value(), -1), wanted), f32)).item();
}

// A head's mean weight on the place `step` further on.
double weight_on(const Tensor& weights, Index head, Index step) {
  double sum = 0;
  for (Index place = 1; place < length - 1; ++place)
    sum += mean(select(select(select(weights, 1, head), 1, place), 1, place + step)).item();
  return sum / (length - 2);
}

void train_and_show(Index heads, std::uint64_t seed) {
  Generator generator(seed);
  const Neighbours model(heads, generator);
  Adam adam(model, {.learning_rate = 5e-3});
  // [train]
  for (int step = 0; step < 600; ++step) {
    const auto [sequence, before, after] = draw(batch, generator);
    const Variable context = inner(model.look(sequence).context);
    const Variable loss =
        softmax_cross_entropy(model.before(context), before) + softmax_cross_entropy(model.after(context), after);
    adam.step(grad(loss, parameters(model)));
  }
  // [train end]
  const auto [sequence, before, after] = draw(500, generator);
  const Attended attended = model.look(sequence);
  const Variable context = inner(attended.context);
  fmt::print("{} {:<7}{:>8}{:>8.2f}{:>8.2f}", heads, heads == 1 ? "head" : "heads", parameter_count(model),
             right(model.before(context), before), right(model.after(context), after));
  for (Index head = 0; head < heads; ++head)
    fmt::print("    {:.2f} {:.2f}", weight_on(attended.weights.value(), head, -1),
               weight_on(attended.weights.value(), head, 1));
  fmt::print("\n");
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t seed = seed_argument(argc, argv);
  fmt::print("{:>17}{:>8}{:>8}    each head's weight on the place before, on the one after\n", "parameters", "before",
             "after");
  for (const Index heads : {1, 2}) train_and_show(heads, seed);
}
