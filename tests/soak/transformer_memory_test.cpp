// Training a Transformer, and writing with its cache, keep no memory from one step to the next.
#include <vector>

#include "glance/autograd/loss.h"
#include "glance/autograd/modes.h"
#include "glance/autograd/views.h"
#include "glance/nn/embedding.h"
#include "glance/nn/no_decay.h"
#include "glance/nn/parallel.h"
#include "glance/nn/positions.h"
#include "glance/nn/state.h"
#include "glance/nn/transformer.h"
#include "glance/nn/workers.h"
#include "glance/tensor/create.h"
#include "glance/tensor/storage.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"

using namespace glance;

namespace {

constexpr Index words = 20, features = 16, most = 12;

// A translator: sources are read whole, targets from left to right.
struct Model {
  Embedding table;
  Positions positions;
  TransformerEncoder encoder;
  TransformerDecoder decoder;
  Linear output;

  explicit Model(Generator& g)
      : table(words, features, g),
        positions(PositionKind::learned, most, features, g),
        encoder(features, 2, g, {.layers = 2}, {.feed_forward = 24, .norm_first = true, .rotary = true}),
        decoder(features, 2, g, {.layers = 2}, {.feed_forward = 24, .norm_first = true}),
        output(features, words, g) {}

  Variable read(const Tensor& symbols, Generator* noise) const {
    return encoder(positions(table(symbols)), {}, noise).output;
  }

  static void visit(auto& self, auto&& f) {
    f("table", self.table);
    f("positions", self.positions);
    f("encoder", self.encoder);
    f("decoder", self.decoder);
    f("output", self.output);
  }
};

// Symbols of a batch whose shape hardly two steps share.
Tensor symbols(Generator& g, Index batch, Index time) {
  const Tensor x({batch, time}, i64);
  Index* out = x.write<Index>();
  for (Index i = 0; i < x.numel(); ++i) out[i] = static_cast<Index>(g.below(words));
  return x;
}

void train(const Model& model, Adam& adam, Workers& workers, Generator& g) {
  const auto length = [&] { return 1 + static_cast<Index>(g.below(most)); };
  const Tensor sources = symbols(g, 4, length()), fed = symbols(g, 4, length());
  const Tensor answers = symbols(g, 4, fed.shape(1));
  const auto result = sharded_gradients(2, parameters(model), workers, [&](int shard) {
    const auto rows = [shard](const Tensor& x) { return slice(x, 0, 2 * shard, 2 * shard + 2); };
    Generator noise(3, static_cast<std::uint64_t>(adam.state.steps), static_cast<std::uint64_t>(shard));
    const auto decoded =
        model.decoder(model.positions(model.table(rows(fed))), model.read(rows(sources), &noise), {}, &noise);
    return softmax_cross_entropy(model.output(decoded.output), rows(answers),
                                 {.count = static_cast<double>(answers.numel())});
  });
  adam.step(result.gradients, clip_scale(global_norm(result.gradients), 1), &workers);
}

// As a search writes: a place at a time, with rows exchanged in between.
void write(const Model& model, Generator& g) {
  const NoGrad no_grad;
  const LayersKeysAndValues memory = model.decoder.project(model.read(symbols(g, 1, most), nullptr));
  LayersKeysAndValues state;
  for (Index t = 0; t < most; ++t) {
    const Variable x = model.positions(model.table(symbols(g, 3, 1)), t);
    state = take_rows(model.decoder.step(x, state, memory).state, tensor({2, 0, 0}, i64));
  }
}

}  // namespace

TEST_CASE("steps of a Transformer, in training and in writing, leave exactly what was there before") {
  Generator g(1);
  const Model model(g);
  Adam adam = adam_w(model, {.learning_rate = 1e-3, .weight_decay = 0.1}, {no_decay(model)});
  Workers workers(2);
  std::vector<StorageStatistics> samples;
  for (int step = 0; step < 60; ++step) {
    train(model, adam, workers, g);
    write(model, g);
    samples.push_back(storage_statistics());
  }
  for (std::size_t i = 1; i < samples.size(); ++i) {
    INFO("step " << i);
    CHECK(samples[i].live_blocks == samples[0].live_blocks);
    CHECK(samples[i].live_bytes == samples[0].live_bytes);
  }
}
