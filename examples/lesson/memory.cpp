// How much of the gradient reaches back over d steps: RNN beside LSTM, and what the forget gate does. The numbers on
// the command line are forget biases to try.
#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "examples/common/arguments.h"
#include "glance/glance.h"

namespace {

using namespace glance;

constexpr Index steps = 21, width = 64;
constexpr int seeds = 5;

// [measure]
// How strongly the output of the last step depends on the input d steps before it, for d = 0, 1, …: the length of the
// gradient, relative to d = 0.
template <class Layer>
std::vector<double> reach(const Layer& layer, Generator& generator) {
  const Variable x = parameter(normal({8, steps, width}, generator, 0, 1, f64));  // 8 sequences of random inputs
  const Variable last = select(layer(x).output, 1, steps - 1);
  const Tensor gradient = grad(sum(last * normal({8, width}, generator, 0, 1, f64)), {x})[0].value();
  std::vector<double> lengths;
  for (Index d = 0; d < steps; ++d) lengths.push_back(std::sqrt(sum_of_squares(select(gradient, 1, steps - 1 - d))));
  const double here = lengths.front();
  for (double& length : lengths) length /= here;
  return lengths;
}
// [measure end]

// The mean over seeds, of the logarithm.
void show(const std::string& name, const std::function<std::vector<double>(Generator&)>& measured) {
  std::vector<double> logarithms(steps);
  for (int seed = 1; seed <= seeds; ++seed) {
    Generator generator(static_cast<std::uint64_t>(seed));
    const auto lengths = measured(generator);
    for (std::size_t d = 0; d < logarithms.size(); ++d) logarithms[d] += std::log(lengths[d]) / seeds;
  }
  fmt::print("{:<24}", name);
  for (const int d : {0, 1, 5, 10, 20}) fmt::print("{:10.1e}", std::exp(logarithms[static_cast<std::size_t>(d)]));
  fmt::print("\n");
}

// [layers]
RNN plain(Generator& generator) { return RNN(width, width, generator, {.dtype = f64}); }

RNN orthogonal(Generator& generator) {
  RNN rnn = plain(generator);
  rnn.layers[0].weight_hh = orthogonal_parameter({width, width}, 1, generator, f64);  // turns, and does not shrink
  return rnn;
}

LSTM lstm_with(double forget_bias, Generator& generator) {
  return LSTM(width, width, generator, {.forget_bias = forget_bias, .dtype = f64});
}
// [layers end]

}  // namespace

int main(int argc, char** argv) {
  std::vector<double> forget_biases = {0, 1, 3};
  if (argc > 1) forget_biases.clear();
  for (int i = 1; i < argc; ++i) forget_biases.push_back(number_argument<double>(argv, i, "[FORGET_BIAS...]"));

  fmt::print("{:<24}{:>10}{:>10}{:>10}{:>10}{:>10}\n", "steps back", 0, 1, 5, 10, 20);
  show("RNN", [](Generator& g) { return reach(plain(g), g); });
  show("RNN, orthogonal W_hh", [](Generator& g) { return reach(orthogonal(g), g); });
  for (const double bias : forget_biases)
    show(fmt::format("LSTM, forget bias {:g}", bias), [bias](Generator& g) { return reach(lstm_with(bias, g), g); });
}
