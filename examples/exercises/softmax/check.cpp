// softmax: rows add up to 1, and no score is too large or too small.
#include "examples/exercises/promise.h"

using namespace exercises;

int main() {
  const Tensor scores = tensor({{2, 1, -2}, {-1, 0, 0.5}}, f64);
  return keep({
      {"weights have the shape of the scores",
       [&] {
         shape("the weights", safe_softmax(scores), {2, 3});
       }},
      {"weights are exp(score), divided by the sum of their row",
       [&] {
         same("the weights", safe_softmax(scores), softmax(scores, -1),
              {{softmax(scores, 0), "the columns add up to 1, and not the rows"},
               {exp(scores), "nothing was divided by the sum"},
               {exp(scores) / sum(exp(scores)), "all were divided by one sum, and not each row by its own"}});
       }},
      {"scores of 1000 do not overflow",
       [] {
         same("safe_softmax({1000, 1000, 0})", safe_softmax(tensor({1000, 1000, 0}, f64)), tensor({0.5, 0.5, 0}, f64));
       }},
      {"each row has a largest score of its own: a row at -1000 beside one at 1000",
       [] {
         same("the weights", safe_softmax(tensor({{-1000, -1000}, {1000, 1000}}, f64)),
              tensor({{0.5, 0.5}, {0.5, 0.5}}, f64));
       }},
      {"leading dimensions are free: [2, 3, 4]",
       [] {
         same("the weights", safe_softmax(numbers({2, 3, 4})), softmax(numbers({2, 3, 4}), -1));
       }},
  });
}
