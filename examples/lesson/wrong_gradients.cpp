// Backward passes that run, give numbers, and are wrong: what each makes of a gradient, and what gradcheck says of it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstddef>
#include <deque>
#include <utility>
#include <vector>

#include "glance/glance.h"

using namespace glance;

namespace {

struct Node {
  double value;
  std::vector<std::pair<std::size_t, double>> inputs;  // which node, and how fast this value rises with that one
  double gradient = 0;
};

// [twice]
// x = 3 w is used twice: loss = x + (2 x)².
std::vector<Node> graph_at(double w) {
  const double x = 3 * w, doubled = 2 * x, square = doubled * doubled;
  return {{w, {}},                          // 0
          {x, {{0, 3}}},                    // 1
          {doubled, {{1, 2}}},              // 2
          {square, {{2, 2 * doubled}}},     // 3
          {x + square, {{1, 1}, {3, 1}}}};  // 4: the loss
}
// [twice end]

void right(std::vector<Node>& nodes) {
  nodes.back().gradient = 1;
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node)
    for (const auto& [input, slope] : node->inputs) nodes[input].gradient += slope * node->gradient;
}

// [overwritten]
void overwritten(std::vector<Node>& nodes) {
  nodes.back().gradient = 1;
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node)
    for (const auto& [input, slope] : node->inputs) nodes[input].gradient = slope * node->gradient;  // and not +=
}
// [overwritten end]

// [too early]
void too_early(std::vector<Node>& nodes) {
  nodes.back().gradient = 1;
  std::vector<bool> found(nodes.size());
  std::deque<std::size_t> next = {nodes.size() - 1};
  for (; !next.empty(); next.pop_front()) {
    const Node& node = nodes[next.front()];
    for (const auto& [input, slope] : node.inputs) {
      nodes[input].gradient += slope * node.gradient;
      if (!found[input]) next.push_back(input);  // whoever is found first passes on first
      found[input] = true;
    }
  }
}
// [too early end]

double gradient_of_w(void (*backward)(std::vector<Node>&)) {
  std::vector<Node> nodes = graph_at(1);
  backward(nodes);
  return nodes.front().gradient;
}

// [operation]
// The graph as one operation, whose rule is such a backward pass.
Variable loss_by(void (*backward)(std::vector<Node>&), const Variable& w) {
  return record("loss", {w}, scalar(graph_at(w.item()).back().value, f64), Save::inputs,
                [backward](const Saved& s, const Variable& grad) {
                  std::vector<Node> nodes = graph_at(s.input(0).item());
                  backward(nodes);
                  return grad * nodes.front().gradient;
                });
}
// [operation end]

// [bias]
// x + b adds b, of shape [3], to each row of x, [2, 3]. The rule of b gives the first row's gradient.
Variable add_bias(const Variable& x, const Variable& b) {
  return record(
      "add_bias", {x, b}, x.value() + b.value(), Save::nothing, [](const Saved&, const Variable& grad) { return grad; },
      [](const Saved&, const Variable& grad) { return select(grad, 0, 0); });  // and not sum(grad, {0})
}
// [bias end]

void check(const char* name, const Differentiable& f, std::initializer_list<Tensor> inputs) {
  try {
    gradcheck(f, inputs, {.order = 1});
    fmt::print("{:<13} proven\n", name);
  } catch (const Error& error) {
    fmt::print("{:<13} {}\n", name, error.what());
  }
}

// The neuron that learns "or", [4, 1], with a bias that hears of one question in four or of all.
double trained_loss(Variable (*add)(const Variable&, const Variable&)) {
  const Tensor questions = tensor({{0, 0}, {0, 1}, {1, 0}, {1, 1}}, f64), answers = tensor({{0}, {1}, {1}, {1}}, f64);
  Variable weight = parameter(zeros({2, 1}, f64)), bias = parameter(zeros({1}, f64)), loss;
  for (int step = 0; step <= 1000; ++step) {
    loss = mean(square(sigmoid(add(matmul(questions, weight), bias)) - answers));
    const auto gradients = grad(loss, {weight, bias});
    weight = parameter(weight.value() - 5.0 * gradients[0].value());
    bias = parameter(bias.value() - 5.0 * gradients[1].value());
  }
  return loss.item();
}

}  // namespace

int main() {
  fmt::print("loss = x + (2 x)², x = 3 w, at w = 1\n");
  fmt::print("right          d loss/dw = {}\n", gradient_of_w(right));
  fmt::print("overwritten    d loss/dw = {}\n", gradient_of_w(overwritten));
  fmt::print("too early      d loss/dw = {}\n", gradient_of_w(too_early));

  const Tensor x = zeros({2, 3}, f64), b = zeros({3}, f64), come_in = tensor({{1, 2, 3}, {10, 20, 30}}, f64);
  const Variable bias = parameter(b);
  const Tensor all = grad(x + bias, {bias}, come_in)[0].value(),
               one = grad(add_bias(x, bias), {bias}, come_in)[0].value();
  fmt::print("\ny = x + b, and (1, 2, 3) and (10, 20, 30) come in\n");
  fmt::print("right          dL/db = {}\n", fmt::join(all.to_vector<double>(), " "));
  fmt::print("no sum         dL/db = {}\n", fmt::join(one.to_vector<double>(), " "));

  fmt::print("\ngradcheck says\n");
  // [check]
  const Tensor w = scalar(1, f64);
  check("right", [](const Variable& v) { return loss_by(right, v); }, {w});
  check("overwritten", [](const Variable& v) { return loss_by(overwritten, v); }, {w});
  check("too early", [](const Variable& v) { return loss_by(too_early, v); }, {w});
  check("no sum", add_bias, {x, b});
  // [check end]

  const auto plain = [](const Variable& a, const Variable& c) { return a + c; };
  fmt::print("\nthe neuron that learns \"or\", after 1000 steps\n");
  fmt::print("right          loss {:.4f}\n", trained_loss(plain));
  fmt::print("no sum         loss {:.4f}\n", trained_loss(add_bias));
}
