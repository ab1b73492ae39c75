// What the first steps of a training do to a deep stack, with the norms after the parts and before them, at the full
// rate and with a warm-up. The number on the command line is the seed.
#include <fmt/format.h>

#include "examples/common/arguments.h"
#include "glance/glance.h"

namespace {

using namespace glance;

constexpr Index width = 32, heads = 4, layers = 12, words = 100;
constexpr double rate = 6e-3;

// [stack]
// Reads words and names each of them again: nothing is easier.
struct Reader {
  Embedding embed;
  TransformerEncoder stack;
  Linear output;

  Reader(bool norm_first, Generator& g)
      : embed(words, width, g),
        stack(width, heads, g, {.layers = layers}, {.feed_forward = 128, .dropout = 0, .norm_first = norm_first}),
        output(width, words, g) {}
  // [stack end]

  static void visit(auto& self, auto&& f) {
    f("embed", self.embed);
    f("stack", self.stack);
    f("output", self.output);
  }
};

// [alike]
// How alike the vectors of different words are, [batch, time, width]: their mean cosine, 1 when all point the same way.
double alike(const Tensor& vectors) {
  const Tensor rows = flatten(vectors, 0, 1), units = rows / sqrt(sum(square(rows), {-1}, true));
  return mean(matmul(units, transpose(units))).item();
}
// [alike end]

void show(const char* name, bool norm_first, double warmup, std::uint64_t seed) {
  Generator generator(seed);
  const Reader model(norm_first, generator);
  Adam adam(model);
  fmt::print("{:<30}", name);
  // [train]
  for (int step = 0; step <= 10; ++step) {
    const Tensor text = to(uniform({16, 10}, generator, 0, words), i64);
    const Variable read = model.stack(model.embed(text)).output;
    if (step < 3 || step == 5 || step == 10) fmt::print("{:>8.2f}", alike(read.value()));
    auto gradients = grad(softmax_cross_entropy(model.output(read), text), parameters(model));
    clip_grad_norm(gradients, 1);
    adam.rule.learning_rate = rate * (step < warmup ? (step + 1) / warmup : 1);
    adam.step(gradients);
  }
  // [train end]
  fmt::print("\n");
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t seed = seed_argument(argc, argv);
  fmt::print("{:<30}{:>8}{:>8}{:>8}{:>8}{:>8}\n", "alike after so many steps", 0, 1, 2, 5, 10);
  show("post-norm", false, 0, seed);
  show("pre-norm", true, 0, seed);
  show("post-norm, a warm-up of 100", false, 100, seed);
  show("pre-norm, a warm-up of 100", true, 100, seed);
}
