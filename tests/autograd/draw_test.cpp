// The drawing of a graph shows each operation once, names parameters, frames layers, and stands graphs of any depth.
#include "glance/autograd/draw.h"

#include <array>

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/record.h"
#include "glance/autograd/reductions.h"
#include "tests/autograd/layouts.h"
#include "tests/catch.h"

namespace glance {
namespace {

TEST_CASE("draw_graph draws operations, shapes and named parameters") {
  const Variable x = parameter(zeros({2, 3}));
  const Variable w = parameter(zeros({3}));
  const Variable product = x * w;
  const Variable y = sum(product) + 1;
  CHECK(draw_graph(y, {{"x", x}, {"w", w}, {"scores", product}}) == R"(digraph {
  node [fontname="sans-serif"];
  n0 [label="x\n[2, 3]", shape=box];
  n1 [label="w\n[3]", shape=box];
  n2 [label="scores = multiply\n[2, 3]"];
  n0 -> n2;
  n1 -> n2;
  n3 [label="sum\n[]"];
  n2 -> n3;
  n4 [label="add\n[]", style=bold];
  n3 -> n4;
}
)");
}

TEST_CASE("draw_graph draws what is shared once, and an arrow for each use") {
  const Variable x = parameter(scalar(1));
  const Variable y = x * x;
  const std::string text = draw_graph(y);
  CHECK(text.find("n0 [label=\"parameter\\n[]\", shape=box];") != std::string::npos);
  CHECK(text.find("  n0 -> n1;\n  n0 -> n1;\n") != std::string::npos);
  CHECK(draw_graph(y) == text);
}

TEST_CASE("draw_graph draws several outputs, and an operation with several") {
  const Variable x = parameter(zeros({2}));
  const auto parts = record("two", {x}, {zeros({3}), zeros({4})}, Save::nothing, [](const Saved&, Gradients&) {});
  const Variable end = parts[1] * 2;
  const VariableRef outputs[] = {parts[0], end};
  const NamedVariable names[] = {{"first", parts[0]}, {"second", parts[1]}};
  const std::string text = draw_graph(outputs, names);
  CHECK(text.find("n1 [label=\"first, second = two\\n[3]\\n[4]\", style=bold];") != std::string::npos);
  CHECK(text.find("n2 [label=\"multiply\\n[4]\", style=bold];") != std::string::npos);
}

TEST_CASE("draw_graph frames layers, whose names are the parameters' without their last part") {
  const Variable w = parameter(zeros({3})), b = parameter(zeros({3})), v = parameter(zeros({3}));
  const Variable c = parameter(zeros({}));
  const Variable hidden = w + b;
  const Variable between = hidden * 2;
  const Variable out = between * v + c;
  const Variable both = w * v;  // of two layers, so in the frame of neither
  const VariableRef outputs[] = {out, both};
  const NamedVariable names[] = {{"encoder.first.w", w}, {"encoder.first.b", b}, {"output.v", v}, {"c", c}};
  CHECK(draw_graph(outputs, names) == R"(digraph {
  node [fontname="sans-serif"];
  subgraph cluster0 {
    label="encoder.first"; fontname="sans-serif"; color=gray;
    n0 [label="encoder.first.w\n[3]", shape=box];
    n1 [label="encoder.first.b\n[3]", shape=box];
    n4 [label="add\n[3]"];
  }
  subgraph cluster1 {
    label="output"; fontname="sans-serif"; color=gray;
    n2 [label="output.v\n[3]", shape=box];
    n6 [label="multiply\n[3]"];
  }
  n3 [label="c\n[]", shape=box];
  n0 -> n4;
  n1 -> n4;
  n5 [label="multiply\n[3]"];
  n4 -> n5;
  n5 -> n6;
  n2 -> n6;
  n7 [label="add\n[3]", style=bold];
  n6 -> n7;
  n3 -> n7;
  n8 [label="multiply\n[3]", style=bold];
  n0 -> n8;
  n2 -> n8;
}
)");
}

TEST_CASE("draw_graph escapes names") {
  const Variable x = parameter(scalar(1));
  CHECK(draw_graph(x * 2, {{"a \"b\" \\ c\nd", x}}).find("label=\"a \\\"b\\\" \\\\ c\\nd\\n[]\"") != std::string::npos);
}

TEST_CASE("draw_graph walks deep graphs without the stack") {
  Variable x = parameter(scalar(1));
  for (int i = 0; i < 100000; ++i) x = x + 1;
  CHECK(draw_graph(x).find("n99999 -> n100000;") != std::string::npos);
}

TEST_CASE("draw_graph of a constant is an error") {
  CHECK_THROWS_WITH(draw_graph(Variable(scalar(1))),
                    "draw_graph: an output has no history: it is a constant, or was computed under NoGrad");
  CHECK_THROWS_AS(draw_graph(Variable()), Error);
}

}  // namespace
}  // namespace glance
