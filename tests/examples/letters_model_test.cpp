// The model of letters: what it lists, what it sees, and that a cache changes nothing.
#include "examples/letters/model.h"

#include <cmath>

#include "glance/autograd/loss.h"
#include "glance/nn/module.h"
#include "glance/tensor/error.h"
#include "tests/catch.h"
#include "tests/examples/tiny_letters.h"

using namespace glance;
using namespace glance::gpt;

namespace {

constexpr PositionKind kinds[] = {PositionKind::none, PositionKind::learned, PositionKind::sinusoidal,
                                  PositionKind::rotary};

double deviation_of(const Variable& weight) {
  double squares = 0;
  for (const float value : weight.value().to_vector<float>()) squares += static_cast<double>(value) * value;
  return std::sqrt(squares / static_cast<double>(weight.numel()));
}

}  // namespace

TEST_CASE("the model lists all its parameters, and input and output share one table") {
  for (const PositionKind kind : kinds) {
    Generator generator(1);
    const Model model(tiny_options(kind), generator);
    CHECK(static_cast<double>(parameter_count(model)) == parameters_of(model.options));
    const Tensor text = letters_of({0, 1, 2, 3});
    check_parameters(model, softmax_cross_entropy(model(text).logits, text));
  }
}

TEST_CASE("first values are normal, and smaller where they are added up") {
  Generator generator(1);
  const Model model({.symbols = 100, .layers = 8, .heads = 4, .width = 64, .context = 32}, generator);
  CHECK(deviation_of(model.letters.weight) == Approx(0.1).epsilon(0.05));
  CHECK(deviation_of(model.positions.weight) == Approx(0.1).epsilon(0.05));
  for (const TransformerEncoderLayer& block : model.blocks.layers) {
    CHECK(deviation_of(block.self_attn.in_proj_weight) == Approx(0.06).epsilon(0.05));
    CHECK(deviation_of(block.linear1.weight) == Approx(0.06).epsilon(0.05));
    CHECK(deviation_of(block.self_attn.out_proj.weight) == Approx(0.015).epsilon(0.05));  // / √(2 · 8)
    CHECK(deviation_of(block.linear2.weight) == Approx(0.015).epsilon(0.05));
    CHECK(deviation_of(block.linear1.bias) == 0);
    CHECK(deviation_of(block.linear2.bias) == 0);
  }
}

TEST_CASE("a later letter never changes what was said before it") {
  for (const PositionKind kind : kinds) {
    const Model model = tiny_model(kind);
    const auto one = logits_of(model, {0, 1, 2, 3, 4}), other = logits_of(model, {0, 1, 2, 0, 0});
    for (std::size_t i = 0; i < 15; ++i) CHECK(one[i] == other[i]);
    CHECK(one[15] != other[15]);
  }
}

TEST_CASE("one letter at a time, a few at a time and all at once agree") {
  const std::vector<std::int64_t> text = {3, 1, 4, 1, 0, 2};
  for (const PositionKind kind : kinds) {
    const NoGrad no_grad;
    const Model model = tiny_model(kind);
    const Prediction whole = model(letters_of(text));
    const auto wanted = whole.logits.value().to_vector<float>();
    for (const std::vector<std::size_t>& sizes : {std::vector<std::size_t>{1, 1, 1, 1, 1, 1}, {2, 3, 1}, {6}}) {
      Memory memory;
      std::vector<float> logits;
      std::size_t at = 0;
      for (const std::size_t size : sizes) {
        auto next = model.step(letters_of({text.begin() + static_cast<std::ptrdiff_t>(at),
                                           text.begin() + static_cast<std::ptrdiff_t>(at + size)}),
                               memory);
        memory = std::move(next.memory);
        for (const float logit : next.prediction.logits.value().to_vector<float>()) logits.push_back(logit);
        at += size;
      }
      REQUIRE(logits.size() == wanted.size());
      for (std::size_t i = 0; i < logits.size(); ++i) CHECK(logits[i] == Approx(wanted[i]).margin(1e-4));
    }
  }
}

TEST_CASE("the order of letters counts where there are positions, and is dropped where there are none") {
  // The last letter sees the same set of letters in either order.
  for (const PositionKind kind : kinds) {
    const Model model = tiny_model(kind);
    const auto one = logits_of(model, {1, 2, 3}), other = logits_of(model, {2, 1, 3});
    double difference = 0;
    for (std::size_t i = 10; i < 15; ++i) difference += std::abs(static_cast<double>(one[i]) - other[i]);
    // A second layer without positions still sees what the first made of beginnings, which differ.
    Generator generator(1);
    ModelOptions options = tiny_options(kind);
    options.layers = 1;
    const Model shallow(options, generator);
    const auto first = logits_of(shallow, {1, 2, 3}), second = logits_of(shallow, {2, 1, 3});
    double shallow_difference = 0;
    for (std::size_t i = 10; i < 15; ++i) shallow_difference += std::abs(static_cast<double>(first[i]) - second[i]);
    CHECK(difference > 1e-4);
    CHECK((shallow_difference < 1e-6) == (kind == PositionKind::none));
  }
}

TEST_CASE("dropout happens only with noise") {
  Generator generator(1);
  ModelOptions options = tiny_options();
  options.dropout = 0.5;
  const Model model(options, generator);
  const Tensor text = letters_of({0, 1, 2});
  Generator noise(2);
  const auto quiet = model(text).logits.value().to_vector<float>();
  CHECK(quiet == model(text).logits.value().to_vector<float>());
  CHECK(quiet != model(text, &noise).logits.value().to_vector<float>());
}

TEST_CASE("texts and options that the model cannot take are refused") {
  const Model model = tiny_model();
  CHECK_THROWS_WITH(model(letters_of({0, 1, 2, 3, 4, 0, 1})), Contains("7 letters, and the model sees 6"));
  CHECK_THROWS_AS(model(letters_of({5})), Error);
  const auto read = model.step(letters_of({0, 1, 2, 3}));
  CHECK_THROWS_WITH(model.step(letters_of({0, 1, 2}), read.memory), Contains("3 letters after 4"));
  Generator generator(1);
  for (const ModelOptions& options :
       {ModelOptions{.symbols = 0}, ModelOptions{.symbols = 5, .layers = 0}, ModelOptions{.symbols = 5, .heads = 3},
        ModelOptions{.symbols = 5, .context = 0}, ModelOptions{.symbols = 5, .dropout = 1},
        ModelOptions{.symbols = 5, .heads = 4, .width = 12, .positions = PositionKind::rotary}})
    CHECK_THROWS_AS(Model(options, generator), Error);
}
