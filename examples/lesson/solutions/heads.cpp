// Chapter 9: one head for two questions, and behind it a network of one hidden layer, which may take the average apart
// again. The number on the command line is the seed.
#include <fmt/format.h>

#include "examples/common/arguments.h"
#include "glance/glance.h"

using namespace glance;

constexpr Index symbols = 12, length = 12, width = 32;

struct OneHead {
  Embedding symbol, place;
  MultiHeadAttention attention;
  Linear hidden, before, after;

  explicit OneHead(Generator& g)
      : symbol(symbols, width, g),
        place(length, width, g),
        attention(width, 1, g),
        hidden(width, 128, g),
        before(128, symbols, g),
        after(128, symbols, g) {}
  Variable operator()(const Tensor& sequence) const {
    const Variable x = symbol(sequence) + place(arange(length));
    return slice(relu(hidden(attention(x, x, x).context)), 1, 1, length - 1);
  }

  static void visit(auto& self, auto&& f) {
    f("symbol", self.symbol);
    f("place", self.place);
    f("attention", self.attention);
    f("hidden", self.hidden);
    f("before", self.before);
    f("after", self.after);
  }
};

int main(int argc, char** argv) {
  Generator generator(seed_argument(argc, argv));
  const OneHead model(generator);
  Adam adam(model, {.learning_rate = 5e-3});
  const auto draw = [&](Index count) { return to(uniform({count, length}, generator, 0, symbols), i64); };
  const auto before = [](const Tensor& sequence) { return slice(sequence, 1, 0, length - 2); };
  const auto after = [](const Tensor& sequence) { return slice(sequence, 1, 2, length); };
  for (int step = 0; step < 600; ++step) {
    const Tensor sequence = draw(32);
    const Variable seen = model(sequence);
    const Variable loss = softmax_cross_entropy(model.before(seen), before(sequence)) +
                          softmax_cross_entropy(model.after(seen), after(sequence));
    adam.step(grad(loss, parameters(model)));
  }
  const Tensor unseen = draw(500);
  const Variable seen = model(unseen);
  const auto right = [](const Variable& logits, const Tensor& wanted) {
    return mean(to(equal(argmax(logits.value(), -1), wanted), f32)).item();
  };
  fmt::print("1 head and a network: {:.2f} before, {:.2f} after, {} parameters\n",
             right(model.before(seen), before(unseen)), right(model.after(seen), after(unseen)),
             parameter_count(model));
}
