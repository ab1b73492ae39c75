// The mistakes people make, and what they are told, word for word.
#include <cmath>

#include "glance/autograd/activations.h"
#include "glance/autograd/arithmetic.h"
#include "glance/autograd/attention.h"
#include "glance/autograd/engine.h"
#include "glance/autograd/indexing.h"
#include "glance/autograd/loss.h"
#include "glance/autograd/modes.h"
#include "glance/autograd/products.h"
#include "glance/autograd/reductions.h"
#include "glance/autograd/views.h"
#include "glance/nn/embedding.h"
#include "glance/nn/linear.h"
#include "glance/nn/loss.h"
#include "glance/nn/module.h"
#include "glance/nn/recurrent.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/random.h"
#include "glance/tensor/reduce.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"

namespace glance {
namespace {

Variable of(const Shape& shape) { return parameter(ones(shape)); }

TEST_CASE("shapes that do not match: the operation and both shapes") {
  Generator g(1);
  CHECK_THROWS_WITH(
      of({2, 3}) + of({3, 2}),
      "add: [2, 3] and [3, 2] do not broadcast: counted from the last dimension, extents must be equal or 1");
  CHECK_THROWS_WITH(matmul(of({2, 3}), of({4, 5})), "matmul: [2, 3] x [4, 5]: inner dimensions 3 and 4 differ");
  CHECK_THROWS_WITH(Linear(3, 4, g)(of({2, 5})),
                    "linear: x [2, 5] and weight [4, 3]: wanted x [..., in] and weight [out, in]");
  CHECK_THROWS_WITH(LSTM(3, 4, g)(of({2, 5, 7})),
                    "lstm: x [2, 5, 7] and weight_ih [16, 3]: wanted x [..., in] and weight_ih [4 hidden, in]");
  CHECK_THROWS_WITH(
      attend(of({2, 3}), of({4, 5}), of({4, 5})),
      "attend: query [2, 3] and keys [4, 5]: wanted [..., targets, features] and [..., sources, features]");
  CHECK_THROWS_WITH(reshape(of({2, 3}), {4}), "reshape: [2, 3] to [4]: 6 elements do not fill the new shape");
  CHECK_THROWS_WITH(concat({of({2, 3}), of({3, 3})}, 1),
                    "concat: tensor 1 is [3, 3], but the first is [2, 3]: they may differ in dimension 1 only");
  CHECK_THROWS_WITH(concat({of({2, 3}), of({})}, 0),
                    "concat: tensor 1 is [], but the first is [2, 3]: they may differ in dimension 0 only");
  CHECK_THROWS_WITH(softmax_cross_entropy(of({2, 3}), zeros({3}, i64)),
                    "softmax_cross_entropy: logits [2, 3] and targets i64 [3]: wanted a class for each row, i64 [2]");
}

TEST_CASE("dtypes that do not match: the operation and what to convert") {
  CHECK_THROWS_WITH(of({2}) * ones({2}, f64), "multiply: dtypes f32 and f64 differ: convert one with to(x, f64)");
  CHECK_THROWS_WITH(matmul(of({2, 2}), ones({2, 2}, f64)),
                    "matmul: dtypes f32 and f64 differ: convert one with to(x, f64)");
}

TEST_CASE("a graph used twice") {
  const Variable x = of({});
  const Variable loss = exp(x);
  loss.backward();
  const char* told =
      "exp: its graph was freed by an earlier differentiation: pass retain = true to that one to use the graph again, "
      "or "
      "compute the output anew";
  CHECK_THROWS_WITH(loss.backward(), told);
  CHECK_THROWS_WITH(grad(loss, {x}), told);
}

TEST_CASE("a value changed in place after it was saved") {
  const Variable x = of({2});
  const Variable w = of({2});
  const Variable loss = sum(x * w);
  w.value().write<float>()[0] = 5;
  CHECK_THROWS_WITH(
      loss.backward(),
      "multiply: input 1 of shape [2] was changed in place after it was saved for the backward pass: change "
      "a copy, or differentiate first");
}

TEST_CASE("backward from what is not a scalar, or has no history") {
  CHECK_THROWS_WITH(
      (of({2}) * 2).backward(),
      "grad: an output has shape [2]: only a scalar can be differentiated without a gradient for it; reduce "
      "it, for example with sum(x), or give one");
  CHECK_THROWS_WITH(sum(Variable(ones({2}))).backward(),
                    "grad: an output depends on no parameter: it is a constant, or was computed under NoGrad");
}

TEST_CASE("a gradient asked of integers, or of a constant") {
  CHECK_THROWS_WITH(parameter(zeros({2}, i64)),
                    "parameter: dtype i64: only f32 and f64 have gradients; convert with to(x, f32)");
  CHECK_THROWS_WITH(grad(sum(of({2})), {Variable(zeros({2}, i64))}),
                    "grad: an input is a constant: make it with parameter(t) before the output is computed");
  CHECK_THROWS_WITH((of({2}) * 2).grad(),
                    "grad: this variable is not a parameter: only what parameter(t) made has a gradient of its own");
}

struct Forgetful {
  Variable weight = of({3});
  Variable bias = of({2, 3});
  Variable unused = of({4});

