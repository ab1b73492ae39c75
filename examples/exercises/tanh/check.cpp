// tanh: the slope is right, and the gradient that comes in is passed on.
#include "examples/exercises/promise.h"

using namespace exercises;

int main() {
  const Tensor x = tensor({{-2, -0.5, 0}, {0.5, 1, 3}}, f64), grad = numbers({2, 3});
  return keep({
      {"the result has the shape of x",
       [&] {
         shape("the gradient", tanh_gradient(x, ones_like(x)), {2, 3});
       }},
      {"the slope of tanh is 1 at 0 and 0.419974 at 1",
       [&] {
         const Tensor few = tensor({0, 1}, f64);
         same("tanh_gradient({0, 1}, {1, 1})", tanh_gradient(few, ones_like(few)), tensor({1, 0.4199743}, f64),
              {{1.0 - square(few), "x was squared, and not tanh(x)"}, {1.0 - tanh(few), "tanh(x) was not squared"}});
       }},
      {"the numbers along a path multiply: twice the gradient in, twice the gradient out",
       [&] {
         const Tensor slope = 1.0 - square(tanh(x));
         same("the gradient", tanh_gradient(x, full_like(x, 2)), slope * 2.0,
              {{slope, "the gradient that comes in was left out"}});
       }},
      {"it is what autograd computes",
       [&] {
         const Variable start = parameter(x);
         same("the gradient", tanh_gradient(x, grad), glance::grad(tanh(start), {start}, grad)[0]);
       }},
  });
}
