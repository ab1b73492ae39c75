#pragma once

#include <initializer_list>
#include <span>
#include <vector>

#include "glance/tensor/moved.h"
#include "glance/tensor/tensor.h"

// How tensors begin.
namespace glance {

class Generator;

// A new tensor of `shape`, filled with 0.
Tensor zeros(const Shape& shape, DType dtype = f32);
// A new tensor of `shape`, filled with 1.
Tensor ones(const Shape& shape, DType dtype = f32);
// A new tensor of `shape`, filled with `value`. Error when an i64 or bool cannot hold it exactly.
Tensor full(const Shape& shape, double value, DType dtype = f32);

// A new tensor of the shape and dtype of `x`, filled with 0.
Tensor zeros_like(const Tensor& x);
// A new tensor of the shape and dtype of `x`, filled with 1.
Tensor ones_like(const Tensor& x);
// A new tensor of the shape and dtype of `x`, filled with `value`. Error when an i64 or bool cannot hold it exactly.
Tensor full_like(const Tensor& x, double value);

// start, start + step, … as far as before `end`. Error when the step is 0 or leads away from `end`, or when i64 is
// asked of numbers that are not whole or too large.
Tensor arange(double start, double end, double step = 1, DType dtype = i64);
Tensor arange(double end, DType dtype = i64);

// [n, n] with ones on the diagonal. Error when n is negative.
Tensor eye(Index n, DType dtype = f32);

// A number, a list, or a list of such lists, to any depth: what tensor() is made from. Error when rows differ in shape.
class NestedList {
 public:
  NestedList(double value) : values_{value} {}
  NestedList(std::initializer_list<NestedList> rows);

  // The shape of the nesting.
  const Shape& shape() const& {
    moved_.check("tensor");
    return shape_;
  }
  const Shape& shape() const&& = delete;  // keep the list first
  // Its numbers, row-major.
  std::span<const double> values() const& {
    moved_.check("tensor");
    return values_;
  }
  std::span<const double> values() const&& = delete;

 private:
  Shape shape_;
  std::vector<double> values_;
  detail::MovedMark moved_;
};

// From numbers written out: tensor({1, 2, 3}) is [3], tensor({{1, 2}, {3, 4}}) is [2, 2], tensor({{1}, {2}}) is [2, 1].
Tensor tensor(const NestedList& values, DType dtype = f32);

// A single number, of rank 0.
Tensor scalar(double value, DType dtype = f32);

// A copy of `values`, row-major. Error when their count is not that of `shape`.
Tensor from_values(std::span<const float> values, const Shape& shape);
Tensor from_values(std::span<const double> values, const Shape& shape);
Tensor from_values(std::span<const std::int64_t> values, const Shape& shape);
Tensor from_values(std::span<const bool> values, const Shape& shape);
Tensor from_values(std::initializer_list<double> values, const Shape& shape, DType dtype = f32);

// Random numbers, spread evenly from `low` up to `high`; the call advances the generator. f32 and f64 only. Error when
// low > high.
Tensor uniform(const Shape& shape, Generator& generator, double low = 0, double high = 1, DType dtype = f32);

// Random numbers, normal with this mean and standard deviation; the call advances the generator. f32 and f64 only.
// Error when the deviation is negative.
Tensor normal(const Shape& shape, Generator& generator, double mean = 0, double deviation = 1, DType dtype = f32);

// A bool tensor, true with this probability. Error when it is not from 0 to 1.
Tensor bernoulli(const Shape& shape, double probability, Generator& generator);

// Whole numbers, i64, evenly from `low` to `high` - 1, or from 0; each call advances the generator. Error when there is
// none between.
Tensor randint(Index low, Index high, const Shape& shape, Generator& generator);
Tensor randint(Index high, const Shape& shape, Generator& generator);

// The i64 numbers 0 … n-1 in random order.
Tensor permutation(Index n, Generator& generator);

}  // namespace glance
