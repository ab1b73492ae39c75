// The Transformer gives the same at once and step by step, padded and alone, and never sees what is hidden or later.
#include "glance/nn/transformer.h"

#include <cmath>
#include <numeric>

#include "glance/autograd/activations.h"
#include "glance/autograd/arithmetic.h"
#include "glance/autograd/engine.h"
#include "glance/autograd/modes.h"
#include "glance/autograd/reductions.h"
#include "glance/autograd/views.h"
#include "glance/nn/batch.h"
#include "glance/nn/check_causal.h"
#include "glance/nn/module.h"
#include "glance/nn/positions.h"
#include "glance/nn/state.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/indexing.h"
#include "glance/tensor/join.h"
#include "glance/tensor/reduce.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"

using namespace glance;

namespace {

Variable random(const Shape& shape, std::uint64_t seed) {
  Generator g(seed);
  return normal(shape, g, 0, 1, f64);
}

// Both orders of the norms and both activations, with and without rotary positions.
std::vector<TransformerOptions> all_options() {
  std::vector<TransformerOptions> all;
  for (const bool norm_first : {false, true})
    for (const bool rotary : {false, true})
      all.push_back({.feed_forward = 12,
                     .dropout = 0,
                     .activation = rotary ? Activation::gelu : Activation::relu,
                     .norm_first = norm_first,
                     .rotary = rotary,
                     .dtype = f64});
  return all;
}

std::vector<std::string> names_of(const auto& model) {
  std::vector<std::string> names;
  for (const auto& named : named_parameters(model)) names.push_back(named.name);
  return names;
}

// The ways to read seven places: one by one, a few, all.
const std::vector<std::vector<Index>> ways = {{1, 1, 1, 1, 1, 1, 1}, {3, 1, 2, 1}, {7}, {6, 1}};

}  // namespace

TEST_CASE("an encoder block is the paper's formulas") {
  Generator g(1);
  for (const TransformerOptions& o : all_options()) {
    const TransformerEncoderLayer block(8, 2, g, o);
    const Variable x = random({2, 5, 8}, 3);
    const auto look = [&](const Variable& y) { return block.self_attn(y, y, y).context; };
    const auto network = [&](const Variable& y) {
      return block.linear2(o.activation == Activation::gelu ? gelu(block.linear1(y)) : relu(block.linear1(y)));
    };
    const Variable y = o.norm_first ? x + look(block.norm1(x)) : block.norm1(x + look(x));
    const Variable z = o.norm_first ? y + network(block.norm2(y)) : block.norm2(y + network(y));
    const EncoderBlockOutput given = block(x);
    CHECK(all_close(given.output.value(), z.value(), 1e-12));
    CHECK(given.weights.shape() == Shape{2, 2, 5, 5});
  }
}

TEST_CASE("one place at a time, a few, and all at once are the same: encoder, every position and norm") {
  Generator g(1);
  const Variable x = random({3, 7, 8}, 2);
  // Sequences that begin with places nobody may look at, as prompts of unequal length do.
  Tensor visible = ones({3, 1, 7}, boolean);
  assign(select(slice(visible, 2, 0, 2), 0, 1), zeros({1, 2}, boolean));
  for (const TransformerOptions& o : all_options())
    for (std::size_t kind = 0; kind < position_names.size(); ++kind)
      for (const bool masked : {false, true}) {
        INFO(position_names[kind] << " norm_first " << o.norm_first << " rotary " << o.rotary << " masked " << masked);
        const TransformerEncoder stack(8, 2, g, {.layers = 2}, o);
        const Positions positions(static_cast<PositionKind>(kind), 7, 8, g, {.deviation = 1, .dtype = f64});
        const auto whole = stack(positions(x), {.visible = masked ? visible : Tensor(), .causal = true});
        for (const auto& way : ways) {
          LayersKeysAndValues state;
          std::vector<Tensor> parts;
          for (const Index n : way) {
            const Index at = state.length();
            const Tensor seen = masked ? slice(visible, 2, 0, at + n) : Tensor();
            auto step = stack.step(positions(slice(x, 1, at, at + n), at), state, seen);
            state = std::move(step.state);
            parts.push_back(step.output.value());
            const Tensor weights = slice(whole.weights[1].value(), 2, at, at + n);
            CHECK(all_close(step.weights[1].value(), slice(weights, 3, 0, at + n), 1e-12));
          }
          CHECK(state.length() == 7);
          CHECK(all_close(concat(parts, 1), whole.output.value(), 1e-12));
        }
      }
}

