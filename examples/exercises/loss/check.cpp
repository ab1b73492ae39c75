// loss: the mean over words, and none over pads.
#include <cmath>

#include "examples/exercises/promise.h"

using namespace exercises;

int main() {
  const Tensor logits = numbers({2, 3, 4}), targets = tensor({{1, 2, 3}, {0, 0, 0}}, i64);
  const Tensor real = from_values({1, 1, 1, 1, 0, 0}, {2, 3}, boolean), all = ones({2, 3}, boolean);
  return keep({
      {"a model that knows nothing of 4 words has log 4 = 1.386294",
       [&] {
         same("the loss", mean_loss(zeros({2, 3, 4}, f64), targets, all), scalar(std::log(4.0), f64),
              {{scalar(-std::log(4.0), f64), "the sign was left out"}});
       }},
      {"without pads it is the mean over all words",
       [&] { same("the loss", mean_loss(logits, targets, all), softmax_cross_entropy(logits, targets)); }},
      {"pads count for nothing: four words and two pads",
       [&] {
         const Tensor each = softmax_cross_entropy(logits, targets, {.reduction = Reduction::none}).value();
         const double first = sum(select(each, 0, 0)).item(), second = sum(slice(select(each, 0, 1), 0, 0, 1)).item();
         same("the loss", mean_loss(logits, targets, real), scalar((first + second) / 4, f64),
              {{scalar((first + second) / 6, f64), "the sum was divided by all places, pads included"},
               {scalar((first / 3 + second) / 2, f64), "each sentence counted the same, however long it is"},
               {mean(each), "pads counted like words"}});
       }},
      {"padded equals alone: other logits at the pads change nothing",
       [&] {
         const Tensor changed =
             where(unsqueeze(real, -1), Variable(logits), 9.0 + Variable(numbers({2, 3, 4}, 8))).value();
         same("the loss", mean_loss(changed, targets, real), mean_loss(logits, targets, real));
       }},
      {"logits of 1000 do not overflow",
       [] {
         same("the loss", mean_loss(tensor({{{1000, 0}}}, f64), tensor({{1}}, i64), ones({1, 1}, boolean)),
              scalar(1000, f64));
       }},
      {"gradcheck agrees, and the gradient at a pad is 0",
       [&] {
         derivatives([&](const Variable& x) { return mean_loss(x, targets, real); }, {logits}, 1);
         const Variable x = parameter(logits);
         const Tensor gradient = grad(mean_loss(x, targets, real), {x})[0].value();
         same("the gradient at a pad", select(select(gradient, 0, 1), 0, 2), zeros({4}, f64));
       }},
  });
}
