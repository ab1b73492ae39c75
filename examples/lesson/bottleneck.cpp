// Write a sequence backwards: with one vector between encoder and decoder, and with attention. On
// the command line: a seed, and "forwards" to copy the sequence instead.
#include <fmt/format.h>

#include <cstdint>

#include "examples/common/arguments.h"
#include "glance/glance.h"

namespace {

using namespace glance;

constexpr Index symbols = 8, begin = symbols, longest = 12, batch = 64;

// [model]
struct Reverser {
  bool attention;
  Embedding embed;
  LSTM encoder, decoder;
  Linear out;

  Reverser(Index width, bool with_attention, Generator& generator)
      : attention(with_attention),
        embed(symbols + 1, 16, generator),
        encoder(16, width, generator),
        decoder(16, width, generator),
        out(with_attention ? 2 * width : width, symbols, generator) {}

  // source i64 [batch, length]; fed, what the decoder reads: "begin" and the right symbols before each
  Variable operator()(const Tensor& source, const Tensor& fed) const {
    const auto [memory, last] = encoder(embed(source));
    const Variable states = decoder(embed(fed), last).output;  // `last` is all it knows of the source
    if (!attention) return out(states);
    return out(concat({attend(states, memory, memory).context, states}, -1));  // or it may look at every state
  }
  // [model end]

  static void visit(auto& self, auto&& f) {
    f("embed", self.embed);
    f("encoder", self.encoder);
    f("decoder", self.decoder);
    f("out", self.out);
  }
};

struct Sequences {
  Tensor source, fed, target;  // i64 [count, length] each
};

// [draw]
Sequences draw(Index count, Index length, bool forwards, Generator& generator) {
  const Tensor source = to(uniform({count, length}, generator, 0, symbols), i64);
  const Tensor backwards = arange(static_cast<double>(length - 1), -1, -1);
  const Tensor target = forwards ? source : index_select(source, 1, backwards);
  const Tensor fed = concat({full({count, 1}, begin, i64), slice(target, 1, 0, -1)}, 1);
  return {source, fed, target};
}
// [draw end]

// The share of new sequences that are right from first to last. Being fed the right symbols is no help here: up to the
// first mistake, a decoder that reads its own words reads the same.
double score(const Reverser& model, Index length, bool forwards, Generator& generator) {
  const NoGrad no_grad;
  const auto [source, fed, target] = draw(400, length, forwards, generator);
  const Tensor right = equal(argmax(model(source, fed).value(), -1), target);
  return mean(to(all(right, {1}), f32)).item();
}

void train_and_score(Index width, bool attention, std::uint64_t seed, bool forwards) {
  Generator generator(seed);
  const Reverser model(width, attention, generator);
  Adam adam(model);
  // [train]
  for (int step = 0; step < 2000; ++step) {
    const Index length = 1 + static_cast<Index>(generator.below(longest));
    const auto [source, fed, target] = draw(batch, length, forwards, generator);
    const auto gradients = grad(softmax_cross_entropy(model(source, fed), target), parameters(model));
    adam.rule.learning_rate = 5e-3 * (1 - step / 2000.0);  // smaller and smaller steps, to come to rest
    adam.step(gradients, clip_scale(global_norm(gradients), 1));
  }
  // [train end]
  fmt::print("{:5}  {:<10}{:10}  ", width, attention ? "attention" : "one vector", parameter_count(model));
  for (Index length = 2; length <= longest; length += 2)
    fmt::print("{:6.2f}", score(model, length, forwards, generator));
  fmt::print("\n");
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  constexpr const char* arguments = "[SEED [forwards]]";
  const std::uint64_t seed = seed_argument(argc, argv, arguments);
  const bool forwards = word_argument(argc, argv, 2, "forwards", arguments);
  fmt::print("width              parameters  length 2     4     6     8    10    12\n");
  train_and_score(8, false, seed, forwards);
  train_and_score(16, false, seed, forwards);
  train_and_score(32, false, seed, forwards);
  train_and_score(32, true, seed, forwards);
}