TEST_CASE("one place at a time, a few, and all at once are the same: decoder") {
  Generator g(1);
  const Variable x = random({3, 7, 8}, 2), memory = random({3, 4, 8}, 3);
  const Tensor visible = tensor({{{1, 1, 1, 1}}, {{1, 1, 0, 0}}, {{0, 0, 0, 0}}}, boolean);
  for (const TransformerOptions& o : all_options()) {
    const TransformerDecoder stack(8, 2, g, {.layers = 2}, o);
    const auto whole = stack(x, memory, visible);
    CHECK(whole.cross_weights[0].shape() == Shape{3, 2, 7, 4});
    const LayersKeysAndValues ready = stack.project(memory);
    for (const auto& way : ways) {
      LayersKeysAndValues state;
      std::vector<Tensor> parts, cross;
      for (const Index n : way) {
        auto step = stack.step(slice(x, 1, state.length(), state.length() + n), state, ready, visible);
        state = std::move(step.state);
        parts.push_back(step.output.value());
        cross.push_back(step.cross_weights[1].value());
      }
      CHECK(all_close(concat(parts, 1), whole.output.value(), 1e-12));
      CHECK(all_close(concat(cross, 2), whole.cross_weights[1].value(), 1e-12));
    }
  }
}

TEST_CASE("rows that share a memory give what they give with memories of their own") {
  Generator g(1);
  const TransformerDecoder stack(8, 2, g, {.layers = 2}, {.feed_forward = 12, .norm_first = true, .dtype = f64});
  const Variable memory = random({2, 4, 8}, 3), x = random({6, 2, 8}, 4);
  const Tensor visible = tensor({{{1, 1, 1, 0}}, {{1, 1, 1, 1}}}, boolean);
  const Tensor own = tensor({0, 0, 0, 1, 1, 1}, i64);
  const LayersKeysAndValues shared = stack.project(memory);
  const auto a = stack.step(x, {}, shared, visible);
  const auto b = stack.step(x, {}, take_rows(shared, own), index_select(visible, 0, own));
  CHECK(all_close(a.output.value(), b.output.value(), 1e-12));
  CHECK(all_close(a.cross_weights[1].value(), b.cross_weights[1].value(), 1e-12));
  // Rows of a state are taken as of any other.
  const Tensor some = tensor({5, 0, 0, 3, 4, 3}, i64);
  const auto next = stack.step(x, take_rows(a.state, some), shared, visible);
  CHECK(next.state.length() == 4);
  CHECK(same(slice(next.state.layers[0].keys.value(), 2, 0, 2), index_select(a.state.layers[0].keys.value(), 0, some)));
}

