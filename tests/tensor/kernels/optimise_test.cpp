// The steps of SGD and Adam against PyTorch's, whole and in ranges.
#include "glance/tensor/kernels/optimise.h"

#include <functional>

#include "tests/catch.h"
#include "tests/tensor/kernel_check.h"

using namespace glance;
using namespace glance::kernel_check;

namespace {

std::span<double> all(std::vector<double>& x) { return x; }

// Three steps from noise 1 with gradients of noise 10, 11 and 12.
std::vector<double> three_steps(
    const std::function<void(Index step, std::span<double> parameter, std::span<const double> gradient)>& take) {
  std::vector<double> parameter = numbers(noise({3}, f64, 1));
  for (Index step = 1; step <= 3; ++step)
    take(step, parameter, numbers(noise({3}, f64, static_cast<std::uint64_t>(9 + step))));
  return parameter;
}

std::vector<double> sgd(const SgdRule& rule) {
  std::vector<double> velocity(rule.momentum == 0 ? 0 : 3, std::nan(""));  // written, not read, at the first step
  return three_steps([&](Index step, auto parameter, auto gradient) {
    sgd_step<double>(rule, step, parameter, gradient, all(velocity));
  });
}

std::vector<double> adam(const AdamRule& rule) {
  std::vector<double> first(3), second(3);
  return three_steps([&](Index step, auto parameter, auto gradient) {
    adam_step<double>(rule, step, parameter, gradient, all(first), all(second));
  });
}

void check_values(const std::vector<double>& actual, const std::vector<double>& expected) {
  check_close(from(actual, {3}, f64), from(expected, {3}, f64), 1e-8);
}

}  // namespace

TEST_CASE("SGD, Adam and AdamW take PyTorch's steps", "[optimise]") {
  // torch 2.13: three steps of torch.optim's SGD, Adam and AdamW on the same noise.
  check_values(sgd({.learning_rate = 0.1}), {-0.893352116, -0.50073269, -0.909139427});
  check_values(sgd({.learning_rate = 0.1, .momentum = 0.9, .dampening = 0.2, .weight_decay = 0.05}),
               {-0.76245115, -0.298543626, -0.932147238});
  check_values(sgd({.learning_rate = 0.1, .momentum = 0.9, .nesterov = true}),
               {-0.779892271, -0.0374899097, -1.05627774});
  check_values(adam({.learning_rate = 0.1}), {-0.709023525, -0.4771644, -0.974948746});
  check_values(adam({.learning_rate = 0.1, .beta1 = 0.8, .beta2 = 0.95, .epsilon = 1e-3, .weight_decay = 0.1}),
               {-0.703067838, -0.477537165, -0.939833763});
  check_values(adam({.learning_rate = 0.1, .weight_decay = 0.1, .decoupled = true}),
               {-0.685165722, -0.457068099, -0.949120279});
}

TEST_CASE("an optimiser's step on ranges is the step on the whole, and scales the gradient first", "[optimise]") {
  const std::size_t count = 1003, cut = 500;
  const auto start = noise({1003}, f32, 1).to_vector<float>(), gradient = noise({1003}, f32, 2).to_vector<float>();
  std::vector<float> half = gradient;
  scale<float>(half, 0.5);
  CHECK(half[1002] == gradient[1002] * 0.5f);

  const auto run = [&](const std::vector<float>& g, double factor, std::size_t split) {
    std::vector<float> p = start, m(count), v(count), velocity(count);
    for (Index step = 1; step <= 2; ++step)
      for (const auto& [from, size] : {std::pair{std::size_t{0}, split}, std::pair{split, count - split}}) {
        const auto part = [from = from, size = size](auto& x) { return std::span(x).subspan(from, size); };
        adam_step<float>({}, step, part(p), part(g), part(m), part(v), factor);
        sgd_step<float>({.momentum = 0.9}, step, part(p), part(g), part(velocity), factor);
      }
    return p;
  };
  const auto whole = run(gradient, 1, count);
  CHECK(whole != start);
  CHECK(run(gradient, 1, cut) == whole);
  CHECK(run(gradient, 0.5, count) == run(half, 1, count));
}

TEST_CASE("the sum of squares is exact to double", "[optimise]") {
  CHECK(sum_of_squares<float>({}) == 0);
  for (const Index count : {1, 7, 16, 35, 1000}) {
    const auto x = noise({count}, f32, 3).to_vector<float>();
    double expected = 0;
    for (const float value : x) expected += static_cast<double>(value) * static_cast<double>(value);
    CHECK(sum_of_squares<float>(x) == Approx(expected).epsilon(1e-14));
  }
  const std::vector<float> large(100, 1e30f);  // their squares overflow a float
  CHECK(sum_of_squares<float>(large) == Approx(1e62));
  const std::vector<double> numbers{3, 4};
  CHECK(sum_of_squares<double>(numbers) == 25);
}
