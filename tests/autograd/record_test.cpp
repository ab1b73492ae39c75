// The forms that rules may take, and what a wrong one is told when it is compiled.
#include "glance/autograd/record.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/engine.h"
#include "glance/autograd/gradcheck.h"
#include "glance/autograd/reductions.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/random.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace glance;

namespace {

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

}  // namespace

TEST_CASE("a fused rule of several outputs has a twin that gives them as an array or a vector") {
  Generator generator(1);
  const std::vector<Tensor> at = {normal({2, 3}, generator, 0, 1, f64), normal({2, 3}, generator, 0, 1, f64)};
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