TEST_CASE("a later place never changes an earlier one, and what is hidden nothing at all") {
  Generator g(1);
  for (const TransformerOptions& o : all_options()) {
    const TransformerDecoder decoder(8, 2, g, {.layers = 2}, o);
    const TransformerEncoder encoder(8, 2, g, {.layers = 2}, o);
    const Variable x = random({2, 6, 8}, 2), memory = random({2, 3, 8}, 3);
    const Tensor hides_last = tensor({{{1, 1, 0}}, {{1, 1, 0}}}, boolean);
    const Tensor decoded = decoder(x, memory, hides_last).output.value(),
                 encoded = encoder(x, {.causal = true}).output.value();
    for (Index t = 1; t < 6; ++t) {
      const Variable changed = concat({slice(x, 1, 0, t), random({2, 6 - t, 8}, 9)}, 1);
      CHECK(same(slice(decoder(changed, memory, hides_last).output.value(), 1, 0, t), slice(decoded, 1, 0, t)));
      CHECK(same(slice(encoder(changed, {.causal = true}).output.value(), 1, 0, t), slice(encoded, 1, 0, t)));
    }
    const Variable other = concat({slice(memory, 1, 0, 2), random({2, 1, 8}, 9)}, 1);
    CHECK(same(decoder(x, other, hides_last).output.value(), decoded));
  }
}

TEST_CASE("a padded sequence gives what it gives alone") {
  Generator g(1);
  const Variable x = random({3, 5, 8}, 2);
  const std::vector<Index> lengths = {5, 2, 4};
  const Tensor visible = Lengths(lengths, 5).visible_to_queries();
  for (const TransformerOptions& o : all_options()) {
    const TransformerEncoder stack(8, 2, g, {.layers = 2}, o);
    const Tensor together = stack(x, {.visible = visible}).output.value();
    for (Index i = 0; i < 3; ++i) {
      const Index n = lengths[static_cast<std::size_t>(i)];
      const Tensor alone = stack(slice(slice(x, 0, i, i + 1), 1, 0, n)).output.value();
      CHECK(all_close(slice(slice(together, 0, i, i + 1), 1, 0, n), alone, 1e-12));
    }
  }
}

TEST_CASE("a decoder's padded sequences, over padded memories, give what each gives alone") {
  Generator g(1);
  const Variable x = random({3, 5, 8}, 2), memory = random({3, 4, 8}, 3);
  const std::vector<Index> lengths = {5, 2, 4}, sources = {1, 4, 3};
  const Tensor visible = Lengths(sources, 4).visible_to_queries();
  for (const TransformerOptions& o : all_options()) {
    const TransformerDecoder stack(8, 2, g, {.layers = 2}, o);
    const auto together = stack(x, memory, visible);
    for (Index i = 0; i < 3; ++i) {
      const Index n = lengths[static_cast<std::size_t>(i)], m = sources[static_cast<std::size_t>(i)];
      const auto row = [i](const auto& of, Index places) { return slice(slice(of, 0, i, i + 1), 1, 0, places); };
      const auto alone = stack(row(x, n), row(memory, m));
      CHECK(all_close(row(together.output.value(), n), alone.output.value(), 1e-12));
      const Tensor cross = slice(slice(together.cross_weights[1].value(), 0, i, i + 1), 2, 0, n);
      CHECK(all_close(slice(cross, 3, 0, m), alone.cross_weights[1].value(), 1e-12));
    }
  }
}

TEST_CASE("rows that are taken between steps go on as their whole sequences do") {
  Generator g(1);
  const Tensor rows = tensor({2, 0, 2}, i64);
  const Variable begun = random({3, 3, 8}, 2), next = random({3, 2, 8}, 3), memory = random({1, 4, 8}, 4);
  for (const TransformerOptions& o : all_options()) {
    const TransformerDecoder stack(8, 2, g, {.layers = 2}, o);
    const LayersKeysAndValues shared = stack.project(memory);
    const auto state = take_rows(stack.step(begun, {}, shared).state, rows);
    const Tensor stepped = stack.step(next, state, shared).output.value();
    const Variable whole = concat({Variable(index_select(begun.value(), 0, rows)), next}, 1);
    const Tensor at_once = stack(whole, take_rows(shared, zeros({3}, i64))).output.value();
    CHECK(all_close(stepped, slice(at_once, 1, 3, 5), 1e-12));
  }
}

