// grad and backward: gradients of every order, what is kept and freed, changes that are noticed, deep and wide graphs.
#include "glance/autograd/engine.h"

#include <pthread.h>

#include <functional>
#include <string>
#include <thread>
#include <utility>

#include "glance/autograd/activations.h"
#include "glance/autograd/arithmetic.h"
#include "glance/autograd/gradcheck.h"
#include "glance/autograd/modes.h"
#include "glance/autograd/record.h"
#include "glance/autograd/reductions.h"
#include "glance/autograd/views.h"
#include "glance/tensor/reduce.h"
#include "glance/tensor/storage.h"
#include "tests/autograd/layouts.h"
#include "tests/autograd/numbers.h"
#include "tests/catch.h"

namespace glance {
namespace {

TEST_CASE("grad: values by hand") {
  const Variable x = number(3);
  const Variable y = number(5);
  const auto g = grad(x * x * y + y, {x, y});
  CHECK(g[0].item() == 30);
  CHECK(g[1].item() == 10);
  CHECK(!g[0].requires_grad());
}

TEST_CASE("grad: a value used in several places collects the gradients of all") {
  const Variable x = number(2);
  const Variable shared = x * x;
  const Variable left = shared * 3;
  const Variable right = shared * shared;
  // 3x² + x⁴ + x
  CHECK(only(grad(left + right + x, {x})) == 12 + 32 + 1);
}

TEST_CASE("grad: values on the way are inputs like any other") {
  const Variable x = number(3);
  const Variable middle = x * 2;
  const Variable y = middle * middle;
  const auto g = grad(y, {middle, x, y}, {.retain = true});
  CHECK(g[0].item() == 12);
  CHECK(g[1].item() == 24);
  CHECK(g[2].item() == 1);
  // Nothing behind the value on the way is looked at, so it is not freed.
  CHECK(only(grad(y, {middle})) == 12);
  CHECK(only(grad(middle, {x})) == 2);
}

TEST_CASE("grad: an input may be asked for twice") {
  const Variable x = number(3);
  const auto g = grad(x * x, {x, x});
  CHECK(g[0].item() == 6);
  CHECK(g[1].item() == 6);
}

TEST_CASE("grad: an input without influence has zeros") {
  const Variable x = given({1, 2});
  const Variable unused = given({{1, 2, 3}}, f64);
  const auto g = grad(sum(x), {unused, x});
  CHECK(same(g[0].value(), zeros({1, 3}, f64)));
  CHECK(same(g[1].value(), ones({2})));
}

TEST_CASE("grad: several outputs, with and without gradients for them") {
  const Variable x = given({1, 2});
  const Variable square_of_x = x * x;
  const Variable total = sum(x);
  const VariableRef scalars[] = {total, total};
  const VariableRef inputs[] = {x};
  CHECK(same(grad(scalars, inputs, {}, {.retain = true})[0].value(), tensor({2, 2})));
  const Variable d_square = tensor({10, 100});
  const Variable d_total = scalar(1);
  const VariableRef outputs[] = {square_of_x, total};
  const VariableRef gradients[] = {d_square, d_total};
  CHECK(same(grad(outputs, inputs, gradients)[0].value(), tensor({21, 401})));
  CHECK(same(d_square.value(), tensor({10, 100})));
}

TEST_CASE("grad: an output may be a parameter") {
  const Variable x = number(3);
  CHECK(only(grad(x, {x})) == 1);
}

TEST_CASE("grad leaves the gradient it was given alone") {
  const Variable x = given({1, 2});
  const Tensor seed = tensor({1, 10});
  CHECK(same(grad(x + x + x, {x}, seed)[0].value(), tensor({3, 30})));
  CHECK(same(seed, tensor({1, 10})));
}

TEST_CASE("grad gives a history to its results only with create_graph") {
  const Variable x = number(3);
  const Variable seed = number(2);
  const Variable y = x + 1;
  CHECK(!grad(y, {x}, seed, {.retain = true})[0].requires_grad());
  const Variable kept = grad(y * y, {x}, seed, {.create_graph = true})[0];
  CHECK(only(grad(kept, {seed})) == 8);
}

TEST_CASE("grad of grad: second and third derivatives") {
  const Variable x = number(2);
  const Variable y = x * x * x * x;
  const Variable first = grad(y, {x}, {.create_graph = true})[0];
  const Variable second = grad(first, {x}, {.create_graph = true})[0];
  CHECK(first.item() == 32);
  CHECK(second.item() == 48);
  // create_graph kept what is under the gradients.
  CHECK(only(grad(y, {x}, {.retain = true})) == 32);
  CHECK(only(grad(second, {x})) == 48);

  // d³(tanh x)/dx³ = -2 (1 - t²) (1 - 3t²)
  const Variable t = tanh(x);
  const Variable t1 = grad(t, {x}, {.create_graph = true})[0];
  const Variable t2 = grad(t1, {x}, {.create_graph = true})[0];
  const double square_of_t = t.item() * t.item();
  CHECK(only(grad(t2, {x})) == Approx(-2 * (1 - square_of_t) * (1 - 3 * square_of_t)));
}

TEST_CASE("grad frees the graph unless told to retain it") {
  const Variable x = number(3);
  const Variable y = exp(x * x);
  const double expected = 6 * std::exp(9);
  CHECK(only(grad(y, {x}, {.retain = true})) == Approx(expected));
  CHECK(only(grad(y, {x})) == Approx(expected));
  CHECK_THROWS_WITH(grad(y, {x}),
                    "exp: its graph was freed by an earlier differentiation: pass retain = true to that one to use the "
                    "graph again, or compute the output anew");
  CHECK_THROWS_AS(y.backward(), Error);
}

TEST_CASE("grad notices that a saved value was changed, through any view") {
  const Variable x = given({1, 2});
  const Variable w = given({{3, 4}, {5, 6}});
  SECTION("an input") {
    const Variable y = sum(x * w);
    const Tensor second = select(w.value(), 0, 1);
    second.write<float>()[0] = 9;
    CHECK_THROWS_WITH(
        grad(y, {x}),
        "multiply: input 1 of shape [2, 2] was changed in place after it was saved for the backward pass: "
        "change a copy, or differentiate first");
  }
  SECTION("the base of an input that is a view") {
    const Variable y = sum(x * select(w.value(), 0, 1));
    w.value().write<float>()[3] = 9;
    CHECK_THROWS_AS(grad(y, {x}), Error);
  }
  SECTION("an output") {
    const Variable e = exp(x);
    const Variable y = sum(e);
    e.value().write<float>()[0] = 9;
    CHECK_THROWS_WITH(grad(y, {x}),
                      "exp: output 0 of shape [2] was changed in place after it was saved for the backward pass: "
                      "change a copy, or differentiate first");
  }
}

TEST_CASE("grad: bad input is an error") {
  const Variable x = given({1, 2});
  const Variable y = x * x;
  const Variable constant = tensor({1, 2});
  CHECK_THROWS_WITH(grad(y, {x}),
                    "grad: an output has shape [2]: only a scalar can be differentiated without a gradient for it; "
                    "reduce it, for example with sum(x), or give one");
  CHECK_THROWS_WITH(y.backward(),
                    "grad: an output has shape [2]: only a scalar can be differentiated without a gradient for it; "
                    "reduce it, for example with sum(x), or give one");
  CHECK_THROWS_WITH(grad(sum(y), {constant}),
                    "grad: an input is a constant: make it with parameter(t) before the output is computed");
  CHECK_THROWS_WITH(grad(sum(constant), {x}),
                    "grad: an output depends on no parameter: it is a constant, or was computed under NoGrad");
  CHECK_THROWS_AS(sum(constant).backward(), Error);
  CHECK_THROWS_AS(grad(Variable(), {x}), Error);
  CHECK_THROWS_AS(grad(sum(y), {Variable()}), Error);
  CHECK_THROWS_WITH(grad(y, {x}, ones({3})),
                    "grad: the gradient of an output f32 of shape [2] was given as f32 of shape [3]");
  CHECK_THROWS_WITH(grad(y, {x}, ones({2}, f64)),
                    "grad: the gradient of an output f32 of shape [2] was given as f64 of shape [2]");
  const Variable total = sum(y);
  const VariableRef outputs[] = {total};
  const VariableRef inputs[] = {x};
  const VariableRef gradients[] = {constant, constant};
  CHECK_THROWS_WITH(grad(outputs, inputs, gradients), "grad: 1 outputs but 2 gradients for them");
  // None of the failures freed anything.
  CHECK(same(grad(total, {x})[0].value(), tensor({2, 4})));
}

TEST_CASE("backward adds into the gradients of all parameters") {
  const Variable x = given({1, 2});
  const Variable y = given({3, 4});
  CHECK(!x.grad().defined());
  sum(x * y).backward();
  CHECK(same(x.grad(), tensor({3, 4})));
  sum(x * 2).backward();
  CHECK(same(x.grad(), tensor({5, 6})));
  CHECK(same(y.grad(), tensor({1, 2})));
  x.set_grad(Tensor());
  CHECK(!x.grad().defined());

  CHECK_THROWS_WITH(x.set_grad(zeros({3})),
                    "set_grad: a gradient f32 of shape [3] does not belong to a parameter f32 of shape [2]");
  CHECK_THROWS_WITH(sum(x).grad(),
                    "grad: this variable is not a parameter: only what parameter(t) made has a gradient of its own");
  CHECK_THROWS_WITH(parameter(zeros({2}, i64)),
                    "parameter: dtype i64: only f32 and f64 have gradients; convert with to(x, f32)");
}

TEST_CASE("backward: no two gradients share memory, and what was handed out stays") {
  const Variable x = given({1, 2});
  const Variable y = given({3, 4});
  const Variable z = sum(x + y);
  z.backward(true);
  CHECK(!x.grad().shares_storage(y.grad()));
  scale_into(x.grad(), 10);  // as clipping does
  CHECK(same(y.grad(), tensor({1, 1})));

  const Tensor held = y.grad();
  z.backward();
  CHECK(same(x.grad(), tensor({11, 11})));
  CHECK(same(y.grad(), tensor({2, 2})));
  CHECK(same(held, tensor({1, 1})));
}

TEST_CASE("a result is not changed by what goes on behind it") {
  // d(output)/d(middle) is handed on to x, which adds more to it.
  const Variable x = given({1, 2});
  const Variable middle = x + 0;
  const auto g = grad(sum(middle + x * 5), {middle, x});
  CHECK(same(g[0].value(), tensor({1, 1})));
  CHECK(same(g[1].value(), tensor({6, 6})));
}

// Runs `work` on a thread with a stack of 256 KiB.
void on_small_stack(std::function<void()> work) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 256 * 1024);
  pthread_t thread;
  const auto run = [](void* f) -> void* {
    (*static_cast<std::function<void()>*>(f))();
    return nullptr;
  };
  REQUIRE(pthread_create(&thread, &attributes, run, &work) == 0);
  pthread_join(thread, nullptr);
  pthread_attr_destroy(&attributes);
}

