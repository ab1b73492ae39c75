// Indexing by hand, with indices that repeat, wrap around or are out of range.
#include "glance/tensor/indexing.h"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/random.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"

namespace glance {
namespace {

using List = std::vector<Index>;
using Floats = std::vector<float>;

// 0 … 11 as [3, 4].
Tensor counted() { return reshape(arange(0, 12, 1, f32), {3, 4}); }

// A [2, 3, 4] that is dense, and the same elements with each other order of dimensions in memory.
std::vector<Tensor> layouts() {
  const Tensor x = reshape(arange(0, 24, 1, f32), {2, 3, 4});
  return {x, transpose(copy(transpose(x, 0, 1)), 0, 1), transpose(copy(transpose(x, 0, 2)), 0, 2),
          transpose(copy(transpose(x, 1, 2)), 1, 2)};
}

TEST_CASE("gather picks along a dimension") {
  const Tensor x = counted();
  CHECK(gather(x, 1, tensor({{3, 0}, {1, 1}, {2, 3}}, i64)).to_vector<float>() == Floats{3, 0, 5, 5, 10, 11});
  CHECK(gather(x, 0, tensor({{2, 0, 1, 2}}, i64)).to_vector<float>() == Floats{8, 1, 6, 11});
  CHECK(gather(x, -1, tensor({{3}, {0}, {1}}, i64)).to_vector<float>() == Floats{3, 4, 9});
  // Indices may leave out the end of the other dimensions.
  CHECK(gather(x, 1, tensor({{1, 2}}, i64)).to_vector<float>() == Floats{1, 2});
  CHECK(gather(x, 1, zeros({3, 0}, i64)).shape() == Shape{3, 0});
  CHECK(gather(to(x, boolean), 1, tensor({{0}, {1}, {2}}, i64)).to_vector<bool>() ==
        std::vector<bool>{false, true, true});

  const Tensor at = transpose(tensor({{3, 1, 2}, {0, 1, 3}}, i64));
  CHECK(gather(x, 1, at).to_vector<float>() == Floats{3, 0, 5, 5, 10, 11});
  for (const Tensor& y : layouts()) {
    const Tensor places = tensor({{{2, 0, 1, 1}}, {{0, 0, 2, 1}}}, i64);
    CHECK(gather(y, 1, places).to_vector<float>() == Floats{8, 1, 6, 7, 12, 13, 22, 19});
    CHECK(gather(y, 2, tensor({{{3}, {0}}}, i64)).to_vector<float>() == Floats{3, 4});
  }
}

TEST_CASE("gather and its reverse refuse what does not fit") {
  const Tensor x = counted();
  CHECK_THROWS_WITH(gather(x, 1, tensor({{0, 1}, {2, 4}}, i64)),
                    "gather: index 4 at [1, 1] is out of range: dimension 1 of [3, 4] has 4 entries, counted from 0");
  CHECK_THROWS_WITH(gather(x, 0, tensor({{0, 1}, {2, -1}}, i64)),
                    "gather: index -1 at [1, 1] is out of range: dimension 0 of [3, 4] has 3 entries, counted from 0");
  CHECK_THROWS_WITH(gather(zeros({1, 0}), 1, zeros({1, 1}, i64)),
                    "gather: index 0 at [0, 0] is out of range: dimension 1 of [1, 0] has 0 entries, counted from 0");
  CHECK_THROWS_WITH(gather(x, 1, zeros({3, 1})), "gather: indices are f32, expected i64: convert with to(x, i64)");
  CHECK_THROWS_WITH(gather(x, 1, zeros({3}, i64)),
                    "gather: indices [3] do not fit x [3, 4]: the ranks must be equal and no extent larger, except in "
                    "dimension 1");
  CHECK_THROWS_WITH(gather(x, 1, zeros({4, 1}, i64)),
                    "gather: indices [4, 1] do not fit x [3, 4]: the ranks must be equal and no extent larger, except "
                    "in dimension 1");
  CHECK_THROWS_WITH(gather(x, 2, zeros({3, 1}, i64)), "gather: [3, 4] has no dimension 2");

  const Tensor at = zeros({3, 2}, i64);
  CHECK_THROWS_WITH(
      scatter_add(x, 1, at, zeros({3, 1})),
      "scatter_add: indices [3, 2] do not fit source [3, 1]: the ranks must be equal and no extent larger");
  CHECK_THROWS_WITH(scatter_add(x, 1, zeros({4, 2}, i64), zeros({4, 2})),
                    "scatter_add: indices [4, 2] do not fit x [3, 4]: the ranks must be equal and no extent larger, "
                    "except in dimension 1");
  CHECK_THROWS_WITH(scatter_add(x, 1, at, zeros({3, 2}, f64)),
                    "scatter_add: dtypes f32 and f64 differ: convert one with to(x, f64)");
  CHECK_THROWS_WITH(scatter_add(x, 1, full({3, 2}, 9, i64), zeros({3, 2})),
                    "scatter_add: index 9 at [0, 0] is out of range: dimension 1 of [3, 4] has 4 entries, counted from "
                    "0");
  CHECK_THROWS_WITH(scatter_add(x, 1, zeros({3, 2}), zeros({3, 2})),
                    "scatter_add: indices are f32, expected i64: convert with to(x, i64)");
  CHECK_THROWS_WITH(scatter_add(to(x, boolean), 1, at, zeros({3, 2}, boolean)),
                    "scatter_add: dtype bool: only numbers are supported; convert with to(x, f32)");
}

TEST_CASE("scatter_add adds where gather would read") {
  const Tensor x = counted();
  const Tensor at = tensor({{3, 3}, {0, 1}}, i64);
  const Tensor source = tensor({{10, 20, 99}, {30, 40, 99}});
  const Tensor sum = scatter_add(x, 1, at, source);
  CHECK(sum.to_vector<float>() == Floats{0, 1, 2, 33, 34, 45, 6, 7, 8, 9, 10, 11});
  CHECK_FALSE(sum.shares_storage(x));
  CHECK(x.to_vector<float>()[3] == 3);
  CHECK(scatter_add(to(x, i64), 1, at, to(source, i64)).dtype() == i64);

  // Against the definition, for every layout and dimension.
  std::mt19937 random(3);
  for (const Tensor& y : layouts())
    for (int dim = 0; dim < 3; ++dim) {
      Shape shape{2, 2, 3};
      shape[dim] = 5;
      const Tensor indices(shape, i64);
      Index* place = indices.write<Index>();
      for (Index i = 0; i < indices.numel(); ++i)
        place[i] = static_cast<Index>(random() % static_cast<unsigned>(y.shape()[dim]));
      Shape turned = shape;
      std::swap(turned[0], turned[2]);
      const Tensor more =
          transpose(reshape(arange(0, 0.5 * static_cast<double>(shape.numel()), 0.5, f32), turned), 0, 2);
      Floats expected = y.to_vector<float>();
      const auto added = more.to_vector<float>();
      std::size_t n = 0;
      for (Index a = 0; a < shape[0]; ++a)
        for (Index b = 0; b < shape[1]; ++b)
          for (Index c = 0; c < shape[2]; ++c, ++n) {
            Index to[] = {a, b, c};
            to[dim] = place[n];
            expected[static_cast<std::size_t>((to[0] * 3 + to[1]) * 4 + to[2])] += added[n];
          }
      CHECK(scatter_add(y, dim, indices, more).to_vector<float>() == expected);
    }
}

TEST_CASE("index_select takes entries, and index_add gives them back") {
  const Tensor x = counted();
  const Tensor at = tensor({2, 0, 2}, i64);
  CHECK(index_select(x, 0, at).to_vector<float>() == Floats{8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11});
  CHECK(index_select(x, 1, at).to_vector<float>() == Floats{2, 0, 2, 6, 4, 6, 10, 8, 10});
  CHECK(index_select(x, 0, slice(arange(5), 0, 0, 3, 2)).to_vector<float>() == Floats{0, 1, 2, 3, 8, 9, 10, 11});
  CHECK(index_select(x, 1, zeros({0}, i64)).shape() == Shape{3, 0});
  CHECK(index_select(arange(3), 0, at).to_vector<Index>() == List{2, 0, 2});

  const Tensor added = index_add(x, 1, at, full({3, 3}, 100));
  CHECK(added.to_vector<float>() == Floats{100, 1, 202, 3, 104, 5, 206, 7, 108, 9, 210, 11});
  CHECK(x.to_vector<float>()[0] == 0);

  for (const Tensor& y : layouts())
    for (int dim = 0; dim < 3; ++dim) {
      const Tensor places = tensor({1, 1, 0}, i64);
      const Tensor taken = index_select(y, dim, places);
      const Tensor back = index_add(zeros({2, 3, 4}), dim, places, transpose(copy(transpose(taken, 0, 2)), 0, 2));
      for (Index i = 0; i < 3; ++i)
        CHECK(select(taken, dim, i).to_vector<float>() ==
              select(y, dim, places.values<Index>()[static_cast<std::size_t>(i)]).to_vector<float>());
      Floats twice = select(y, dim, 1).to_vector<float>();
      for (float& f : twice) f *= 2;
      CHECK(select(back, dim, 0).to_vector<float>() == select(y, dim, 0).to_vector<float>());
      CHECK(select(back, dim, 1).to_vector<float>() == twice);
    }

  CHECK_THROWS_WITH(
      index_select(x, 1, tensor({0, 4}, i64)),
      "index_select: index 4 at [1] is out of range: dimension 1 of [3, 4] has 4 entries, counted from 0");
  CHECK_THROWS_WITH(index_select(x, 0, zeros({1, 1}, i64)), "index_select: indices are [1, 1], expected [n]");
  CHECK_THROWS_WITH(index_select(x, 0, zeros({1})),
                    "index_select: indices are f32, expected i64: convert with to(x, i64)");
  CHECK_THROWS_WITH(index_select(x, 2, at), "index_select: [3, 4] has no dimension 2");
  CHECK_THROWS_WITH(index_add(x, 0, at, zeros({2, 4})), "index_add: source is [2, 4], expected [3, 4]");
  CHECK_THROWS_WITH(index_add(x, 0, at, zeros({3, 4}, f64)),
                    "index_add: source is f64, expected f32: convert with to(x, f32)");
  CHECK_THROWS_WITH(index_add(x, 0, zeros({}, i64), zeros({1, 4})), "index_add: indices are [], expected [n]");
  CHECK_THROWS_WITH(index_add(x, 0, tensor({0, 3, 1}, i64), zeros({3, 4})),
                    "index_add: index 3 at [1] is out of range: dimension 0 of [3, 4] has 3 entries, counted from 0");
}

TEST_CASE("take_rows looks rows up") {
  const Tensor table = counted();
  const Tensor at = tensor({{2, 0}, {1, 2}}, i64);
  const Tensor rows = take_rows(table, at);
  CHECK(rows.shape() == Shape{2, 2, 4});
  CHECK(rows.to_vector<float>() == Floats{8, 9, 10, 11, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  CHECK(take_rows(table, scalar(1, i64)).to_vector<float>() == Floats{4, 5, 6, 7});
  CHECK(take_rows(table, zeros({0}, i64)).shape() == Shape{0, 4});
  CHECK(take_rows(slice(table, 1, 1, 3), tensor({1}, i64)).to_vector<float>() == Floats{5, 6});
  CHECK(take_rows(transpose(table), tensor({1}, i64)).to_vector<float>() == Floats{1, 5, 9});
  CHECK(take_rows(table, transpose(at)).to_vector<float>()[4] == 4);
  CHECK_THROWS_WITH(
      take_rows(table, tensor({{0, 1}, {2, 3}}, i64)),
      "take_rows: index 3 at [1, 1] is out of range: dimension 0 of [3, 4] has 3 entries, counted from 0");
  CHECK_THROWS_WITH(take_rows(table, scalar(-1, i64)),
                    "take_rows: index -1 at [] is out of range: dimension 0 of [3, 4] has 3 entries, counted from 0");
  CHECK_THROWS_WITH(take_rows(arange(3), at), "take_rows: the table is [3], expected [n, features]");
  CHECK_THROWS_WITH(take_rows(table, zeros({2})), "take_rows: indices are f32, expected i64: convert with to(x, i64)");
}

TEST_CASE("add_rows_into adds in order") {
  const Tensor table = zeros({3, 2});
  const Tensor at = tensor({{2, 0}, {2, 2}}, i64);
  const auto version = table.version();
  add_rows_into(table, at, reshape(arange(0, 8, 1, f32), {2, 2, 2}));
  CHECK(table.to_vector<float>() == Floats{2, 3, 0, 0, 10, 13});
  CHECK(table.version() > version);

  // In f32 2^24 + 1 is 2^24 again, so that (2^24 + 1) + 1 and (1 + 1) + 2^24 differ: the order shows.
  const Tensor first = zeros({1, 1});
  add_rows_into(first, zeros({3}, i64), tensor({{16777216}, {1}, {1}}));
  CHECK(first.item() == 16777216);
  const Tensor last = zeros({1, 1});
  add_rows_into(last, zeros({3}, i64), tensor({{1}, {1}, {16777216}}));
  CHECK(last.item() == 16777218);

  const Tensor wide = zeros({2, 4});
  add_rows_into(slice(wide, 1, 1, 3), tensor({1}, i64), transpose(tensor({{7}, {8}})));
  CHECK(wide.to_vector<float>() == Floats{0, 0, 0, 0, 0, 7, 8, 0});

  const auto untouched = table.to_vector<float>();
  CHECK_THROWS_WITH(
      add_rows_into(table, tensor({0, 3}, i64), ones({2, 2})),
      "add_rows_into: index 3 at [1] is out of range: dimension 0 of [3, 2] has 3 entries, counted from 0");
  CHECK(table.to_vector<float>() == untouched);
  CHECK_THROWS_WITH(add_rows_into(table, at, zeros({4, 2})), "add_rows_into: rows is [4, 2], expected [2, 2, 2]");
  CHECK_THROWS_WITH(add_rows_into(table, at, zeros({2, 2, 2}, f64)),
                    "add_rows_into: rows is f64, expected f32: convert with to(x, f32)");
  CHECK_THROWS_WITH(add_rows_into(zeros({3}), at, zeros({2, 2})),
                    "add_rows_into: the table is [3], expected [n, features]");
  CHECK_THROWS_WITH(add_rows_into(transpose(zeros({2, 3})), at, zeros({2, 2, 2})),
                    "add_rows_into: the rows of the table [3, 2] are not contiguous");
  CHECK_THROWS_WITH(add_rows_into(table, zeros({2}), zeros({2, 2})),
                    "add_rows_into: indices are f32, expected i64: convert with to(x, i64)");
}

TEST_CASE("one_hot") {
  const Tensor x = one_hot(tensor({2, 0}, i64), 3);
  CHECK(x.dtype() == f32);
  CHECK(x.to_vector<float>() == Floats{0, 0, 1, 1, 0, 0});
  CHECK(one_hot(tensor({{1}}, i64), 2, boolean).to_vector<bool>() == std::vector<bool>{false, true});
  CHECK(one_hot(zeros({0}, i64), 5).shape() == Shape{0, 5});
  CHECK(one_hot(scalar(1, i64), 2, i64).to_vector<Index>() == List{0, 1});
  CHECK_THROWS_WITH(one_hot(tensor({0, 3}, i64), 3),
                    "one_hot: index 3 at [1] is out of range: the result has 3 entries, counted from 0");
  CHECK_THROWS_WITH(one_hot(zeros({1}, i64), 0),
                    "one_hot: index 0 at [0] is out of range: the result has 0 entries, counted from 0");
  CHECK_THROWS_WITH(one_hot(zeros({1}, i64), -1), "one_hot: -1 classes: give at least 0");
  CHECK_THROWS_WITH(one_hot(zeros({1}), 3), "one_hot: indices are f32, expected i64: convert with to(x, i64)");
}

TEST_CASE("tril and triu keep a triangle") {
  constexpr Index last = std::numeric_limits<Index>::max();
  constexpr Index first = std::numeric_limits<Index>::min();
  const Tensor x = reshape(arange(1, 13), {3, 4});
  CHECK(tril(x).to_vector<Index>() == List{1, 0, 0, 0, 5, 6, 0, 0, 9, 10, 11, 0});
  CHECK(tril(x, 1).to_vector<Index>() == List{1, 2, 0, 0, 5, 6, 7, 0, 9, 10, 11, 12});
  CHECK(tril(x, -1).to_vector<Index>() == List{0, 0, 0, 0, 5, 0, 0, 0, 9, 10, 0, 0});
  CHECK(triu(x).to_vector<Index>() == List{1, 2, 3, 4, 0, 6, 7, 8, 0, 0, 11, 12});
  CHECK(triu(x, 2).to_vector<Index>() == List{0, 0, 3, 4, 0, 0, 0, 8, 0, 0, 0, 0});
  CHECK(triu(x, -1).to_vector<Index>() == List{1, 2, 3, 4, 5, 6, 7, 8, 0, 10, 11, 12});
  CHECK(tril(x, last).to_vector<Index>() == x.to_vector<Index>());
  CHECK(triu(x, first).to_vector<Index>() == x.to_vector<Index>());
  CHECK(tril(x, first).to_vector<Index>() == List(12, 0));
  CHECK(triu(x, last).to_vector<Index>() == List(12, 0));

  const Tensor batch = expand(tensor({{1, 2}, {3, 4}}), {2, 2, 2});
  CHECK(tril(batch).to_vector<float>() == Floats{1, 0, 3, 4, 1, 0, 3, 4});
  CHECK(triu(transpose(batch)).to_vector<float>() == Floats{1, 3, 0, 4, 1, 3, 0, 4});
  CHECK(tril(ones({2, 2}, boolean)).to_vector<bool>() == std::vector<bool>{true, false, true, true});
  CHECK(tril(zeros({2, 0})).shape() == Shape{2, 0});
  CHECK(tril(zeros({0, 2})).shape() == Shape{0, 2});
  CHECK_THROWS_WITH(tril(arange(3)), "tril: [3] has no matrices: give at least two dimensions");
  CHECK_THROWS_WITH(triu(scalar(1)), "triu: [] has no matrices: give at least two dimensions");
}

TEST_CASE("scatter puts numbers where gather would read, the last of several staying") {
  const Tensor x = tensor({{1, 2, 3}, {4, 5, 6}});
  const Tensor at = tensor({{2, 0}, {1, 1}}, i64);
  const Tensor source = tensor({{10, 20, 99}, {30, 40, 99}});
  CHECK(same(scatter(x, 1, at, source), tensor({{20, 2, 10}, {4, 40, 6}})));
  CHECK(same(scatter(x, -1, at, 7), tensor({{7, 2, 7}, {4, 7, 6}})));
  CHECK(same(scatter(x, 0, tensor({{1, 0, 1}}, i64), tensor({{7, 8, 9}})), tensor({{1, 8, 3}, {7, 5, 9}})));
  CHECK(same(scatter(transpose(x), 0, transpose(at), transpose(slice(source, 1, 0, 2))),
             transpose(scatter(x, 1, at, source))));
  CHECK(same(scatter(zeros({2, 2}, boolean), 1, tensor({{1}, {0}}, i64), 1), tensor({{0, 1}, {1, 0}}, boolean)));
  CHECK(same(scatter(arange(3), 0, tensor({0}, i64), tensor({9}, i64)), tensor({9, 1, 2}, i64)));
  CHECK(same(scatter(x, 1, zeros({2, 0}, i64), source), x));
  CHECK(x.to_vector<float>()[0] == 1);

  CHECK_THROWS_WITH(scatter(x, 1, at, zeros({2, 1})),
                    "scatter: indices [2, 2] do not fit source [2, 1]: the ranks must be equal and no extent larger");
  CHECK_THROWS_AS(scatter(x, 1, at, scalar(1)), Error);
  CHECK_THROWS_WITH(scatter(x, 1, at, zeros({2, 2}, f64)),
                    "scatter: dtypes f32 and f64 differ: convert one with to(x, f64)");
  CHECK_THROWS_WITH(scatter(x, 1, tensor({{0}, {3}}, i64), 1),
                    "scatter: index 3 at [1, 0] is out of range: dimension 1 of [2, 3] has 3 entries, counted from 0");
  CHECK_THROWS_WITH(scatter(arange(2), 0, tensor({0}, i64), 0.5), "scatter: i64 cannot hold 0.5: use f32 or f64");
  CHECK_THROWS_WITH(scatter(x, 2, at, 1), "scatter: [2, 3] has no dimension 2");
}

TEST_CASE("scatter_reduce keeps the larger or the smaller of all for a place") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Tensor x = tensor({1, 5, 2, 4});
  const Tensor at = tensor({0, 0, 1, 3, 3}, i64);
  const Tensor source = tensor({3, 2, 4, nan, 9});
  const auto largest = scatter_reduce(x, 0, at, source, ScatterReduce::amax).to_vector<float>();
  CHECK(Floats(largest.begin(), largest.begin() + 3) == Floats{3, 5, 2});
  CHECK(std::isnan(largest[3]));
  const auto smallest = scatter_reduce(x, 0, at, source, ScatterReduce::amin).to_vector<float>();
  CHECK(Floats(smallest.begin(), smallest.begin() + 3) == Floats{1, 4, 2});
  CHECK(std::isnan(smallest[3]));
  CHECK(std::isnan(scatter_reduce(tensor({nan}), 0, tensor({0}, i64), tensor({1}), ScatterReduce::amax).item()));
  CHECK(same(scatter_reduce(arange(3), 0, tensor({2, 0}, i64), tensor({1, 1}, i64), ScatterReduce::amax),
             tensor({1, 1, 2}, i64)));
  CHECK_THROWS_WITH(scatter_reduce(zeros({2}, boolean), 0, tensor({0}, i64), zeros({1}, boolean), ScatterReduce::amax),
                    "scatter_reduce: dtype bool: only numbers are supported; convert with to(x, f32)");
  CHECK_THROWS_WITH(scatter_reduce(x, 0, tensor({4}, i64), source, ScatterReduce::amin),
                    "scatter_reduce: index 4 at [0] is out of range: dimension 0 of [4] has 4 entries, counted from 0");
}

TEST_CASE("sums at places named often do not stop growing") {
  const Index n = 300'000;
  const Tensor tenth = full({n, 2}, 0.1), at = full({n}, 1, i64);
  const Tensor right = tensor({{0, 0}, {30'000, 30'000}, {0, 0}});
  CHECK(all_close(index_add(zeros({3, 2}), 0, at, tenth), right, 1e-6));
  CHECK(all_close(index_add(zeros({2, 3}), 1, at, transpose(tenth)), transpose(right), 1e-6));
  CHECK(all_close(scatter_add(zeros({3, 2}), 0, expand(unsqueeze(at, 1), {n, 2}), tenth), right, 1e-6));
  const Tensor table = ones({3, 2});
  add_rows_into(table, at, tenth);
  CHECK(all_close(table, right + 1, 1e-6));
}

TEST_CASE("places named often and seldom are each added to as in f64") {
  Generator generator(5);
  const Tensor x = normal({7, 5, 3}, generator), source = normal({7, 400, 3}, generator);
  std::vector<Index> places;
  for (Index i = 0; i < 400; ++i) places.push_back(i % 7 < 4 ? 4 : i % 5);
  const Tensor at = from_values(places, {400});
  CHECK(all_close(to(index_add(x, 1, at, source), f64), index_add(to(x, f64), 1, at, to(source, f64)), 1e-5, 1e-5));
}

TEST_CASE("i64 sums at places wrap around") {
  constexpr Index most = std::numeric_limits<Index>::max(), least = std::numeric_limits<Index>::min();
  const Tensor x = from_values(std::vector<Index>{most, least}, {2}), one = tensor({1, -1}, i64);
  const Tensor wrapped = from_values(std::vector<Index>{least, most}, {2});
  CHECK(same(index_add(x, 0, arange(2), one), wrapped));
  CHECK(same(scatter_add(x, 0, arange(2), one), wrapped));
  const Tensor table = copy(reshape(x, {2, 1}));
  add_rows_into(table, arange(2), reshape(one, {2, 1}));
  CHECK(same(table, reshape(wrapped, {2, 1})));
}

}  // namespace
}  // namespace glance
