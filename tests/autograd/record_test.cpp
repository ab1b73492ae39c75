// The forms that rules may take, and what a wrong one is told when it is compiled.
#include "glance/autograd/record.h"

#include <array>
#include <cmath>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "glance/autograd/activations.h"
#include "glance/autograd/arithmetic.h"
#include "glance/autograd/engine.h"
#include "glance/autograd/gradcheck.h"
#include "glance/autograd/reductions.h"
#include "glance/tensor/reduce.h"
#include "glance/tensor/storage.h"
#include "tests/autograd/layouts.h"
#include "tests/autograd/numbers.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace glance {
namespace {

// An operation of one's own, written outside the library. log(1 + exp(x)), whose derivative is sigmoid(x)
Variable softplus(const Variable& x) {
  return record("softplus", {x}, log(1 + exp(x.value())), Save::inputs,
                [](const Saved& s, const Variable& grad) { return grad * sigmoid(s.input(0)); });
}

TEST_CASE("an operation of one's own") {
  for (const Tensor& x : layouts()) CHECK_NOTHROW(gradcheck(softplus, {x}));
}

TEST_CASE("only rules whose gradient is asked for run, and they record nothing") {
  int calls = 0;
  bool recording = false;
  const auto counted = [&](const Variable& a, const Variable& b) {
    const auto rule = [&](const Saved&, const Variable& grad) {
      ++calls;
      recording |= current_modes().recording;
      return grad * 1;
    };
    return record("counted", {a, b}, a.value() + b.value(), Save::nothing, rule, rule);
  };
  const Variable x = number(1);
  const Variable y = number(2);
  CHECK(only(grad(counted(x, y), {x})) == 1);
  CHECK(calls == 1);
  // A branch that leads to no input is left out whole.
  calls = 0;
  CHECK(only(grad(counted(counted(x, 3.0 * x), counted(y, y)), {x})) == 4);
  CHECK(calls == 3);
  CHECK(!recording);
}

// Row i of x.
Variable row(const Variable& x, Index i) {
  const auto place = [i](const Saved& s, const Variable& grad) {
    const Tensor mask = zeros(s.input_shape(0), grad.dtype());
    assign(select(mask, 0, i), ones(grad.shape(), grad.dtype()));
    return grad * mask;
  };
  const auto add = [i](const Saved&, const Tensor& grad, const Tensor& buffer) {
    add_into(select(buffer, 0, i), grad);
  };
  return record("row", {x}, select(x.value(), 0, i), Save::nothing, InPlaceRule{place, add});
}

TEST_CASE("an in-place rule adds into the gradient it finds") {
  const Variable x = given({{1, 2}, {3, 4}, {5, 6}});
  CHECK(same(grad(sum(row(x, 0) * row(x, 1) + row(x, 1)), {x})[0].value(), tensor({{3, 4}, {2, 3}, {0, 0}})));
  // The buffer may already hold a gradient that somebody else holds too.
  const Variable y = given({{0, 0}, {0, 0}, {0, 0}});
  const auto g = grad(sum(x + y) + sum(row(x, 0)), {x, y});
  CHECK(same(g[0].value(), tensor({{2, 2}, {1, 1}, {1, 1}})));
  CHECK(same(g[1].value(), ones({3, 2})));
  CHECK_NOTHROW(
      gradcheck([](const Variable& v) { return row(v, 0) * row(v, 1) + row(v, 1) * v; }, {random_values({3, 2})}));
}

// exp(x) and x².
std::array<Variable, 2> both(const Variable& x) {
  return record(
      "both", {x}, {exp(x.value()), square(x.value())}, Save::inputs | Save::output(0),
      [](const Saved& s, Gradients& g) { g.add(0, g.output(0) * s.output(0) + g.output(1) * s.input(0) * 2); });
}

TEST_CASE("an operation with several outputs") {
  const Variable x = number(3);
  const auto [e, q] = both(x);
  CHECK(only(grad(e + q, {x}, {.retain = true})) == Approx(std::exp(3) + 6));
  // An output that nobody used counts nothing.
  CHECK(only(grad(q, {x}, {.retain = true})) == 6);
  // Outputs are inputs like any other.
  const auto g = grad(e * q, {q, e}, {.retain = true});
  CHECK(g[0].item() == Approx(std::exp(3)));
  CHECK(g[1].item() == 9);
  for (const Tensor& in : layouts()) {
    CHECK_NOTHROW(gradcheck([](const Variable& v) { return both(v)[0] * both(v)[1]; }, {in}));
    CHECK_NOTHROW(gradcheck([](const Variable& v) { return both(v)[1]; }, {in}));
  }
}

// tanh(qk) v, fused, and the twin that defines it.
Variable composed_gate(const Variable& q, const Variable& k, const Variable& v) { return tanh(q * k) * v; }

Variable gate(const Variable& q, const Variable& k, const Variable& v) {
  return record("gate", {q, k, v}, tanh(q.value() * k.value()) * v.value(), Save::inputs,
                Fused{[](const Saved& s, Gradients& g) {
                        const Tensor query = s.input(0).value();
                        const Tensor key = s.input(1).value();
                        const Tensor opening = tanh(query * key);
                        const Tensor d_product = g.output().value() * s.input(2).value() * (1 - square(opening));
                        g.add(0, d_product * key);
                        g.add(1, d_product * query);
                        g.add(2, g.output().value() * opening);
                      },
                      composed_gate});
}

TEST_CASE("a fused operation is differentiated twice by its twin") {
  const Tensor q = random_values({2, 3}, -1, 1, 1);
  const Tensor k = random_values({2, 3}, -1, 1, 2);
  const Tensor v = random_values({3}, -1, 1, 3);
  CHECK_NOTHROW(gradcheck(gate, {q, k, v}));
  // An input passed twice counts once for each place.
  CHECK_NOTHROW(gradcheck([](const Variable& x, const Variable& m) { return gate(x, m, m); }, {q, k}));
  CHECK_NOTHROW(gradcheck([](const Variable& x) { return gate(x, x, x); }, {q}));
  // One that depends on another does not count twice.
  CHECK_NOTHROW(gradcheck([](const Variable& x, const Variable& m) { return gate(tanh(x * m), m, m); }, {q, k}));
  // Constants among the inputs.
  CHECK_NOTHROW(gradcheck([&](const Variable& x) { return gate(q, x, v); }, {k}));

  const Variable x = parameter(q);
  const Variable m = parameter(k);
  for (const bool create_graph : {false, true}) {
    const auto fused = grad(sum(gate(tanh(x), m, m)), {x, m}, {.create_graph = create_graph});
    const auto composed = grad(sum(composed_gate(tanh(x), m, m)), {x, m}, {.create_graph = create_graph});
    for (std::size_t i = 0; i < 2; ++i) CHECK(all_close(fused[i].value(), composed[i].value(), 1e-12));
    if (!create_graph) continue;
    const auto fused_2 = grad(sum(square(fused[0]) + fused[1]), {x, m});
    const auto composed_2 = grad(sum(square(composed[0]) + composed[1]), {x, m});
    for (std::size_t i = 0; i < 2; ++i) CHECK(all_close(fused_2[i].value(), composed_2[i].value(), 1e-12));
  }
}

TEST_CASE("a rule that gives a wrong gradient is an error that names it") {
  const Variable x = given({1, 2});
  const Variable wide = record("wide", {x}, x.value() * 1, Save::nothing,
                               [](const Saved&, const Variable&) { return Variable(ones({3})); });
  CHECK_THROWS_WITH(grad(sum(wide), {x}),
                    "wide: the rule of input 0 gave a gradient of shape [3], but the input has shape [2]");
  // Not a shape that the forward pass broadcast, although it could be summed to the input's.
  const Variable stacked = record("stacked", {x}, x.value() * 1, Save::nothing, [](const Saved&, const Variable&) {
    return Variable(ones({4, 2}));
  });
  CHECK_THROWS_WITH(grad(sum(stacked), {x}),
                    "stacked: the rule of input 0 gave a gradient of shape [4, 2], but the input has shape [2]");
  const Variable coarse = record("coarse", {x}, x.value() * 1, Save::nothing,
                                 [](const Saved&, const Variable&) { return Variable(ones({2}, f64)); });
  CHECK_THROWS_WITH(grad(sum(coarse), {x}),
                    "coarse: the rule of input 0 gave a gradient of dtype f64, but the input is f32");
  const Variable careless = record("careless", {x}, x.value() * 1, Save::nothing,
                                   [](const Saved& s, const Variable& grad) { return grad * s.input(0); });
  CHECK_THROWS_WITH(grad(sum(careless), {x}), "careless: its rule reads input 0, which was not saved: name it in Save");
  const Variable missing =
      record("missing", {x}, x.value() * 1, Save::nothing, [](const Saved&, const Variable&) { return Variable(); });
  CHECK_THROWS_WITH(grad(sum(missing), {x}), "missing: the rule of input 0 gave no gradient");
  const Variable beside =
      record("beside", {x}, x.value() * 1, Save::nothing, [](const Saved&, Gradients& g) { g.add(1, g.output()); });
  CHECK_THROWS_WITH(grad(sum(beside), {x}), "beside: its rule speaks of input 1 of 1");
  const Variable buffered = record("buffered", {x}, x.value() * 1, Save::nothing,
                                   [](const Saved&, Gradients& g) { g.buffer(0).write<float>()[0] = 1; });
  CHECK_THROWS_WITH(
      grad(sum(buffered), {x}, {.create_graph = true}),
      "buffered: buffer(0) is for a wanted input when no graph is created: ask wanted() and create_graph()");
}

// a² b and a + b, whose twin gives back whatever `collect` makes of the two.
template <class Collect>
std::array<Variable, 2> pair(const Variable& a, const Variable& b, Collect collect) {
  return record("pair", {a, b}, {square(a.value()) * b.value(), a.value() + b.value()}, Save::inputs,
                Fused{[](const Saved& s, Gradients& g) {
                        const Variable x = s.input(0);
                        g.add(0, g.output(0) * 2 * x * s.input(1) + g.output(1));
                        g.add(1, g.output(0) * square(x) + g.output(1));
                      },
                      [collect](const Variable& x, const Variable& y) { return collect(square(x) * y, x + y); }});
}

const auto as_array = [](const Variable& x, const Variable& y) { return std::array{x, y}; };
const auto as_vector = [](const Variable& x, const Variable& y) { return std::vector<Variable>{x, y}; };

TEST_CASE("a fused rule of several outputs has a twin that gives them as an array or a vector") {
  const std::vector<Tensor> at = {random_values({2, 3}, -1, 1, 1), random_values({2, 3}, -1, 1, 2)};
  for (const bool first_only : {false, true}) {
    const auto check = [&](auto collect) {
      CHECK_NOTHROW(gradcheck(
          [&](const Variable& a, const Variable& b) {
            const auto outputs = pair(a, b, collect);
            return first_only ? outputs[0] : outputs[0] * outputs[1];
          },
          at));
    };
    check(as_array);
    check(as_vector);
  }
}

TEST_CASE("a twin runs for higher derivatives only") {
  int runs = 0;
  const auto counting = [&](const Variable& x, const Variable& y) { return ++runs, std::array{x, y}; };
  const Variable a = parameter(tensor({2.0}));
  const auto outputs = pair(a, a, counting);
  grad(outputs[0], {a}, {.retain = true});
  CHECK(runs == 0);
  const Variable first = grad(outputs[0], {a}, {.create_graph = true})[0];
  CHECK(runs == 1);
  CHECK(first.item() == 12);
  CHECK(grad(first, {a})[0].item() == 12);
}

TEST_CASE("a twin that gives another number of outputs is an error that names the operation") {
  const Variable a = parameter(tensor({2.0}));
  const auto outputs = pair(a, a, [](const Variable& x, const Variable&) { return std::vector<Variable>{x}; });
  CHECK_THROWS_WITH(grad(outputs[1], {a}, {.create_graph = true}), "pair: its twin gave 1 outputs, but it has 2");
}

TEST_CASE("nothing is left when the variables are gone") {
  const auto before = storage_statistics().live_blocks;
  {
    const Variable x = parameter(random_values({2, 3}));
    const Variable w = parameter(random_values({3}));
    const auto loss = [&] { return sum(gate(tanh(x * w), w, w) + softmax(x, 1) * both(w)[0] + row(x, 0)); };
    loss().backward();
    grad(loss(), {x, w});
    const auto first = grad(loss(), {x, w}, {.create_graph = true});
    grad(sum(first[0]) + sum(first[1]), {x, w}, {.create_graph = true});
    CHECK_THROWS_AS(grad(loss() * row(x, 0), {x}), Error);
    loss();
    const Variable kept = loss();
    CHECK(storage_statistics().live_blocks > before);
  }
  CHECK(storage_statistics().live_blocks == before);
}

TEST_CASE("rules that do not fit are told so in one line when they are compiled") {
  const TemporaryFolder folder;
  put_text(folder / "rules.cpp", R"(
#include <glance/glance.h>
using namespace glance;
const auto each = [](const Saved&, const Variable& grad) { return grad; };
const auto kernel = [](const Saved&, Gradients&) {};
const auto one = [](const Variable& x) { return x; };
const auto three = [](const Variable& x, const Variable&, const Variable&) { return x; };
const auto nothing = [](const Variable&, const Variable&) {};
const auto pair = [](const Variable& x, const Variable& y) { return std::array{x, y}; };
void wrong(const Variable& a, const Tensor& t) {
  record("too few", {a, a}, t, Save::inputs, each);
  record("too many", {a, a}, t, Save::inputs, each, each, each);
  record("none", {a, a}, t, Save::inputs);
  record("two for one", {a}, t, Save::inputs, each, nullptr);
  record("short", {a, a}, t, Save::inputs, Fused{kernel, one});
  record("long", {a, a}, t, Save::inputs, Fused{kernel, three});
  record("empty", {a, a}, t, Save::inputs, Fused{kernel, nothing});
  record("double", {a, a}, t, Save::inputs, Fused{kernel, pair});
  (void)record("single", {a, a}, {t, t, t}, Save::inputs, Fused{kernel, pair});
  (void)record("apart", {a, a}, {t, t}, Save::inputs, each);
  record("stranger", {a, a}, t, Save::inputs, each, one);
  record("kernel", {a, a}, t, Save::inputs, Fused{each, pair});
}
)");
  const std::string command = "'" GLANCE_COMPILER "' -std=c++20 -fsyntax-only -I'" GLANCE_SOURCE_DIR "' '" +
                              (folder / "rules.cpp") + "' > '" + (folder / "output.txt") + "' 2>&1";
  CHECK(std::system(command.c_str()) != 0);
  std::string errors;
  std::istringstream output(get_text(folder / "output.txt"));
  for (std::string line; std::getline(output, line);)
    if (const auto at = line.find("error: "); at != std::string::npos) errors += line.substr(at) + "\n";
  const auto times = [&errors](const std::string& words) {
    int count = 0;
    for (auto at = errors.find(words); at != std::string::npos; at = errors.find(words, at + 1)) ++count;
    return count;
  };
  INFO(errors);
  CHECK(times("record: wanted one rule per input, or one (saved, gradients) or Fused for all of them") == 4);
  CHECK(times("record: the twin of a Fused takes one `const Variable&` per input of record, in order") == 2);
  CHECK(times("record: the twin of a Fused returns one Variable per output: itself, or in an array or vector") == 3);
  CHECK(times("record: several outputs want one rule, (saved, gradients) or Fused, for all inputs") == 1);
  CHECK(times("record: the rule of an input is (saved, grad) -> Variable, an InPlaceRule or nullptr") == 1);
  CHECK(times("record: the kernel of a Fused is (saved, gradients), which gives nothing back") == 1);
  CHECK(times("error: ") == 12);
}

}  // namespace
}  // namespace glance
