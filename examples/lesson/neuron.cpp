// A neuron learns to say "or" from four examples and a loss. Give the four answers to teach it something else.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "examples/common/arguments.h"
#include "glance/glance.h"

using namespace glance;

namespace {

Tensor four_numbers(int argc, char** argv) {
  const char* arguments = "[ANSWER ANSWER ANSWER ANSWER]";
  if (argc != 5) show_usage(argv, arguments);
  const auto number = [&](int place) { return number_argument<double>(argv, place, arguments); };
  return tensor({number(1), number(2), number(3), number(4)}, f64);
}

}  // namespace

int main(int argc, char** argv) {
  // [neuron]
  const Tensor questions = tensor({{0, 0}, {0, 1}, {1, 0}, {1, 1}}, f64);
  Tensor answers = tensor({0, 1, 1, 1}, f64);
  if (argc > 1) answers = four_numbers(argc, argv);  // for example: lesson_neuron 0 0 0 1

  Variable weight = parameter(zeros({2}, f64)), bias = parameter(zeros({}, f64));  // it knows nothing
  for (int step = 0; step <= 1000; ++step) {
    const Variable output = sigmoid(matmul(questions, weight) + bias);  // [4], each from 0 to 1
    const Variable loss = mean(square(output - answers));
    if (step == 0 || step == 10 || step == 100 || step == 1000)
      fmt::print("step {:4}: loss {:.3f}, outputs {:.2f}\n", step, loss.item(),
                 fmt::join(output.value().to_vector<double>(), " "));
    const auto gradients = grad(loss, {weight, bias});
    weight = parameter(weight.value() - 5.0 * gradients[0].value());  // downhill
    bias = parameter(bias.value() - 5.0 * gradients[1].value());
  }
  // [neuron end]
  fmt::print("weights {:.1f}, bias {:.1f}\n", fmt::join(weight.value().to_vector<double>(), " "), bias.item());
}
