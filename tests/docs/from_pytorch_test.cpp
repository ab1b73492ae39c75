// The glance side of docs/from-pytorch.md, which quotes it from here.
#include <cmath>

#include "glance/glance.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace glance;

TEST_CASE("from PyTorch: tensors") {
  // [tensors]
  const Tensor a = tensor({{1, 2, 3}, {4, 5, 6}});
  const Tensor i = tensor({0, 2}, i64);
  const Tensor z = zeros({2, 3}, f64);
  const Tensor r = arange(6);
  // [tensors end]
  CHECK(a.dtype() == f32);
  CHECK(i.dtype() == i64);
  CHECK(z.dtype() == f64);
  CHECK(r.dtype() == i64);

  // [views]
  const Tensor row = select(a, 0, 1);
  const Tensor part = slice(a, 1, 0, 2);
  const Tensor turned = transpose(a, 0, 1);
  const Tensor flat = reshape(a, {-1});
  const Tensor column = unsqueeze(row, -1);
  // [views end]
  CHECK(same(row, tensor({4, 5, 6})));
  CHECK(part.shape() == Shape{2, 2});
  CHECK(turned.shape() == Shape{3, 2});
  CHECK(flat.shape() == Shape{6});
  CHECK(column.shape() == Shape{3, 1});

  // [elementwise]
  const Tensor b = (a - 1) * tensor({1, 10, 100}) + exp(-a);
  const Tensor big = where(greater(a, 2), a, 0);
  // [elementwise end]
  CHECK(b.shape() == Shape{2, 3});
  CHECK(sum(big).item() == 18);

  // [reduce]
  const Tensor means = mean(a, 1, true);
  const Tensor best = argmax(a, 1);
  const Tensor p = softmax(a, -1);
  // [reduce end]
  CHECK(means.shape() == Shape{2, 1});
  CHECK(same(best, tensor({2, 2}, i64)));
  CHECK(sum(p).item() == Approx(2));

  // [products]
  const Tensor square = matmul(a, transpose(a));
  const Tensor both = concat({a, a}, 0);
  const Tensor looked_up = index_select(a, 1, i);
  // [products end]
  CHECK(square.shape() == Shape{2, 2});
  CHECK(both.shape() == Shape{4, 3});
  CHECK(looked_up.shape() == Shape{2, 2});
}

TEST_CASE("from PyTorch: gradients") {
  {
    // [where]
    const Variable x = parameter(tensor({0, 4}));
    const Tensor positive = greater(x.value(), 0);
    const Variable y = where(positive, sqrt(where(positive, x, 1)), 0);  // its gradient is 0 and 1/4
    // [where end]
    CHECK(same(grad(sum(y), {x})[0].value(), tensor({0, 0.25})));
    CHECK(std::isnan(select(grad(sum(where(positive, sqrt(x), 0)), {x})[0].value(), 0, 0).item()));
  }
  {
    // [backward]
    const Variable w = parameter(tensor({1, 2}));
    const Variable loss = sum(w * w);
    loss.backward();
    const Tensor& g = w.grad();
    // [backward end]
    CHECK(same(g, tensor({2, 4})));
  }
  {
    // [grad]
    const Variable w = parameter(tensor({1, 2}));
    const auto first = grad(sum(w * w * w), {w}, {.create_graph = true});
    const auto second = grad(sum(first[0]), {w});
    // [grad end]
    CHECK(same(second[0].value(), tensor({6, 12})));
  }
  {
    const Variable w = parameter(tensor({1, 2}));
    // [constants]
    const Variable still = (w * 2).detach();
    const NoGrad no_grad;
    const Variable plain = w * 2;
    // [constants end]
    CHECK_FALSE(still.requires_grad());
    CHECK_FALSE(plain.requires_grad());
  }
  {
    // [update]
    const Variable w = parameter(tensor({1, 2}));
    const auto g = grad(sum(w * w), {w});
    assign(w.value(), w.value() - 0.1 * g[0].value());
    // [update end]
    CHECK(all_close(w.value(), tensor({0.8, 1.6})));
  }
}

// [operation]
// d(x³)/dx = 3x²
Variable cube(const Variable& x) {
  return record("cube", {x}, x.value() * x.value() * x.value(), Save::inputs,
                [](const Saved& s, const Variable& grad) { return grad * 3 * square(s.input(0)); });
}
// [operation end]

// [layer]
struct Scale {
  Variable weight;

  explicit Scale(Index n) : weight(parameter(ones({n}))) {}

  Variable operator()(const Variable& x) const { return x * weight; }

  static void visit(auto& self, auto&& f) { f("weight", self.weight); }
};
// [layer end]

TEST_CASE("from PyTorch: checks") {
  // [gradcheck]
  gradcheck(cube, {tensor({1, -2}, f64)});
  // [gradcheck end]
  const Variable x = parameter(tensor({0}));
  const auto finds_it = [&] {
    // [anomaly]
    const DetectAnomaly anomaly;
    const Variable y = log(x);  // Error: log made an infinity
    // [anomaly end]
  };
  CHECK_THROWS_AS(finds_it(), Error);
}

