// Sort and topk order equals and NaN as they promise.
#include "glance/tensor/sort.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include "glance/tensor/create.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"

namespace glance {
namespace {

using List = std::vector<Index>;
using Floats = std::vector<float>;

constexpr float infinity = std::numeric_limits<float>::infinity();

TEST_CASE("sort orders values and says where they stood") {
  const Tensor x = tensor({{3, 1, 2}, {1, 3, 1}});
  const auto [values, indices] = sort(x);
  CHECK(values.to_vector<float>() == Floats{1, 2, 3, 1, 1, 3});
  CHECK(indices.to_vector<Index>() == List{1, 2, 0, 0, 2, 1});
  const Sorted down = sort(x, -1, true);
  CHECK(down.values.to_vector<float>() == Floats{3, 2, 1, 3, 1, 1});
  CHECK(down.indices.to_vector<Index>() == List{0, 2, 1, 1, 0, 2});
  const Sorted columns = sort(x, 0);
  CHECK(columns.values.to_vector<float>() == Floats{1, 1, 1, 3, 3, 2});
  CHECK(columns.indices.to_vector<Index>() == List{1, 0, 1, 0, 1, 0});
  CHECK(columns.values.is_dense());
  CHECK(argsort(transpose(x), 0, true).to_vector<Index>() == List{0, 1, 2, 0, 1, 2});
  CHECK(x.to_vector<float>() == Floats{3, 1, 2, 1, 3, 1});

  CHECK(sort(tensor({5, -7, 5}, i64)).values.to_vector<Index>() == List{-7, 5, 5});
  CHECK(argsort(tensor({1, 0, 1, 0}, boolean)).to_vector<Index>() == List{1, 3, 0, 2});
  CHECK(sort(zeros({2, 0})).values.shape() == Shape{2, 0});
  CHECK(sort(zeros({0, 2}), 0).indices.shape() == Shape{0, 2});
  CHECK_THROWS_WITH(sort(x, 2), "sort: [2, 3] has no dimension 2");
  CHECK_THROWS_WITH(argsort(scalar(1)), "argsort: [] has no dimension -1");
}

TEST_CASE("NaN is the greatest") {
  const float nan = std::nanf("");
  const Tensor x = tensor({nan, 1, infinity, nan, -infinity});
  CHECK(argsort(x).to_vector<Index>() == List{4, 1, 2, 0, 3});
  CHECK(argsort(x, 0, true).to_vector<Index>() == List{0, 3, 2, 1, 4});
  CHECK(topk(x, 3).indices.to_vector<Index>() == List{0, 3, 2});
  CHECK(topk(x, 3, 0, false).indices.to_vector<Index>() == List{4, 1, 2});
  CHECK(std::isnan(topk(x, 1).values.item()));
}

TEST_CASE("topk gives the best first, and of equals the first") {
  const Tensor x = tensor({{1, 4, 4, 2, 4}, {0, 0, 0, 0, 1}});
  const auto [values, indices] = topk(x, 2);
  CHECK(values.to_vector<float>() == Floats{4, 4, 1, 0});
  CHECK(indices.to_vector<Index>() == List{1, 2, 4, 0});
  CHECK(topk(x, 2, -1, false).indices.to_vector<Index>() == List{0, 3, 0, 1});
  const Sorted columns = topk(x, 1, 0);
  CHECK(columns.values.to_vector<float>() == Floats{1, 4, 4, 2, 4});
  CHECK(columns.indices.to_vector<Index>() == List{0, 0, 0, 0, 0});
  CHECK(topk(x, 0).values.shape() == Shape{2, 0});
  CHECK(topk(tensor({3, 9, 9}, i64), 3).indices.to_vector<Index>() == List{1, 2, 0});
  CHECK(topk(zeros({0, 3}), 2).values.shape() == Shape{0, 2});
  CHECK_THROWS_WITH(topk(x, 6), "topk: 6 of dimension 1 of [2, 5]: ask for 0 to 5");
  CHECK_THROWS_WITH(topk(x, -1, 0), "topk: -1 of dimension 0 of [2, 5]: ask for 0 to 2");
  CHECK_THROWS_WITH(topk(x, 1, 2), "topk: [2, 5] has no dimension 2");
}

TEST_CASE("topk is the beginning of a stable sort") {
  std::mt19937 random(5);
  for (const Index n : {1, 2, 7, 100, 1000}) {
    const Tensor x(Shape{n}, f32);
    float* value = x.write<float>();
    for (Index i = 0; i < n; ++i) value[i] = static_cast<float>(random() % 20);  // with many equals
    for (const bool largest : {true, false}) {
      List order(static_cast<std::size_t>(n));
      std::iota(order.begin(), order.end(), 0);
      std::stable_sort(order.begin(), order.end(),
                       [&](Index a, Index b) { return largest ? value[a] > value[b] : value[a] < value[b]; });
      CHECK(argsort(x, 0, largest).to_vector<Index>() == order);
      for (const Index k : {Index{1}, n / 2, n - 1, n}) {
        const auto [values, indices] = topk(x, k, 0, largest);
        CHECK(indices.to_vector<Index>() == List(order.begin(), order.begin() + k));
        for (Index i = 0; i < k; ++i) CHECK(values.read<float>()[i] == value[order[static_cast<std::size_t>(i)]]);
      }
    }
  }
}

}  // namespace
}  // namespace glance
