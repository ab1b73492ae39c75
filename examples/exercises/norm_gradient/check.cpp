// norm_gradient: bias, weight, then x beside autograd's.
#include "examples/exercises/promise.h"

using namespace exercises;

namespace {

const Tensor x = numbers({3, 4}, 1), weight = numbers({4}, 2), come_in = numbers({3, 4}, 3);

NormGradient given() { return norm_gradient(x, weight, come_in); }

NormGradient expected() {
  const Variable a = parameter(x), w = parameter(weight), b = parameter(zeros({4}, f64));
  const auto gradients = grad(layer_norm(a, w, b), {a, w, b}, come_in);
  return {gradients[0].value(), gradients[1].value(), gradients[2].value()};
}

Tensor row_mean(const Tensor& a) { return mean(a, {-1}, true); }
Tensor deviation(const Tensor& a) { return sqrt(row_mean(square(a - row_mean(a))) + 1e-5); }

std::vector<Mistake> of_x() {
  const Tensor s = deviation(x), n = (x - row_mean(x)) / s, g = come_in * weight;
  const Tensor right = g - row_mean(g) - n * row_mean(g * n);
  const Tensor no_epsilon = sqrt(row_mean(square(x - row_mean(x)))), exact = (x - row_mean(x)) / no_epsilon;
  const Tensor of_less_one = deviation(x) * std::sqrt(4.0 / 3), shorter = (x - row_mean(x)) / of_less_one;
  const Tensor bare = come_in - row_mean(come_in) - n * row_mean(come_in * n);
  return {
      {g / s, "both means were left out: μ and σ were taken for constants"},
      {(g - n * row_mean(g * n)) / s, "the way of x through μ is missing: the mean of dL/dn"},
      {(g - row_mean(g)) / s, "the way of x through σ is missing: n · mean(dL/dn · n)"},
      {(g - row_mean(g) - row_mean(g * n)) / s, "the second mean lacks the n in front of it"},
      {(g - row_mean(g) - x * row_mean(g * n)) / s, "x stands in the place of n in front of the second mean"},
      {bare / s, "the weight was left out: dL/dn is grad · weight"},
      {right, "the division by σ was left out"},
      {-right / s, "the sign is the other one"},
      {(g - row_mean(g) + n * row_mean(g * n)) / s, "the second mean was added, not subtracted"},
      {(g - row_mean(g) - exact * row_mean(g * exact)) / no_epsilon, "ε was left out of σ"},
      {(g - row_mean(g) - shorter * row_mean(g * shorter)) / of_less_one,
       "σ² was divided by features − 1: layer norm's is the mean of the squares"},
      {right / square(s), "it was divided by σ², and not by σ"},
      {(g - sum(g, {-1}, true) - n * sum(g * n, {-1}, true)) / s, "the rows were added up, not averaged"},
      {(g - mean(g, {0}, true) - n * mean(g * n, {0}, true)) / s,
       "the means went over the batch: layer norm's are those of each row"},
  };
}

}  // namespace

int main() {
  const Tensor n = (x - row_mean(x)) / deviation(x);
  return keep({
      {"the gradient of x is [batch, features], those of weight and bias are [features]",
       [&] {
         const NormGradient all = given();
         shape("the gradient of x", all.x, {3, 4});
         shape("the gradient of weight", all.weight, {4});
         shape("the gradient of bias", all.bias, {4});
       }},
      {"the bias's gradient is autograd's",
       [&] {
         beside("the gradient of bias", given().bias, expected().bias,
                {{mean(come_in, {0}), "the rows were averaged, not added: the bias was used in each"},
                 {select(come_in, 0, 0), "only the first row counted"}});
       }},
      {"the weight's gradient is autograd's",
       [&] {
         beside(
             "the gradient of weight", given().weight, expected().weight,
             {{sum(come_in * (x - row_mean(x)) / sqrt(row_mean(square(x - row_mean(x)))), {0}), "ε was left out of σ"},
              {sum(come_in * n * std::sqrt(0.75), {0}), "σ² was divided by features − 1"},
              {sum(come_in * x, {0}), "x was not normalised: the weight multiplies n"},
              {sum(come_in, {0}), "n was left out: the weight multiplies it"},
              {mean(come_in * n, {0}), "the rows were averaged, not added: the weight was used in each"},
              {sum(come_in * n * weight, {0}), "the weight itself stands in its gradient"}});
       }},
      {"the gradient of x is autograd's, element by element",
       [&] { beside("the gradient of x", given().x, expected().x, of_x()); }},
      {"moving a whole row changes nothing: its gradients add up to 0",
       [&] { same("the sums of the rows", sum(given().x, {-1}), zeros({3}, f64)); }},
      {"a row of equal numbers has no deviation, and a gradient all the same",
       [] {
         const Variable equal_row = parameter(full({1, 2}, 3, f64));
         const Tensor ones_ = ones({2}, f64), up = tensor({{1, 0}}, f64);
         same("the gradient of x", norm_gradient(equal_row.value(), ones_, up).x,
              grad(layer_norm(equal_row, ones_, zeros({2}, f64)), {equal_row}, up)[0], {}, 1e-3);
       }},
  });
}
