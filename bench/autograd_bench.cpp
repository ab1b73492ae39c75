// Automatic differentiation: what an operation costs when there is next to nothing to calculate, and what large ones
// cost beside a plain copy, which is what memory allows.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstring>
#include <vector>

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/engine.h"
#include "glance/nn/optimiser.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/random.h"
#include "glance/tensor/reduce.h"
#include "glance/tensor/softmax.h"

namespace glance {
namespace {

// One operation on four numbers, forward and backward, of which nothing is kept.
template <class F>
void operation_and_gradient(benchmark::State& state, F f) {
  const Variable x = parameter(tensor({1, 2, 3, 4})), y = parameter(tensor({5, 6, 7, 8}));
  const Variable ones_of_z = ones({4});
  for (auto _ : state) {
    const Variable z = f(x, y);
    benchmark::DoNotOptimize(grad(z, {x, y}, ones_of_z));
  }
}
BENCHMARK_CAPTURE(operation_and_gradient, add, [](const Variable& x, const Variable& y) { return x + y; });
BENCHMARK_CAPTURE(operation_and_gradient, multiply, [](const Variable& x, const Variable& y) { return x * y; });

// A thousand operations one after the other, forward and backward; the time is that of one.
void chain_and_gradient(benchmark::State& state) {
  const Variable x = parameter(tensor({1, 2, 3, 4})), y = parameter(tensor({5, 6, 7, 8}));
  const Variable ones_of_z = ones({4});
  for (auto _ : state) {
    Variable z = x;
    for (int i = 0; i < 1000; ++i) z = z + y;
    benchmark::DoNotOptimize(grad(z, {x, y}, ones_of_z));
  }
  state.SetItemsProcessed(1000 * state.iterations());
}
BENCHMARK(chain_and_gradient);

// What follows reads and writes 64 MB or more at once, so that no cache holds it. Compare the bytes per second.
constexpr Index many = 16 << 20;

void count_bytes(benchmark::State& state, Index tensors_touched) {
  state.SetBytesProcessed(state.iterations() * tensors_touched * many * Index{sizeof(float)});
}

void copy_of_memory(benchmark::State& state) {
  const Tensor x = ones({many}), y = ones({many});
  for (auto _ : state) {
    std::memcpy(y.write<float>(), x.read<float>(), many * sizeof(float));
    benchmark::ClobberMemory();
  }
  count_bytes(state, 2);
}
BENCHMARK(copy_of_memory)->Unit(benchmark::kMillisecond);

void copy_of_tensor(benchmark::State& state) {
  const Tensor x = ones({many});
  for (auto _ : state) benchmark::DoNotOptimize(copy(x));
  count_bytes(state, 2);
}
BENCHMARK(copy_of_tensor)->Unit(benchmark::kMillisecond);

void add(benchmark::State& state) {
  const Tensor x = ones({many}), y = ones({many});
  for (auto _ : state) benchmark::DoNotOptimize(x + y);
  count_bytes(state, 3);
}
BENCHMARK(add)->Unit(benchmark::kMillisecond);

template <class F>
void function(benchmark::State& state, F f) {
  Generator generator(1);
  const Tensor x = normal({many}, generator);
  for (auto _ : state) benchmark::DoNotOptimize(f(x));
  count_bytes(state, 2);
  state.SetItemsProcessed(state.iterations() * many);
}
BENCHMARK_CAPTURE(function, exp, [](const Tensor& x) { return exp(x); })->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(function, tanh, [](const Tensor& x) { return tanh(x); })->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(function, sigmoid, [](const Tensor& x) { return sigmoid(x); })->Unit(benchmark::kMillisecond);

// Rows of 1,000.
void softmax_of_rows(benchmark::State& state) {
  Generator generator(1);
  const Tensor x = normal({many / 1000, 1000}, generator);
  for (auto _ : state) benchmark::DoNotOptimize(softmax(x, -1));
  count_bytes(state, 2);
}
BENCHMARK(softmax_of_rows)->Unit(benchmark::kMillisecond);

// Reads gradient, parameter and two moments, and writes the last three.
void adam(benchmark::State& state) {
  const Variable weight = parameter(ones({many}));
  Adam optimiser({{"weight", weight}}, AdamRule{});
  const std::vector<Variable> gradients = {ones({many})};
  for (auto _ : state) optimiser.step(gradients);
  count_bytes(state, 7);
}
BENCHMARK(adam)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace glance
