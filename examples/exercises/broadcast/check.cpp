// broadcast: what was stretched gets the sum over its uses, in its own shape.
#include "examples/exercises/promise.h"

using namespace exercises;

int main() {
  const Tensor grad = tensor({{1, 2, 3}, {10, 20, 30}}, f64);
  const std::string averaged = "the uses were averaged, not added", first = "only the first use counted";
  return keep({
      {"what was not stretched keeps its gradient",
       [&] {
         same("unbroadcast to [2, 3]", unbroadcast(grad, {2, 3}), grad);
       }},
      {"a bias [3] that was added to both rows gets the sum of both",
       [&] {
         same("unbroadcast to [3]", unbroadcast(grad, {3}), tensor({11, 22, 33}, f64),
              {{tensor({5.5, 11, 16.5}, f64), averaged}, {tensor({1, 2, 3}, f64), first}});
       }},
      {"a dimension of extent 1 was stretched, too: [2, 1] gets the sums of the rows",
       [&] {
         same("unbroadcast to [2, 1]", unbroadcast(grad, {2, 1}), tensor({{6}, {60}}, f64),
              {{tensor({{2}, {20}}, f64), averaged}, {tensor({{1}, {10}}, f64), first}});
       }},
      {"a single number gets the sum of all",
       [&] { same("unbroadcast to []", unbroadcast(grad, {}), scalar(66, f64)); }},
      {"it is what autograd computes when [3, 1] is stretched to [2, 3, 4]",
       [] {
         const Variable x = parameter(numbers({3, 1}));
         const Tensor come_in = numbers({2, 3, 4}, 2);
         same("the gradient", unbroadcast(come_in, {3, 1}), glance::grad(expand(x, {2, 3, 4}), {x}, come_in)[0]);
       }},
  });
}
