// What is taken from a variable outlives it, and a variable that was moved from says so.
#include "glance/autograd/variable.h"

#include <iterator>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/attention.h"
#include "glance/autograd/draw.h"
#include "glance/autograd/engine.h"
#include "glance/autograd/gradcheck.h"
#include "glance/autograd/normalisation.h"
#include "glance/autograd/products.h"
#include "glance/autograd/recurrent.h"
#include "tests/autograd/layouts.h"
#include "tests/autograd/numbers.h"
#include "tests/catch.h"

namespace glance {
namespace {

TEST_CASE("the value of a variable about to go outlives it") {
  STATIC_REQUIRE(std::is_same_v<decltype(std::declval<const Variable&>().value()), const Tensor&>);
  STATIC_REQUIRE(std::is_same_v<decltype(std::declval<Variable>().value()), Tensor>);
  Index product = 1;
  for (const Index extent : (number(2) * Variable(Tensor({2, 3}, f64))).value().shape()) product *= extent;
  CHECK(product == 6);
}

TEST_CASE("a reference to a variable about to go keeps it") {
  const Variable x = number(3);
  const VariableRef kept[] = {x * x, x, Variable()};
  const Variable other = x * 5;
  CHECK(kept[0]->item() == 9);
  CHECK(kept[0]->value().is_sole_owner());
  CHECK(&*kept[1] == &x);
  CHECK_FALSE(kept[2]->defined());
  const std::vector<VariableRef> copies(std::begin(kept), std::end(kept));
  CHECK(copies[0]->item() == 9);
  CHECK(&*copies[1] == &x);
  CHECK(grad(std::span(copies).first(2), std::span(kept).subspan(1, 1), {})[0].item() == 7);
}

TEST_CASE("a gradient and a node outlive the variable they are taken from") {
  STATIC_REQUIRE_FALSE(std::is_reference_v<decltype(number(1).grad())>);
  STATIC_REQUIRE_FALSE(std::is_reference_v<decltype(number(1).node())>);
  CHECK(number(1).node()->is_parameter());
}

TEST_CASE("a variable that was moved from is an error that says so") {
  const std::string text = "tensor: used after it was moved from: use what it was moved to, or give it a value first";
  Variable x = number(2);
  const Variable y = x * x;
  Variable gone = x * 1;
  const Variable taken = std::move(gone);
  CHECK_FALSE(gone.defined());
  CHECK_THROWS_WITH(gone.shape(), text);
  CHECK_THROWS_WITH(gone.item(), text);
  CHECK_THROWS_WITH(gone * x, text);
  CHECK_THROWS_WITH(gone.grad(), text);
  CHECK_THROWS_WITH(gone.set_grad(Tensor()), text);
  CHECK_THROWS_WITH(gone.backward(), text);
  CHECK_THROWS_WITH(parameter(gone.value()), text);
  CHECK_THROWS_WITH(grad(y, {gone}), text);
  CHECK_THROWS_WITH(grad(gone, {x}), text);
  CHECK_THROWS_WITH(grad(y, {x}, gone), text);
  CHECK_THROWS_WITH(draw_graph(gone), text);
  CHECK_THROWS_WITH(gradcheck([](const Variable& v) { return v; }, {gone.value()}), text);
}

// Left out and moved from are two things: the second would be a wrong result without a word.
TEST_CASE("an argument that may be left out is an error when it was moved from") {
  const std::string text = "tensor: used after it was moved from: use what it was moved to, or give it a value first";
  const Variable x = ones({2, 3}), weight = ones({3, 3}), row = ones({3});
  Variable gone = ones({3});
  const Variable taken = std::move(gone);
  CHECK_THROWS_WITH(linear(x, weight, gone), text);
  CHECK_THROWS_WITH(composed_linear(x, weight, gone), text);
  CHECK_THROWS_WITH(layer_norm(x, gone, row, 1e-5), text);
  CHECK_THROWS_WITH(layer_norm(x, row, gone, 1e-5), text);
  CHECK_THROWS_WITH(composed_layer_norm(x, row, gone, 1e-5), text);
  CHECK_THROWS_WITH(attend(x, x, x, {.visible = gone.value()}), text);
  CHECK_THROWS_WITH(attend(x, x, x, {.bias = gone}), text);
  CHECK_THROWS_WITH(composed_attend(x, x, x, {.bias = gone}), text);
  CHECK_THROWS_WITH(composed_attend(x, x, x, {.visible = gone.value(), .causal = true}), text);
  CHECK_THROWS_WITH(attention_weights(x, gone.value()), text);
  const Variable sequences = ones({2, 4, 3});
  const RecurrentWeights weights{weight, weight, {}, {}};
  for (const CellKind kind : {CellKind::rnn, CellKind::rnn_relu}) {
    CHECK_THROWS_WITH(recurrent(kind, sequences, weights, {gone, {}}), text);
    CHECK_THROWS_WITH(recurrent(kind, sequences, {weight, weight, gone, {}}), text);
    CHECK_THROWS_WITH(recurrent(kind, sequences, weights, {}, gone.value()), text);
    CHECK_THROWS_WITH(recurrent_step(kind, x, weights, {gone, {}}), text);
    CHECK_THROWS_WITH(composed_recurrent(kind, sequences, weights, {}, gone.value()), text);
    CHECK_THROWS_WITH(composed_recurrent_step(kind, x, weights, {gone, {}}), text);
  }
}

}  // namespace
}  // namespace glance