TEST_CASE("a graph a million nodes deep needs no stack") {
  double gradient = 0;
  double gradient_of_all = 0;
  on_small_stack([&] {
    const Variable x = number(1);
    const auto chain = [&] {
      Variable y = x;
      for (int i = 0; i < 1000000; ++i) y = y + 1;
      return y;
    };
    gradient = grad(chain(), {x})[0].item();
    chain();
    chain().backward();
    gradient_of_all = x.grad().item();
  });
  CHECK(gradient == 1);
  CHECK(gradient_of_all == 1);
}

TEST_CASE("a wide graph") {
  const Variable x = number(1);
  std::vector<Variable> list;
  for (int i = 0; i < 20000; ++i) list.push_back(x * i);
  const auto add = [](const Saved&, Gradients& g) {
    for (int i = 0; i < 20000; ++i) g.add(i, g.output());
  };
  const Variable y = record("add_all", list, scalar(0, f64), Save::nothing, add);
  CHECK(only(grad(y, {x}, {.retain = true})) == 20000. * 19999 / 2);
  CHECK(only(grad(sum(stack(list)), {x})) == 20000. * 19999 / 2);
}

TEST_CASE("a bushy graph is differentiated in an order that fits") {
  // A value of every depth is used again much later.
  const Variable x = number(1.01);
  std::vector<Variable> values{x};
  Variable y = x;
  for (int i = 0; i < 300; ++i) {
    y = y + values[static_cast<std::size_t>(i * 7919 % (i + 1))] * 0.5;
    values.push_back(y);
  }
  std::vector<double> derivatives{1};
  double d = 1;
  for (int i = 0; i < 300; ++i) {
    d += derivatives[static_cast<std::size_t>(i * 7919 % (i + 1))] * 0.5;
    derivatives.push_back(d);
  }
  CHECK(only(grad(y, {x})) == Approx(d));
}

