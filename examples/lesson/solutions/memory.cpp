// Chapter 3: an RNN whose W_hh turns and doubles the state. Its gradient grows on the way back.
#include <fmt/format.h>

#include <cmath>

#include "glance/glance.h"

using namespace glance;

int main() {
  Generator generator(1);
  RNN rnn(64, 64, generator, {.dtype = f64});
  rnn.layers[0].weight_hh = orthogonal_parameter({64, 64}, 2, generator, f64);
  const Variable x = parameter(normal({8, 41, 64}, generator, 0, 1, f64));
  const Tensor gradient = grad(sum(select(rnn(x).output, 1, -1)), {x})[0].value();
  const double here = std::sqrt(sum_of_squares(select(gradient, 1, 40)));
  for (const Index d : {0, 10, 20, 40})
    fmt::print("{:2} steps back: {:8.1f}\n", d, std::sqrt(sum_of_squares(select(gradient, 1, 40 - d))) / here);
}
