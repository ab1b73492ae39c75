// score_gradient: the look-up of chapter 5, several targets and features, and what autograd computes.
#include "examples/exercises/promise.h"

using namespace exercises;

int main() {
  const Tensor weights = softmax(numbers({3, 4}, 1), -1), values = numbers({4, 2}, 2), slope = numbers({3, 2}, 3);
  return keep({
      {"the result has the shape of the weights",
       [&] {
         shape("the gradient", score_gradient(weights, values, slope), {3, 4});
       }},
      {"a value above the average pulls the context up: chapter 5's look-up",
       [] {
         const Tensor a = softmax(tensor({{2, 1, -2, -1}}, f64), -1), v = tensor({{10}, {20}, {30}, {40}}, f64);
         const Tensor context = matmul(a, v), g = (context - 30.0) * 2.0;
         same("the gradient", score_gradient(a, v, g), a * (transpose(v) - context) * g,
              {{a * transpose(v) * g, "the context was not taken away from the values"},
               {(transpose(v) - context) * g, "the weight in front was left out"},
               {a * (transpose(v) - context), "dL/dc was left out"}});
       }},
      {"one score up, the others' weights down: the gradients of each target add up to 0",
       [&] { same("the sums of the rows", sum(score_gradient(weights, values, slope), {-1}), zeros({3}, f64)); }},
      {"it is what autograd computes",
       [&] {
         const Variable scores = parameter(log(weights));
         const Variable context = matmul(softmax(scores, -1), values);
         same("the gradient", score_gradient(weights, values, slope), grad(context, {scores}, slope)[0]);
       }},
  });
}
