// The kernels under the tensors: the storage pool, the f32 functions, rows, and random numbers.

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "glance/tensor/random.h"
#include "glance/tensor/row_kernels.h"
#include "glance/tensor/storage.h"
#include "glance/tensor/vector_math.h"

namespace glance {
namespace {

void allocate_and_release(benchmark::State& state) {
  const auto bytes = static_cast<std::size_t>(state.range(0));
  for (auto _ : state) {
    void* block = allocate_storage(bytes);
    benchmark::DoNotOptimize(block);
    release_storage(block, bytes);
  }
}
BENCHMARK(allocate_and_release)->Arg(64)->Arg(200)->Arg(1000)->Arg(20000)->Arg(100000)->Arg(1 << 22);

// As a graph does: everything is allocated, then everything released.
void allocate_many_then_release(benchmark::State& state) {
  const auto bytes = static_cast<std::size_t>(state.range(0));
  std::vector<void*> blocks(static_cast<std::size_t>(state.range(1)));
  for (auto _ : state) {
    for (void*& block : blocks) block = allocate_storage(bytes);
    for (void* block : blocks) release_storage(block, bytes);
  }
  state.SetItemsProcessed(state.iterations() * state.range(1));
}
BENCHMARK(allocate_many_then_release)->Args({200, 20})->Args({200, 1000})->Args({1000, 1000});

std::vector<float> row(std::int64_t n) {
  std::vector<float> x(static_cast<std::size_t>(n));
  Generator(1).fill_normal(x);
  return x;
}

// One function over a row. Beside it stand a plain copy, which is what memory allows, and the standard library's tanh.
template <class F>
void function_of_row(benchmark::State& state, F f) {
  const auto x = row(state.range(0));
  std::vector<float> y(x.size());
  for (auto _ : state) {
    const float* in = x.data();
    float* out = y.data();
    for (std::size_t i = 0; i < y.size(); ++i) out[i] = f(in[i]);
    benchmark::DoNotOptimize(out);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK_CAPTURE(function_of_row, copy, [](float x) { return x; })->Arg(4096);
BENCHMARK_CAPTURE(function_of_row, exp, [](float x) { return vector_math::exp(x); })->Arg(20)->Arg(4096);
BENCHMARK_CAPTURE(function_of_row, sigmoid, [](float x) { return vector_math::sigmoid(x); })->Arg(4096);
BENCHMARK_CAPTURE(function_of_row, tanh, [](float x) { return vector_math::tanh(x); })->Arg(4096);
BENCHMARK_CAPTURE(function_of_row, log, [](float x) { return vector_math::log(x); })->Arg(4096);
BENCHMARK_CAPTURE(function_of_row, erf, [](float x) { return vector_math::erf(x); })->Arg(4096);
BENCHMARK_CAPTURE(function_of_row, std_tanh, [](float x) { return std::tanh(x); })->Arg(4096);

// A kernel of one row: in, out, whether visible.
template <class Kernel>
void kernel_of_row(benchmark::State& state, Kernel kernel) {
  const Index n = state.range(0);
  const auto x = row(n);
  std::vector<float> y = x;
  const std::unique_ptr<bool[]> visible(new bool[x.size()]);
  for (std::size_t i = 0; i < x.size(); ++i) visible[i] = i % 5 != 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(kernel(x.data(), y.data(), visible.get(), n));
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * n);
}
void rows(benchmark::internal::Benchmark* benchmark) { benchmark->Arg(20)->Arg(3000); }

BENCHMARK_CAPTURE(kernel_of_row, sum, [](const float* x, float*, const bool*, Index n) {
  return row_sum(x, n);
})->Apply(rows);
BENCHMARK_CAPTURE(kernel_of_row, dot, [](const float* x, float* y, const bool*, Index n) {
  return row_dot(x, y, n);
})->Apply(rows);
BENCHMARK_CAPTURE(kernel_of_row, max, [](const float* x, float*, const bool*, Index n) {
  return row_max(x, n);
})->Apply(rows);
BENCHMARK_CAPTURE(kernel_of_row, log_sum_exp, [](const float* x, float*, const bool*, Index n) {
  return row_log_sum_exp(x, n);
})->Apply(rows);
BENCHMARK_CAPTURE(kernel_of_row, softmax, [](const float* x, float* y, const bool*, Index n) {
  row_softmax(y, x, n);
  return y[0];
})->Apply(rows);
BENCHMARK_CAPTURE(kernel_of_row, softmax_of_visible, [](const float* x, float* y, const bool* visible, Index n) {
  row_softmax(y, x, visible, n);
  return y[0];
})->Apply(rows);

void one_random_word(benchmark::State& state) {
  Generator generator(1);
  for (auto _ : state) benchmark::DoNotOptimize(generator.next_u32());
}
BENCHMARK(one_random_word);

template <class T, class Fill>
void random_numbers(benchmark::State& state, T*, Fill fill) {
  Generator generator(1);
  const auto n = static_cast<std::size_t>(state.range(0));
  const std::unique_ptr<T[]> values(new T[n]);
  for (auto _ : state) {
    fill(generator, std::span<T>(values.get(), n));
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
constexpr float* f32_numbers = nullptr;
constexpr bool* choices = nullptr;
BENCHMARK_CAPTURE(random_numbers, uniform, f32_numbers, [](Generator& g, auto out) { g.fill_uniform01(out); })
    -> Arg(4096);
BENCHMARK_CAPTURE(random_numbers, normal, f32_numbers, [](Generator& g, auto out) { g.fill_normal(out); }) -> Arg(4096);
BENCHMARK_CAPTURE(random_numbers, bernoulli, choices, [](Generator& g, auto out) { g.fill_bernoulli(out, 0.4); })
    -> Arg(4096);

}  // namespace
}  // namespace glance