TEST_CASE("from PyTorch: layers") {
  // [seed]
  Generator generator(1);
  const Tensor noise = normal({2, 3}, generator);
  // [seed end]
  CHECK(noise.shape() == Shape{2, 3});

  // [recurrent]
  const Embedding embedding(100, 16, generator);
  const LSTM lstm(16, 32, generator, {.layers = 2});
  const Linear linear(32, 100, generator);
  const Tensor words = tensor({{5, 6, 7}, {8, 9, 0}}, i64);
  auto [states, last] = lstm(embedding(words));
  const Variable logits = linear(states);
  // [recurrent end]
  CHECK(logits.shape() == Shape{2, 3, 100});
  CHECK(last.layers.size() == 2);

  // [lengths]
  const Index counts[] = {3, 2};
  const Lengths lengths(counts, 3);
  auto [padded, ends] = lstm(embedding(words), {}, lengths);
  // [lengths end]
  CHECK(sum(abs(select(select(padded.value(), 0, 1), 0, 2))).item() == 0);
  CHECK(ends.layers.size() == 2);

  // [attend]
  const auto [context, weights] = attend(padded, padded, padded, {.visible = lengths.visible_to_queries()});
  // [attend end]
  CHECK(context.shape() == Shape{2, 3, 32});
  CHECK(select(select(select(weights.value(), 0, 1), 0, 0), 0, 2).item() == 0);

  // [heads]
  const MultiHeadAttention layer(32, 4, generator);
  const auto [joined, of_each_head] = layer(padded, padded, padded, lengths.visible_to_queries());
  // [heads end]
  CHECK(joined.shape() == Shape{2, 3, 32});
  CHECK(of_each_head.shape() == Shape{2, 4, 3, 3});

  // [transformer]
  const TransformerEncoder encoder(32, 4, generator, {.layers = 2}, {.feed_forward = 64, .norm_first = true});
  const TransformerDecoder decoder(32, 4, generator, {.layers = 2}, {.feed_forward = 64, .norm_first = true});
  const Tensor seen = lengths.visible_to_queries();
  const Variable memory = encoder(padded, {.visible = seen}).output;
  const Variable decoded = decoder(padded, memory, seen).output;
  // [transformer end]
  CHECK(decoded.shape() == Shape{2, 3, 32});

  // [causal]
  const auto gpt = [&](const Tensor& symbols) {
    return encoder(lstm(embedding(symbols)).output, {.causal = true}).output.value();
  };
  check_causal(gpt, words);
  // [causal end]

  // [dropout]
  const Dropout dropout{0.5};
  const Variable while_training = dropout(states, &generator);
  const Variable afterwards = dropout(states, nullptr);
  // [dropout end]
  CHECK(same(afterwards.value(), states.value()));
  CHECK_FALSE(same(while_training.value(), states.value()));

  // [loss]
  const Variable loss = softmax_cross_entropy(logits, words, {.ignore_index = 0, .label_smoothing = 0.1});
  // [loss end]
  CHECK(loss.rank() == 0);
}

TEST_CASE("from PyTorch: training") {
  Generator generator(1);
  const TemporaryFolder folder;
  const std::string file = folder / "model.safetensors";
  const Tensor x = normal({4, 3}, generator), y = normal({4, 1}, generator);
  // [step]
  const Linear model(3, 1, generator);
  Adam adam(model, {.learning_rate = 0.01});
  auto gradients = grad(mse_loss(model(x), y), parameters(model));
  clip_grad_norm(gradients, 1.0);
  adam.step(gradients);
  // [step end]
  CHECK(adam.state.steps == 1);

  // [groups]
  Adam grouped = adam_w(model, {.learning_rate = 0.01, .weight_decay = 0.1}, {no_decay(model)});
  // [groups end]
  CHECK(grouped.groups[0].parameters.size() == 1);

  // [accumulate]
  Workers workers(1);
  auto accumulated = sharded_gradients(4, parameters(model), workers, [&](int part) {
    const Variable error = mse_loss(model(slice(x, 0, part, part + 1)), slice(y, 0, part, part + 1), Reduction::sum);
    return error / static_cast<double>(y.numel());
  });
  grouped.step(accumulated.gradients);
  // [accumulate end]
  CHECK(grouped.state.steps == 1);

  // [average]
  StateAverage average;
  for (int step = 0; step < 3; ++step) {
    adam.step(grad(mse_loss(model(x), y), parameters(model)));
    average.add(model);
  }
  load_state_dict(model, average.mean());
  // [average end]
  CHECK(average.count() == 3);

  // [save]
  save(model, file);
  const Linear other(3, 1, generator);
  load(other, file);
  // [save end]
  CHECK(same(other.weight.value(), model.weight.value()));

  // [parameters]
  for (const auto& [name, variable] : named_parameters(model)) CHECK((name == "weight" || name == "bias"));
  const Index count = parameter_count(model);
  // [parameters end]
  CHECK(count == 4);

  // [share]
  const Linear same_weights = model;
  const Linear own_weights = copy(model);
  // [share end]
  CHECK(same_weights.weight.value().shares_storage(model.weight.value()));
  CHECK_FALSE(own_weights.weight.value().shares_storage(model.weight.value()));
}

TEST_CASE("from PyTorch: a layer of one's own") {
  const Scale scale(3);
  CHECK(same(scale(tensor({1, 2, 3})).value(), tensor({1, 2, 3})));
  CHECK(state_dict(scale).contains("weight"));
}
