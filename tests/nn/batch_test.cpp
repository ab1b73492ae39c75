// Padding to the longest sequence, and lengths that do not fit.
#include "glance/nn/batch.h"

#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "tests/catch.h"

using namespace glance;

TEST_CASE("sequences are padded to the longest") {
  const std::vector<std::vector<Index>> sequences = {{5, 6}, {7}, {}, {8, 9, 4}};
  const PaddedBatch batch = pad_sequences(sequences, 1);
  CHECK(same(batch.symbols, tensor({{5, 6, 1}, {7, 1, 1}, {1, 1, 1}, {8, 9, 4}}, i64)));
  CHECK(same(batch.lengths.values, tensor({2, 1, 0, 3}, i64)));
  CHECK(same(batch.lengths.visible, tensor({{1, 1, 0}, {1, 0, 0}, {0, 0, 0}, {1, 1, 1}}, boolean)));
  CHECK(batch.lengths.visible_to_queries().shape() == Shape{4, 1, 3});
}

TEST_CASE("no sequences make an empty batch") {
  const PaddedBatch batch = pad_sequences({});
  CHECK(batch.symbols.shape() == Shape{0, 0});
}

TEST_CASE("a length must fit the batch") {
  const std::vector<Index> lengths = {2, 4};
  CHECK_THROWS_WITH(Lengths(lengths, 3), "lengths: sequence 1 has length 4, but the batch has room for 0 to 3");
  const std::vector<Index> negative = {-1};
  CHECK_THROWS_WITH(Lengths(negative, 3), "lengths: sequence 0 has length -1, but the batch has room for 0 to 3");
}

TEST_CASE("no lengths say that every sequence is full") {
  const Lengths full;
  CHECK_FALSE(full.values.defined());
  CHECK_FALSE(full.visible_to_queries().defined());
}