  Variable operator()(const Variable& x) const { return x * weight + bias; }

  static void visit(auto& self, auto&& f) {
    f("weight", self.weight);
    f("unused", self.unused);
  }
};

TEST_CASE("a parameter that visit forgot, and one that nothing uses") {
  const Forgetful layer;
  CHECK_THROWS_WITH(
      check_parameters(layer, sum(layer(ones({2, 3})))),
      "check_parameters: the loss depends on a parameter of shape [2, 3] that visit does not list: name it "
      "there; unused is listed but the loss does not depend on it");
}

TEST_CASE("an index out of range: which one, where, and the bound") {
  Generator g(1);
  const Tensor symbols = tensor({{0, 1}, {7, 2}}, i64);
  CHECK_THROWS_WITH(
      Embedding(5, 3, g)(symbols),
      "embedding: index 7 at [1, 0] is out of range: dimension 0 of [5, 3] has 5 entries, counted from 0");
  CHECK_THROWS_WITH(gather(of({2, 3}), 1, tensor({{0}, {-1}}, i64)),
                    "gather: index -1 at [1, 0] is out of range: dimension 1 of [2, 3] has 3 entries, counted from 0");
  CHECK_THROWS_WITH(
      index_select(of({2, 3}), 0, tensor({0, 2}, i64)),
      "index_select: index 2 at [1] is out of range: dimension 0 of [2, 3] has 2 entries, counted from 0");
  CHECK_THROWS_WITH(select(of({2, 3}), 1, 3),
                    "select: index 3 is out of range for dimension 1 of [2, 3]: give one from -3 to 2");
  CHECK_THROWS_WITH(sum(of({2, 3}), 2), "sum: [2, 3] has no dimension 2");
  CHECK_THROWS_WITH(softmax_cross_entropy(of({2, 3}), tensor({0, 3}, i64)),
                    "softmax_cross_entropy: target 3 of row 1 is not a class: there are 3, counted from 0");
  CHECK_THROWS_WITH(nll_loss(of({2, 3}), tensor({0, 3}, i64)),
                    "nll_loss: target 3 of row 1 is not a class: there are 3, counted from 0");
}

// Not a mistake: nothing is said, and nothing leaks.
TEST_CASE("a row with nothing visible has weights of zero, and no NaN") {
  Generator g(1);
  const Variable query = parameter(normal({2, 3}, g));
  const Variable memory = parameter(normal({4, 3}, g));
  const Tensor visible = tensor({{1, 0, 1, 1}, {0, 0, 0, 0}}, boolean);
  const DetectAnomaly detect;
  for (auto* like : {attend, composed_attend}) {
    const auto [context, weights] = like(query, memory, memory, {.visible = visible});
    CHECK(same(select(weights.value(), 0, 1), zeros({4})));
    CHECK(same(select(context.value(), 0, 1), zeros({3})));
    CHECK(sum(select(weights.value(), 0, 0)).item() == Approx(1));
    const auto gradients = grad(sum(square(context)) + sum(square(weights)), {query, memory});
    CHECK(all(is_finite(gradients[1].value())).item() == 1);
    CHECK(same(select(gradients[0].value(), 0, 1), zeros({3})));
  }
}

TEST_CASE("NaN in the loss: the operation that made it, forward or backward") {
  Generator g(1);
  const Linear layer(2, 1, g);
  assign(layer.weight.value(), tensor({{1, 1}}));
  assign(layer.bias.value(), zeros({1}));
  const Variable x = tensor({{1, -1}, {1, -3}});  // rows that sum to 0 and -2
  CHECK(std::isnan(mean(log(layer(x))).item()));  // which tells nobody where it came from
  const DetectAnomaly detect;
  CHECK_THROWS_WITH(
      mean(log(layer(x))),
      "log: its forward pass made 1 NaN and 1 infinite of the 2 elements of [2, 1]: look at what goes into "
      "it");
  const Variable loss = mean(sqrt(relu(layer(x))));
  CHECK(loss.item() == 0);
  CHECK_THROWS_WITH(loss.backward(),
                    "sqrt: its backward pass made 0 NaN and 2 infinite of the 2 elements of [2, 1]: look at what goes "
                    "into it");
}

}  // namespace
}  // namespace glance