TEST_CASE("NaN in a place that is hidden reaches no other place") {
  Generator g(1);
  const auto spoiled = [](const Shape& shape, Index place) {
    const Tensor x = copy(random(shape, 2).value());
    assign(select(select(x, 0, 0), 0, place), full({shape.back()}, std::nan(""), f64));
    return x;
  };
  const Tensor hides_last = tensor({{{1, 1, 0}}, {{1, 1, 1}}}, boolean);
  const auto is_clean = [](const Tensor& x) { return all(is_finite(x)).item() == 1; };
  for (const TransformerOptions& o : all_options()) {
    const TransformerDecoder decoder(8, 2, g, {.layers = 2}, o);
    const TransformerEncoder encoder(8, 2, g, {.layers = 2}, o);
    const Variable x = parameter(random({2, 4, 8}, 3).value());
    const auto looked = decoder(x, spoiled({2, 3, 8}, 2), hides_last);
    CHECK(is_clean(looked.output.value()));
    CHECK(is_clean(looked.cross_weights[1].value()));
    CHECK(is_clean(grad(sum(looked.output), std::vector<Variable>{x})[0].value()));
    const LayersKeysAndValues memory = decoder.project(spoiled({2, 3, 8}, 2));
    CHECK(is_clean(decoder.step(random({2, 1, 8}, 3), {}, memory, hides_last).output.value()));
    for (const Visibility& sight : {Visibility{.visible = hides_last}, Visibility{.causal = true}})
      CHECK(is_clean(slice(encoder(spoiled({2, 3, 8}, 2), sight).output.value(), 1, 0, 2)));
  }
}

TEST_CASE("the check of what is causal passes causal stacks, and names what others leak") {
  Generator g(1);
  const Tensor x = random({2, 5, 8}, 2).value(), memory = random({2, 3, 8}, 3).value();
  for (const TransformerOptions& o : all_options()) {
    const TransformerEncoder encoder(8, 2, g, {.layers = 2}, o);
    const TransformerDecoder decoder(8, 2, g, {.layers = 2}, o);
    CHECK_NOTHROW(check_causal([&](const Tensor& y) { return encoder(y, {.causal = true}).output.value(); }, x));
    CHECK_NOTHROW(check_causal([&](const Tensor& y) { return decoder(y, memory).output.value(); }, x));
    CHECK_THROWS_WITH(check_causal([&](const Tensor& y) { return encoder(y).output.value(); }, x),
                      "check_causal: place 0 of the output depends on place 1 of the input, which is later");
  }
}

TEST_CASE("parameters have PyTorch's names, and each takes part") {
  Generator g(1);
  const TransformerDecoder decoder(8, 2, g, {.layers = 2}, {.feed_forward = 12, .norm_first = true, .dtype = f64});
  const auto names = names_of(decoder);
  CHECK(names.size() == 2 * 18 + 2);
  CHECK(names[0] == "layers.0.self_attn.in_proj_weight");
  CHECK(names[4] == "layers.0.multihead_attn.in_proj_weight");
  CHECK(names[17] == "layers.0.norm3.bias");
  CHECK(names.back() == "norm.bias");
  CHECK_NOTHROW(check_parameters(decoder, sum(decoder(random({1, 3, 8}, 2), random({1, 2, 8}, 3)).output)));
  const TransformerEncoder encoder(8, 2, g, {.layers = 1}, {.feed_forward = 12, .bias = false, .dtype = f64});
  CHECK(names_of(encoder) == std::vector<std::string>{"layers.0.self_attn.in_proj_weight",
                                                      "layers.0.self_attn.out_proj.weight", "layers.0.linear1.weight",
                                                      "layers.0.linear2.weight", "layers.0.norm1.weight",
                                                      "layers.0.norm2.weight"});
}

