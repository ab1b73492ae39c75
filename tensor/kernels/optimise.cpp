// The formulas of SGD and Adam, each in one pass over memory.
#include "glance/tensor/kernels/optimise.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace glance {

// Sixteen sums side by side, so that the compiler may vectorise without changing the order in which numbers are added.
template <class T>
double sum_of_squares(std::span<const T> x) {
  constexpr std::size_t lanes = 16;
  double sums[lanes] = {};
  const std::size_t whole = x.size() / lanes * lanes;
  for (std::size_t i = 0; i < whole; i += lanes)
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      const auto value = static_cast<double>(x[i + lane]);
      sums[lane] += value * value;
    }
  double total = 0;
  for (const double sum : sums) total += sum;
  for (std::size_t i = whole; i < x.size(); ++i) total += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  return total;
}

template <class T>
void scale(std::span<T> x, double factor) {
  const auto f = static_cast<T>(factor);
  for (T& value : x) value *= f;
}

// g = scale · gradient + decay · p;  v = momentum · v + (1 - dampening) · g;  p -= rate · v  (Nesterov: g + momentum ·
// v)
template <class T>
void sgd_step(const SgdRule& rule, Index step, std::span<T> parameter, std::span<const T> gradient,
              std::span<T> velocity, double gradient_scale) {
  const auto rate = static_cast<T>(rule.learning_rate), momentum = static_cast<T>(rule.momentum);
  const auto decay = static_cast<T>(rule.weight_decay), factor = static_cast<T>(gradient_scale);
  const T intake = step == 1 ? T{1} : static_cast<T>(1 - rule.dampening);
  if (step == 1) std::fill(velocity.begin(), velocity.end(), T{0});
  T* __restrict p = parameter.data();
  const T* __restrict given = gradient.data();
  T* __restrict v = velocity.data();
  for (std::size_t i = 0; i < parameter.size(); ++i) {
    const T g = factor * given[i] + decay * p[i];
    if (rule.momentum == 0) {
      p[i] -= rate * g;
    } else {
      v[i] = momentum * v[i] + intake * g;
      p[i] -= rate * (rule.nesterov ? g + momentum * v[i] : v[i]);
    }
  }
}

// m = β1 m + (1 - β1) g;  v = β2 v + (1 - β2) g²;  p -= rate · (m / (1 - β1^t)) / (√(v / (1 - β2^t)) + ε)
template <class T>
void adam_step(const AdamRule& rule, Index step, std::span<T> parameter, std::span<const T> gradient,
               std::span<T> first_moment, std::span<T> second_moment, double gradient_scale) {
  const auto t = static_cast<double>(step);
  const double correction1 = 1 - std::pow(rule.beta1, t), correction2 = 1 - std::pow(rule.beta2, t);
  const auto beta1 = static_cast<T>(rule.beta1), rest1 = static_cast<T>(1 - rule.beta1);
  const auto beta2 = static_cast<T>(rule.beta2), rest2 = static_cast<T>(1 - rule.beta2);
  const auto rate = static_cast<T>(rule.learning_rate / correction1);
  const auto root = static_cast<T>(1 / std::sqrt(correction2)), epsilon = static_cast<T>(rule.epsilon);
  const auto factor = static_cast<T>(gradient_scale);
  const auto coupled = static_cast<T>(rule.decoupled ? 0 : rule.weight_decay);
  const auto shrink = static_cast<T>(rule.decoupled ? 1 - rule.learning_rate * rule.weight_decay : 1);
  T* __restrict p = parameter.data();
  const T* __restrict given = gradient.data();
  T* __restrict m = first_moment.data();
  T* __restrict v = second_moment.data();
  for (std::size_t i = 0; i < parameter.size(); ++i) {
    const T g = factor * given[i] + coupled * p[i];
    m[i] = beta1 * m[i] + rest1 * g;
    v[i] = beta2 * v[i] + rest2 * g * g;
    p[i] = shrink * p[i] - rate * m[i] / (std::sqrt(v[i]) * root + epsilon);
  }
}

template double sum_of_squares(std::span<const float>);
template double sum_of_squares(std::span<const double>);
template void scale(std::span<float>, double);
template void scale(std::span<double>, double);
template void sgd_step(const SgdRule&, Index, std::span<float>, std::span<const float>, std::span<float>, double);
template void sgd_step(const SgdRule&, Index, std::span<double>, std::span<const double>, std::span<double>, double);
template void adam_step(const AdamRule&, Index, std::span<float>, std::span<const float>, std::span<float>,
                        std::span<float>, double);
template void adam_step(const AdamRule&, Index, std::span<double>, std::span<const double>, std::span<double>,
                        std::span<double>, double);

}  // namespace glance
