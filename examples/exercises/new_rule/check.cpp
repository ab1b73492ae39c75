// new_rule: both rules are right, once and twice differentiated.
#include "examples/exercises/promise.h"

using namespace exercises;

int main() {
  const Tensor a = tensor({{1, -2, 3}}, f64), b = tensor({{2}, {1.5}}, f64);
  return keep({
      {"the long side of 3 and 4 is 5",
       [] { same("hypotenuse(3, 4)", hypotenuse(scalar(3, f64), scalar(4, f64)), scalar(5, f64)); }},
      {"at a = 3 and b = 4 it rises 3/5 as fast as a, and 4/5 as fast as b",
       [] {
         const Variable three = parameter(scalar(3, f64)), four = parameter(scalar(4, f64));
         const auto slopes = grad(hypotenuse(three, four), {three, four});
         const std::string changed = "the rules of a and b stand in each other's place";
         const std::string passed = "a rule gives the gradient of h as it is: the slope at the input has to be in it";
         same("dh/da", slopes[0], scalar(0.6, f64), {{scalar(0.8, f64), changed}, {scalar(1, f64), passed}});
         same("dh/db", slopes[1], scalar(0.8, f64), {{scalar(0.6, f64), changed}, {scalar(1, f64), passed}});
       }},
      {"gradcheck agrees, also where a and b are stretched to one shape",
       [&] {
         derivatives(hypotenuse, {a, b}, 1);
       }},
      {"the derivative can be differentiated again: the rules are made of operations on Variables",
       [&] {
         derivatives(hypotenuse, {a, b}, 2);
       }},
  });
}