TEST_CASE("dropout happens in every part, and only with noise") {
  Generator g(1);
  const Variable x = random({1, 4, 8}, 2);
  const TransformerEncoder stack(8, 2, g, {.layers = 1}, {.feed_forward = 12, .dropout = 0.5, .dtype = f64});
  Generator one(5), same_one(5), other(6);
  const Tensor a = stack(x, {}, &one).output.value();
  CHECK(same(a, stack(x, {}, &same_one).output.value()));
  CHECK(!same(a, stack(x, {}, &other).output.value()));
  CHECK(same(stack(x).output.value(), stack(x).output.value()));
  const Tensor weights = stack(x, {}, &one).weights[0].value();
  CHECK(sum(to(equal(weights, 0), f64)).item() > 0);
}

TEST_CASE("errors of the Transformer") {
  Generator g(1);
  CHECK_THROWS_WITH(TransformerEncoder(8, 3, g), "MultiHeadAttention: 3 heads do not share 8 features evenly");
  CHECK_THROWS_WITH(TransformerEncoder(8, 2, g, {.layers = 0}), "TransformerEncoder: 0 layers: it must be at least 1");
  CHECK_THROWS_WITH(TransformerEncoder(6, 2, g, {}, {.rotary = true}),
                    "MultiHeadAttention: rotary positions turn pairs, and each of the 2 heads has 3 features");
  const TransformerDecoder stack(8, 2, g, {.layers = 2}, {.feed_forward = 4});
  const Variable x = zeros({3, 1, 8});
  const LayersKeysAndValues memory = stack.project(zeros({2, 4, 8}));
  CHECK_THROWS_WITH(stack.step(x, {}, memory), "TransformerDecoderLayer: 3 rows cannot share 2 memories evenly");
  CHECK_THROWS_WITH(stack.step(x, {}, {}), "TransformerDecoder: a memory without layers: make it with project()");
  CHECK_THROWS_WITH(stack.step(zeros({2, 1, 8}), {{KeysAndValues{}}}, memory),
                    "TransformerDecoder: a state of 1 layers in a stack of 2");
}

TEST_CASE("states without gradients share memory, and each reads on from its own places") {
  Generator g(1);
  TransformerOptions options{.feed_forward = 12, .dropout = 0, .norm_first = true, .dtype = f64};
  const TransformerEncoder stack(8, 2, g, {.layers = 2}, options);
  const Tensor x = random({3, 40, 8}, 2).value(), other = random({3, 40, 8}, 3).value();
  const NoGrad no_grad;
  const auto read = [&](const Tensor& from, Index begin, Index end, const LayersKeysAndValues& state) {
    return stack.step(slice(from, 1, begin, end), state);
  };
  const auto alone = [&](const Tensor& last) { return stack(last, {.causal = true}).output.value(); };
  LayersKeysAndValues state;
  for (Index t = 0; t < 30; ++t) state = read(x, t, t + 1, state).state;
  // Two ways on from one place, in turns; and again from a state before it.
  const LayersKeysAndValues copy_of_it = state;
  const auto one = read(x, 30, 33, state);
  const auto two = read(other, 30, 32, copy_of_it);
  const auto one_on = read(x, 33, 40, one.state);
  const auto two_on = read(other, 32, 40, two.state);
  const Tensor mixed = concat({slice(x, 1, 0, 30), slice(other, 1, 30, 40)}, 1);
  CHECK(all_close(one_on.output.value(), slice(alone(x), 1, 33, 40), 1e-12));
  CHECK(all_close(two_on.output.value(), slice(alone(mixed), 1, 32, 40), 1e-12));
  // Rows that were taken from a state are memory of their own.
  const Tensor rows = tensor({2, 0, 2}, i64);
  const auto taken = read(slice(index_select(mixed, 0, rows), 1, 0, 40), 30, 40, take_rows(state, rows));
  CHECK(all_close(taken.output.value(), index_select(slice(alone(mixed), 1, 30, 40), 0, rows), 1e-12));
  CHECK(all_close(read(x, 33, 40, one.state).output.value(), one_on.output.value(), 0));
}
