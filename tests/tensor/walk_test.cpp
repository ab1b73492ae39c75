// A walk visits every element once, in order, by the longest rows there are.
#include "glance/tensor/walk.h"

#include <vector>

#include "tests/catch.h"

using namespace glance;

namespace {

std::vector<Index> starts(const Walk<1>& walk) {
  std::vector<Index> offsets;
  walk.for_each_row([&](const auto& row) { offsets.push_back(row[0]); });
  return offsets;
}

}  // namespace

TEST_CASE("a walk over a dense tensor is one row") {
  const Walk<1> walk({2, 3, 4}, {Strides{12, 4, 1}});
  CHECK(walk.row_length() == 24);
  CHECK(walk.row_steps()[0] == 1);
  CHECK(starts(walk) == std::vector<Index>{0});
}

TEST_CASE("a walk visits the rows in row-major order") {
  // [2, 3, 4] of which dimensions 0 and 1 are swapped in memory.
  const Walk<1> walk({2, 3, 4}, {Strides{4, 8, 1}});
  CHECK(walk.row_length() == 4);
  CHECK(starts(walk) == std::vector<Index>{0, 8, 16, 4, 12, 20});
}

TEST_CASE("a walk merges dimensions only where all operands agree") {
  // [2, 3] beside a row that is repeated.
  const Walk<2> walk({2, 3}, {Strides{3, 1}, Strides{0, 1}});
  CHECK(walk.row_length() == 3);
  std::vector<Index> offsets;
  walk.for_each_row([&](const auto& row) { offsets.insert(offsets.end(), row.begin(), row.end()); });
  CHECK(offsets == std::vector<Index>{0, 0, 3, 0});
}

TEST_CASE("a walk passes over extents of 1, whatever their stride") {
  const Walk<1> walk({2, 1, 3, 1}, {Strides{3, 77, 1, 99}});
  CHECK(walk.row_length() == 6);
}

TEST_CASE("a walk over a scalar is one element, over nothing no row") {
  CHECK(Walk<1>({}, {Strides{}}).row_length() == 1);
  CHECK(starts(Walk<1>({}, {Strides{}})) == std::vector<Index>{0});
  CHECK(starts(Walk<1>({2, 0, 3}, {Strides{0, 3, 1}})).empty());
}
