// Automatic differentiation in forty lines, and the same by glance: one local rule for each node of the graph.
#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "glance/glance.h"

namespace {

// [rules]
struct Node {
  std::string name;
  double value;
  std::vector<std::pair<int, double>> inputs;  // which node, and how fast this value rises with that one
  double gradient = 0;                         // how fast the loss rises with this value
};

struct Graph {
  std::vector<Node> nodes;

  int input(std::string name, double value) { return add_node({std::move(name), value, {}}); }
  int add(int a, int b) { return add_node({"add", value(a) + value(b), {{a, 1.0}, {b, 1.0}}}); }
  int multiply(int a, int b) { return add_node({"multiply", value(a) * value(b), {{a, value(b)}, {b, value(a)}}}); }
  int square(int a) { return add_node({"square", value(a) * value(a), {{a, 2 * value(a)}}}); }
  // [rules end]

  // [backward]
  void backward() {
    nodes.back().gradient = 1;  // the loss rises with itself, one to one
    for (auto node = nodes.rbegin(); node != nodes.rend(); ++node)
      for (const auto& [input, local] : node->inputs)
        nodes[static_cast<std::size_t>(input)].gradient += local * node->gradient;
  }
  // [backward end]

 private:
  double value(int i) const { return nodes[static_cast<std::size_t>(i)].value; }
  int add_node(Node node) {
    nodes.push_back(std::move(node));
    return static_cast<int>(nodes.size()) - 1;
  }
};

double loss_at(double w, double b) { return (w * 3 + b) * (w * 3 + b); }

}  // namespace

int main() {
  // [graph]
  Graph graph;
  const int w = graph.input("w", 2), x = graph.input("x", 3), b = graph.input("b", -1);
  graph.square(graph.add(graph.multiply(w, x), b));  // loss = (w x + b)²
  graph.backward();
  // [graph end]
  fmt::print("node        value   gradient\n");
  for (const Node& node : graph.nodes) fmt::print("{:<10}{:7}{:11}\n", node.name, node.value, node.gradient);

  // [wiggle]
  const double little = 1e-6;
  const double rise_w = (loss_at(2 + little, -1) - loss_at(2 - little, -1)) / (2 * little);
  const double rise_b = (loss_at(2, -1 + little) - loss_at(2, -1 - little)) / (2 * little);
  // [wiggle end]
  fmt::print("\nwiggled   d loss/dw = {:.3f}, d loss/db = {:.3f}\n", rise_w, rise_b);

  // [glance]
  using glance::parameter, glance::scalar, glance::Variable;
  const Variable weight = parameter(scalar(2)), bias = parameter(scalar(-1));
  const Variable loss = square(weight * scalar(3) + bias);
  const auto gradients = grad(loss, {weight, bias});
  // [glance end]
  fmt::print("glance    d loss/dw = {:.3f}, d loss/db = {:.3f}\n", gradients[0].item(), gradients[1].item());
}
