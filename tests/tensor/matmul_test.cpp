// Products of every layout, size and batch against the definition.
#include "glance/tensor/matmul.h"

#include <array>
#include <atomic>
#include <cmath>
#include <limits>
#include <random>
#include <thread>
#include <vector>

#include "glance/tensor/create.h"
#include "glance/tensor/join.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"

namespace glance {
namespace {

using Floats = std::vector<float>;

Tensor random_tensor(const Shape& shape, DType dtype, std::mt19937& random) {
  std::uniform_real_distribution<double> draw(-1, 1);
  const Tensor x(shape, f64);
  double* values = x.write<double>();
  for (Index i = 0; i < x.numel(); ++i) values[i] = draw(random);
  return to(x, dtype);
}

constexpr int layout_count = 6;

// The elements of a matrix or a batch in another order in memory.
Tensor lay_out(const Tensor& x, int layout) {
  const Index rows = x.shape(-2);
  const Index columns = x.shape(-1);
  Shape room = x.shape();
  Tensor place;
  switch (layout) {
    case 0:
      return x;
    case 1:  // columns together
      return transpose(copy(transpose(x)));
    case 2:  // rows apart
      room[x.rank() - 1] = columns + 5;
      place = slice(Tensor(room, x.dtype()), -1, 2, columns + 2);
      break;
    case 3:  // neither together: must be copied
      room[x.rank() - 1] = 2 * columns;
      place = slice(Tensor(room, x.dtype()), -1, 0, 2 * columns, 2);
      break;
    case 4:  // columns together, and apart
      std::swap(room[x.rank() - 1], room[x.rank() - 2]);
      room[x.rank() - 1] = rows + 3;
      place = transpose(slice(Tensor(room, x.dtype()), -1, 1, rows + 1));
      break;
    default:  // the rows of a batch side by side: [rows, batch, columns]
      if (x.rank() < 3) return x;
      return transpose(copy(transpose(x, -3, -2)), -3, -2);
  }
  assign(place, x);
  return place;
}

// Σ a b, one element at a time, in double.
std::vector<double> naive(const Tensor& a, const Tensor& b, const Shape& batch) {
  Shape a_shape = batch;
  a_shape.push_back(a.shape(-2));
  a_shape.push_back(a.shape(-1));
  Shape b_shape = batch;
  b_shape.push_back(b.shape(-2));
  b_shape.push_back(b.shape(-1));
  const auto left = to(expand(a, a_shape), f64).to_vector<double>();
  const auto right = to(expand(b, b_shape), f64).to_vector<double>();
  const Index m = a.shape(-2), k = a.shape(-1), n = b.shape(-1);
  std::vector<double> result;
  for (Index i = 0; i < batch.numel(); ++i)
    for (Index row = 0; row < m; ++row)
      for (Index column = 0; column < n; ++column) {
        double sum = 0;
        for (Index j = 0; j < k; ++j)
          sum += left[static_cast<std::size_t>((i * m + row) * k + j)] *
                 right[static_cast<std::size_t>((i * k + j) * n + column)];
        result.push_back(sum);
      }
  return result;
}

// The largest difference; infinite when the counts differ.
double distance(const Tensor& x, const std::vector<double>& expected) {
  const auto values = to(x, f64).to_vector<double>();
  if (values.size() != expected.size()) return std::numeric_limits<double>::infinity();
  double most = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double difference = std::abs(values[i] - expected[i]);
    if (!(difference <= most)) most = difference;  // also when it is NaN
  }
  return most;
}

double tolerance(DType dtype) { return dtype == f32 ? 1e-4 : 1e-12; }

TEST_CASE("products by hand") {
  const Tensor a = tensor({{1, 2, 3}, {4, 5, 6}});
  const Tensor b = tensor({{1, 0}, {0, 2}, {3, 1}});
  CHECK(matmul(a, b).shape() == Shape{2, 2});
  CHECK(matmul(a, b).to_vector<float>() == Floats{10, 7, 22, 16});
  CHECK(matmul(transpose(a), transpose(b)).to_vector<float>() == Floats{1, 8, 7, 2, 10, 11, 3, 12, 15});
  const Tensor v = tensor({1, 0, -1});
  CHECK(matmul(a, v).shape() == Shape{2});
  CHECK(matmul(a, v).to_vector<float>() == Floats{-2, -2});
  CHECK(matmul(v, b).shape() == Shape{2});
  CHECK(matmul(v, b).to_vector<float>() == Floats{-2, -1});
  CHECK(matmul(v, v).shape() == Shape{});
  CHECK(matmul(v, v).item() == 2);
  CHECK(matmul(unsqueeze(v, 1), unsqueeze(v, 0)).to_vector<float>() == Floats{1, 0, -1, 0, 0, 0, -1, 0, 1});
  CHECK(matmul(to(a, f64), to(b, f64)).to_vector<double>() == std::vector<double>{10, 7, 22, 16});

  const Tensor batch = stack({a, tensor({{2, 4, 6}, {8, 10, 12}})});
  CHECK(matmul(batch, b).to_vector<float>() == Floats{10, 7, 22, 16, 20, 14, 44, 32});
  CHECK(matmul(batch, v).to_vector<float>() == Floats{-2, -2, -4, -4});
  CHECK(matmul(tensor({1, -1}), batch).to_vector<float>() == Floats{-3, -3, -3, -6, -6, -6});
  CHECK(matmul(v, transpose(batch)).shape() == Shape{2, 2});
}

TEST_CASE("products of any layout agree with the definition") {
  std::mt19937 random(1);
  const std::vector<Index> extents{1, 2, 3, 8, 17, 33};
  const auto any = [&] { return extents[random() % extents.size()]; };
  for (const DType dtype : {f32, f64})
    for (int round = 0; round < 40; ++round) {
      const Index m = any(), n = any(), k = any();
      const Tensor a = random_tensor({m, k}, dtype, random);
      const Tensor b = random_tensor({k, n}, dtype, random);
      const auto expected = naive(a, b, {});
      for (int i = 0; i < layout_count; ++i)
        for (int j = 0; j < layout_count; ++j) {
          const Tensor left = lay_out(a, i);
          const Tensor right = lay_out(b, j);
          CAPTURE(m, n, k, i, j);
          CHECK(distance(matmul(left, right), expected) < tolerance(dtype));
        }
    }
}

TEST_CASE("large products agree with the definition") {
  std::mt19937 random(2);
  for (const auto& [m, n, k] : std::vector<std::array<Index, 3>>{{200, 150, 300}, {1, 900, 500}, {700, 1, 500}}) {
    const Tensor a = random_tensor({m, k}, f32, random);
    const Tensor b = random_tensor({k, n}, f32, random);
    const auto expected = naive(a, b, {});
    for (int i = 0; i < 2; ++i)
      for (int j = 0; j < 2; ++j) CHECK(distance(matmul(lay_out(a, i), lay_out(b, j)), expected) < 1e-3);
  }
}

TEST_CASE("batches broadcast") {
  std::mt19937 random(3);
  const std::vector<std::array<Shape, 3>> cases{
      {Shape{4, 3, 5}, Shape{4, 5, 2}, Shape{4}},       {Shape{4, 3, 5}, Shape{5, 2}, Shape{4}},
      {Shape{3, 5}, Shape{4, 5, 2}, Shape{4}},          {Shape{1, 3, 5}, Shape{4, 5, 2}, Shape{4}},
      {Shape{2, 1, 3, 5}, Shape{4, 5, 2}, Shape{2, 4}}, {Shape{2, 4, 1, 5}, Shape{2, 4, 5, 1}, Shape{2, 4}},
      {Shape{2, 4, 3, 5}, Shape{5, 2}, Shape{2, 4}},    {Shape{4, 3, 5}, Shape{1, 5, 2}, Shape{4}}};
  for (const auto& [a_shape, b_shape, batch] : cases) {
    const Tensor a = random_tensor(a_shape, f32, random);
    const Tensor b = random_tensor(b_shape, f32, random);
    Shape shape = batch;
    shape.push_back(a.shape(-2));
    shape.push_back(b.shape(-1));
    for (int i = 0; i < layout_count; ++i)
      for (int j = 0; j < layout_count; ++j) {
        CAPTURE(to_string(a_shape), to_string(b_shape), i, j);
        const Tensor product = matmul(lay_out(a, i), lay_out(b, j));
        CHECK(product.shape() == shape);
        CHECK(distance(product, naive(a, b, batch)) < 1e-4);
      }
  }
  const Tensor a = random_tensor({3, 5}, f32, random);
  const Tensor repeated = expand(slice(a, 0, 0, 1), {4, 5});
  CHECK(distance(matmul(a, transpose(repeated)), naive(a, transpose(repeated), {})) < 1e-4);
  CHECK(distance(matmul(repeated, transpose(a)), naive(repeated, transpose(a), {})) < 1e-4);
  const Tensor many = expand(a, {6, 3, 5});
  CHECK(distance(matmul(many, transpose(many)), naive(many, transpose(many), {6})) < 1e-4);
}

TEST_CASE("empty products are empty or zero") {
  CHECK(matmul(zeros({2, 0}), zeros({0, 3})).to_vector<float>() == Floats(6, 0));
  CHECK(matmul(zeros({0, 4}), zeros({4, 3})).shape() == Shape{0, 3});
  CHECK(matmul(zeros({2, 4}), zeros({4, 0})).shape() == Shape{2, 0});
  CHECK(matmul(zeros({0}), zeros({0})).item() == 0);
  CHECK(matmul(zeros({0, 2, 3}), zeros({0, 3, 4})).shape() == Shape{0, 2, 4});
  CHECK(matmul(zeros({5, 2, 0}), zeros({0, 4})).to_vector<float>() == Floats(40, 0));
  CHECK(matmul(zeros({5, 2, 0}), zeros({5, 0, 1})).to_vector<float>() == Floats(10, 0));
  const Tensor out = full({2, 3}, 7);
  multiply_into(out, zeros({2, 0}), zeros({0, 3}), true);
  CHECK(out.to_vector<float>() == Floats(6, 7));
  multiply_into(out, zeros({2, 0}), zeros({0, 3}), false);
  CHECK(out.to_vector<float>() == Floats(6, 0));
}

TEST_CASE("strided rows are not copied") {
  // More memory than the result would have to hold a factor again.
  const auto extra_memory = [](const Tensor& a, const Tensor& b) {
    reset_peak_storage();
    const auto before = storage_statistics().peak_bytes;
    matmul(a, b);
    return storage_statistics().peak_bytes - before;
  };
  constexpr Index factor = 128 * 512 * sizeof(float);
  const Tensor sequence = ones({128, 3, 512});
  const Tensor step = select(sequence, 1, 1);
  CHECK(extra_memory(step, ones({512, 1})) < factor);
  CHECK(extra_memory(ones({1, 512}), transpose(step)) < factor);
  CHECK(extra_memory(ones({3, 1, 128}), transpose(sequence, 0, 1)) < 3 * factor);
  CHECK(extra_memory(sequence, ones({512, 1})) < factor);
  CHECK(extra_memory(slice(sequence, 2, 0, 512, 2), ones({256, 1})) >= factor / 2);  // steps of 2 are
}

TEST_CASE("multiply_into writes over or adds") {
  std::mt19937 random(4);
  for (const DType dtype : {f32, f64})
    for (const auto& [m, n, k] : std::vector<std::array<Index, 3>>{
             {3, 4, 5}, {1, 4, 5}, {3, 1, 5}, {1, 1, 5}, {3, 4, 1}, {40, 50, 60}, {1, 90, 80}, {90, 1, 80}}) {
      const Tensor a = random_tensor({m, k}, dtype, random);
      const Tensor b = random_tensor({k, n}, dtype, random);
      const auto product = naive(a, b, {});
      for (int i = 0; i < layout_count; ++i)
        for (int j = 0; j < layout_count; ++j) {
          CAPTURE(m, n, k, i, j);
          // What was in `out` does not matter, and what is beside it stays.
          const Tensor wide = full({m, n + 2}, std::nan(""), dtype);
          const Tensor out = slice(wide, 1, 1, n + 1);
          const auto version = wide.version();
          multiply_into(out, lay_out(a, i), lay_out(b, j), false);
          CHECK(wide.version() > version);
          CHECK(distance(out, product) < tolerance(dtype));
          for (const Index beside : {Index{0}, n + 1})
            for (const double x : to(select(wide, 1, beside), f64).to_vector<double>()) CHECK(std::isnan(x));
          multiply_into(out, lay_out(a, i), lay_out(b, j), true);
          auto twice = product;
          for (double& x : twice) x *= 2;
          CHECK(distance(out, twice) < 2 * tolerance(dtype));
        }
    }
  const Tensor a = random_tensor({4, 3, 5}, f32, random);
  const Tensor b = random_tensor({4, 5, 2}, f32, random);
  const Tensor out = transpose(full({3, 4, 2}, 1), 0, 1);
  multiply_into(out, a, transpose(copy(transpose(b))), true);
  auto expected = naive(a, b, {4});
  for (double& x : expected) x += 1;
  CHECK(distance(out, expected) < 1e-4);
}

TEST_CASE("NaN and infinity go where they belong") {
  const double nan = std::nan("");
  const double infinity = std::numeric_limits<double>::infinity();
  // Nothing is skipped because the other factor is zero: 0 · ∞ and 0 · NaN are NaN.
  for (const DType dtype : {f32, f64})
    for (const Index m : {1, 3, 70})
      for (const Index n : {1, 3, 70})
        for (const Index k : {1, 5, 300})
          for (const double bad : {nan, infinity})
            for (int layout = 0; layout < 2; ++layout) {
              CAPTURE(m, n, k, bad, layout);
              const Tensor a = lay_out(zeros({m, k}, dtype), layout);
              const Tensor b = lay_out(ones({k, n}, dtype), layout);
              assign(select(select(b, 0, k - 1), 0, n - 1), scalar(bad, dtype));
              const Tensor product = matmul(a, b);
              CHECK(std::isnan(select(select(product, 0, m - 1), 0, n - 1).item()));
              if (n > 1) CHECK(select(select(product, 0, m - 1), 0, 0).item() == 0);
            }
}

TEST_CASE("products that cannot be are refused") {
  CHECK_THROWS_WITH(matmul(zeros({2, 3}), zeros({4, 5})), "matmul: [2, 3] x [4, 5]: inner dimensions 3 and 4 differ");
  CHECK_THROWS_WITH(matmul(scalar(1), zeros({4})),
                    "matmul: [] x [4]: a scalar has no dimension to multiply over; use *");
  CHECK_THROWS_WITH(matmul(zeros({2, 3, 4}), zeros({3, 4, 5})),
                    "matmul: [2, 3, 4] x [3, 4, 5]: the leading dimensions [2] and [3] do not broadcast");
  CHECK_THROWS_WITH(matmul(zeros({2, 3}), zeros({3, 2}, f64)),
                    "matmul: dtypes f32 and f64 differ: convert one with to(x, f64)");
  CHECK_THROWS_WITH(matmul(zeros({2, 3}, i64), zeros({3, 2}, i64)),
                    "matmul: dtype i64: only f32 and f64 are supported; convert with to(x, f32)");
  CHECK_THROWS_WITH(matmul(zeros({2, 3}), zeros({3, 2}, boolean)),
                    "matmul: dtypes f32 and bool differ: convert one with to(x, f32)");
  CHECK_THROWS_WITH(matmul(Tensor(), zeros({3})), "tensor: an undefined tensor was used: give it a value first");

  const Tensor a = zeros({2, 3});
  const Tensor b = zeros({3, 4});
  CHECK_THROWS_WITH(multiply_into(zeros({2, 5}), a, b, false),
                    "multiply_into: [2, 3] x [3, 4] gives [2, 4], but out is [2, 5]");
  CHECK_THROWS_WITH(multiply_into(zeros({2, 4}, f64), a, b, false),
                    "multiply_into: dtypes f64 and f32 differ: convert one with to(x, f64)");
  CHECK_THROWS_WITH(multiply_into(zeros({2, 4}), to(a, i64), to(b, i64), false),
                    "multiply_into: dtype i64: only f32 and f64 are supported; convert with to(x, f32)");
  CHECK_THROWS_WITH(multiply_into(zeros({2}), a, zeros({3}), false),
                    "multiply_into: [2, 3] x [3]: give two matrices, or two batches [batch, rows, columns]");
  CHECK_THROWS_WITH(multiply_into(zeros({5, 2, 4}), zeros({5, 2, 3}), b, false),
                    "multiply_into: [5, 2, 3] x [3, 4]: give two matrices, or two batches [batch, rows, columns]");
  CHECK_THROWS_WITH(multiply_into(zeros({2, 4}), a, transpose(b), false),
                    "matmul: [2, 3] x [4, 3]: inner dimensions 3 and 4 differ");
  const std::string rows = "multiply_into: out [2, 4] is not made of contiguous rows, one after another in memory";
  CHECK_THROWS_WITH(multiply_into(transpose(zeros({4, 2})), a, b, false), rows);
  CHECK_THROWS_WITH(multiply_into(slice(zeros({2, 8}), 1, 0, 8, 2), a, b, false), rows);
  CHECK_THROWS_WITH(multiply_into(expand(zeros({1, 4}), {2, 4}), a, b, false), rows);
}

TEST_CASE("out may share a tensor with a factor but no element") {
  const Tensor x = ones({4, 12});
  const Tensor left = slice(x, 1, 0, 4);
  const Tensor right = slice(x, 1, 8, 12);
  multiply_into(right, left, left, false);
  CHECK(select(x, 0, 1).to_vector<float>() == Floats{1, 1, 1, 1, 1, 1, 1, 1, 4, 4, 4, 4});
  multiply_into(slice(x, 1, 4, 8), transpose(right), left, false);
  CHECK(select(x, 0, 1).to_vector<float>() == Floats{1, 1, 1, 1, 16, 16, 16, 16, 4, 4, 4, 4});
  const Tensor rows = ones({8, 4});
  multiply_into(slice(rows, 0, 4, 8), slice(rows, 0, 0, 4), slice(rows, 0, 0, 4), false);
  CHECK(select(rows, 0, 7).to_vector<float>() == Floats(4, 4));
  multiply_into(slice(rows, 0, 0, 4), slice(rows, 0, 4, 8), slice(rows, 0, 4, 8), false);
  CHECK(select(rows, 0, 0).to_vector<float>() == Floats(4, 64));

  const std::string text = "multiply_into: out [4, 4] shares elements with a factor: copy(x) the factor first";
  const auto before = x.to_vector<float>();
  CHECK_THROWS_WITH(multiply_into(left, left, right, false), text);
  CHECK_THROWS_WITH(multiply_into(left, right, left, false), text);
  CHECK_THROWS_WITH(multiply_into(left, right, transpose(left), false), text);
  CHECK_THROWS_WITH(multiply_into(left, right, reshape(slice(flatten(x), 0, 8, 24), {4, 4}), false), text);
  CHECK_THROWS_WITH(multiply_into(slice(x, 1, 3, 7), left, right, false), text);
  CHECK_THROWS_WITH(multiply_into(slice(x, 1, 6, 10), left, right, false), text);
  CHECK_THROWS_WITH(multiply_into(slice(rows, 0, 2, 6), slice(rows, 0, 0, 4), right, false), text);
  CHECK(x.to_vector<float>() == before);

  const Tensor steps = ones({3, 5, 8});
  multiply_into(slice(steps, 2, 4, 8), slice(steps, 2, 0, 4), ones({3, 4, 4}), true);
  CHECK(select(select(steps, 0, 2), 0, 4).to_vector<float>() == Floats{1, 1, 1, 1, 5, 5, 5, 5});
  CHECK_THROWS_AS(multiply_into(slice(steps, 2, 3, 7), slice(steps, 2, 0, 4), ones({3, 4, 4}), true), Error);
}

TEST_CASE("threads multiply at once") {
  std::mt19937 random(7);
  const Tensor a = random_tensor({60, 70}, f32, random);
  const Tensor b = random_tensor({70, 50}, f32, random);
  const Tensor row = random_tensor({1, 700}, f32, random);
  const Tensor wide = random_tensor({700, 300}, f32, random);
  const auto product = matmul(a, b).to_vector<float>();
  const auto line = matmul(row, wide).to_vector<float>();
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        if (matmul(a, b).to_vector<float>() != product) ++wrong;
        if (matmul(row, wide).to_vector<float>() != line) ++wrong;
      }
    });
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
}

}  // namespace
}  // namespace glance
