// Hello, autograd: build an expression, differentiate it, prove the derivative, draw the graph.
#include <cstdio>
#include <iostream>
#include <string>

#include "examples/common/terminal.h"
#include "glance/glance.h"

namespace {

using namespace glance;

constexpr const char* usage =
    "Usage: autograd [--graph]\n"
    "\n"
    "Builds an expression, differentiates it, and checks the derivative numerically.\n"
    "With --graph, prints only its graph, for Graphviz.\n"
    "\n"
    "Example: autograd --graph | dot -Tsvg > graph.svg\n";

// A neuron: y = tanh(w · x + b).
Variable neuron(const Variable& x, const Variable& w, const Variable& b) { return tanh(sum(w * x) + b); }

void run(bool only_graph) {
  const Variable x = tensor({1, 2, 3});
  const Variable w = parameter(tensor({0.5, -0.25, 0.1}));
  const Variable b = parameter(scalar(0.2));
  const Variable y = neuron(x, w, b);
  if (only_graph) {
    std::cout << draw_graph(y, {{"w", w}, {"b", b}});
    return;
  }

  std::cout << "y = tanh(w . x + b) = " << y.item() << "\n\n";

  // By hand: dy/dz = 1 - y² for y = tanh(z); dz/dw = x and dz/db = 1.
  const double slope = 1 - y.item() * y.item();
  std::cout << "by hand   dy/db = 1 - y^2       = " << slope << "\n";
  std::cout << "          dy/dw = (1 - y^2) x   = " << to_string(slope * x.value()) << "\n";

  const auto gradients = grad(y, {w, b});
  std::cout << "autograd  dy/db                 = " << gradients[1].item() << "\n";
  std::cout << "          dy/dw                 = " << to_string(gradients[0].value()) << "\n\n";

  // Every input moved a little, in f64, and the derivative of the derivative too.
  gradcheck(neuron, {to(x.value(), f64), to(w.value(), f64), to(b.value(), f64)});
  std::cout << "gradcheck: first and second derivatives agree with finite differences\n\n";

  // One step downhill makes y smaller.
  const Variable stepped = parameter(w.value() - 0.1 * gradients[0].value());
  std::cout << "one step against the gradient: y = " << neuron(x, stepped, b).item() << "\n";
  std::cout << "the graph: autograd --graph | dot -Tsvg > graph.svg\n";
}

}  // namespace

int main(int argc, char** argv) {
  const std::string option = argc > 1 ? argv[1] : "";
  if (option == "--help" || option == "-h") {
    std::cout << usage;
    return 0;
  }
  if (argc > 2 || (argc == 2 && option != "--graph")) {
    std::cerr << "autograd: unknown option " << argv[argc - 1] << "\n\n" << usage;
    return 2;
  }
  try {
    run(option == "--graph");
    flush_output();
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "autograd: " << error.what() << "\n";
    drop_output();
    return 1;
  }
}
