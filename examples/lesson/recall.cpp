// Three LSTMs learn to name the first symbol of a sequence after many others: what the forget bias is good for. The
// number on the command line is the seed.
#include <fmt/format.h>

#include <cstdint>

#include "examples/common/arguments.h"
#include "glance/glance.h"

namespace {

using namespace glance;

constexpr Index symbols = 8, length = 40, batch = 32, width = 64;

struct Recaller {
  Embedding embed;
  LSTM lstm;
  Linear out;

  Recaller(double forget_bias, Generator& generator)
      : embed(symbols, 16, generator),
        lstm(16, width, generator, {.forget_bias = forget_bias}),
        out(width, symbols, generator) {}

  // i64 [batch, length] -> [batch, symbols], from the state after the last symbol
  Variable operator()(const Tensor& sequence) const { return out(select(lstm(embed(sequence)).output, 1, -1)); }

  static void visit(auto& self, auto&& f) {
    f("embed", self.embed);
    f("lstm", self.lstm);
    f("out", self.out);
  }
};

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t seed = seed_argument(argc, argv);
  for (const double forget_bias : {0.0, 1.0, 3.0}) {
    Generator generator(seed);
    const Recaller model(forget_bias, generator);
    Adam adam(model, {.learning_rate = 3e-3});
    // [train]
    for (int step = 0; step < 300; ++step) {
      const Tensor sequence = to(uniform({batch, length}, generator, 0, symbols), i64);
      const Tensor first = select(sequence, 1, 0);  // what it is to name
      const auto gradients = grad(softmax_cross_entropy(model(sequence), first), parameters(model));
      adam.step(gradients, clip_scale(global_norm(gradients), 1));
    }
    // [train end]
    const Tensor unseen = to(uniform({500, length}, generator, 0, symbols), i64);
    const Tensor right = equal(argmax(model(unseen).value(), -1), select(unseen, 1, 0));
    fmt::print("forget bias {}: {:.2f} right\n", forget_bias, mean(to(right, f32)).item());
    std::fflush(stdout);
  }
}
