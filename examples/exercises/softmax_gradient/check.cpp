// softmax_gradient: one row by hand, then beside autograd's.
#include "examples/exercises/promise.h"

using namespace exercises;

namespace {

std::vector<Mistake> mistakes(const Tensor& y, const Tensor& g) {
  const Tensor row = sum(g * y, {-1}, true);
  return {
      {y * g, "the term −y · Σ g y was left out: a score that rises takes weight from all others"},
      {y * (1.0 - y) * g,
       "each score moves its own weight alone: y (1 − y) is the case j = i, and the terms −yⱼ yᵢ of the others are "
       "missing"},
      {y * (g - sum(g, {-1}, true)), "the sum is of g alone: each gⱼ counts with its weight yⱼ"},
      {y * (g - mean(g * y, {-1}, true)), "the terms gⱼ yⱼ were averaged, not added"},
      {y * (g + row), "the second term was added: its sign is minus"},
      {g - row, "the y in front of the brackets was left out"},
      {y * (g - sum(g * y)), "the sum went over all rows: each row has one of its own"},
      {y * (g - sum(g * y, {0}, true)), "the sum went down the columns, and not along each row"},
  };
}

}  // namespace

int main() {
  const Tensor scores = numbers({2, 3}, 1), weights = softmax(scores, -1), come_in = numbers({2, 3}, 2);
  return keep({
      {"the gradient has the shape of the weights",
       [&] {
         shape("the gradient", softmax_gradient(weights, come_in), {2, 3});
       }},
      {"one row by hand: y = {0.5, 0.25, 0.25}, and only y₀ matters to the loss, g = {1, 0, 0}",
       [] {
         const Tensor y = tensor({{0.5, 0.25, 0.25}}, f64), g = tensor({{1, 0, 0}}, f64);
         beside("the gradient of the scores", softmax_gradient(y, g), tensor({{0.25, -0.125, -0.125}}, f64),
                mistakes(y, g));
       }},
      {"it is autograd's, element by element",
       [&] {
         const Variable x = parameter(scores);
         beside("the gradient of the scores", softmax_gradient(weights, come_in), grad(softmax(x, -1), {x}, come_in)[0],
                mistakes(weights, come_in));
       }},
      {"weights add up to 1 whatever the scores: a loss that is their sum, g = 1 everywhere, has no gradient",
       [&] {
         same("the gradient", softmax_gradient(weights, ones({2, 3}, f64)), zeros({2, 3}, f64));
       }},
      {"leading dimensions are free: [2, 3, 4]",
       [] {
         const Variable x = parameter(numbers({2, 3, 4}, 3));
         const Tensor g = numbers({2, 3, 4}, 4), y = softmax(x.value(), -1);
         same("the gradient", softmax_gradient(y, g), grad(softmax(x, -1), {x}, g)[0]);
       }},
  });
}