TEST_CASE("a graph begun on one thread can be finished and differentiated on another") {
  const Variable x = number(3);
  Variable middle;
  std::thread([&] {
    for (int i = 0; i < 1000; ++i) x * 2;  // so that this thread has counted further
    middle = x * x;
  }).join();
  const Variable y = middle * x + x;
  CHECK(only(grad(y, {x}, {.retain = true})) == 28);
  double elsewhere = 0;
  std::thread([&] { elsewhere = grad(y * x, {x})[0].item(); }).join();
  CHECK(elsewhere == 4 * 27 + 2 * 3);
}

TEST_CASE("the second derivative of what is linear is zeros") {
  using Function = Variable (*)(const Variable&);
  for (const Function f : std::initializer_list<Function>{
           [](const Variable& x) { return 3 * x; }, [](const Variable& x) { return relu(x); },
           [](const Variable& x) { return abs(x); }, [](const Variable& x) { return max(x); },
           [](const Variable& x) { return clamp(x, -1, 1); }, [](const Variable& x) { return mean(x) - x / 2; },
           [](const Variable& x) {
             return concat({x, x}, 0);
           }}) {
    const Variable x = parameter(tensor({1, -2, 3})), other = parameter(ones({2}));
    const Variable first = grad(sum(f(x)), {x}, {.create_graph = true})[0];
    const auto second = grad(sum(first), {x, other}, {.create_graph = true});
    CHECK(same(second[0].value(), zeros({3})));
    CHECK(same(second[1].value(), zeros({2})));
    CHECK(same(grad(sum(second[0]), {x})[0].value(), zeros({3})));  // and so on
    sum(square(first)).backward();
    CHECK(same(x.grad(), zeros({3})));
  }
}

TEST_CASE("zeros for a gradient that does not change do not run through what lies before the input") {
  const Variable x = parameter(zeros({2}));
  const Variable root = sqrt(x);  // its derivative here is infinite, and infinity times zero would be NaN
  const Variable first = grad(sum(root * 2), {root}, {.create_graph = true})[0];
  CHECK(same(grad(sum(first), {x})[0].value(), zeros({2})));
}

TEST_CASE("a gradient that is a constant because its reader wanted one is an Error to differentiate") {
  const Variable x = parameter(ones({2}));
  const char* const message = "grad: an output depends on no parameter: it is a constant, or was computed under NoGrad";
  CHECK_THROWS_WITH(grad(sum(grad(sum(3 * x), {x})[0]), {x}), message);
  const Variable first = grad(sum(3 * x), {x}, {.create_graph = true})[0];
  CHECK_THROWS_WITH(grad(sum(first.detach()), {x}), message);
  const NoGrad no_grad;
  CHECK_THROWS_WITH(grad(sum(first), {x}), message);
}

}  // namespace
}  // namespace glance
