// A mask's rows are those of the mask stretched in memory.
#include "glance/tensor/stretched_rows.h"

#include "glance/tensor/create.h"
#include "glance/tensor/random.h"
#include "tests/catch.h"

using namespace glance;

TEST_CASE("rows of a mask are those of the mask stretched in memory") {
  Generator g(1);
  const Shape scores{2, 3, 4, 5};
  const std::vector<Shape> shapes{{}, {5}, {1}, {4, 1}, {4, 5}, {3, 1, 5}, {2, 1, 1, 1}, {2, 1, 4, 1}, {2, 3, 4, 5}};
  for (const Shape& shape : shapes) {
    INFO(to_string(shape));
    const Tensor mask = normal(shape, g), written = copy(expand(mask, scores));
    const StretchedRows<float> rows(mask, scores);
    CHECK(rows.defined());
    CHECK(rows.is_one_row() == (shape.rank() < 2 || shape[shape.rank() - 2] == 1));
    for (Index i = 0; i < 2; ++i)
      for (Index j = 0; j < 3; ++j)
        for (Index t = 0; t < 4; ++t) {
          const float* row = rows.row(i * rows.strides()[0] + j * rows.strides()[1], t);
          const float* expected = written.read<float>() + ((i * 3 + j) * 4 + t) * 5;
          for (Index s = 0; s < 5; ++s) REQUIRE(row[s] == expected[s]);
        }
  }
}

TEST_CASE("rows of no mask are null, and those of a transposed one are its columns") {
  const StretchedRows<bool> none({}, {2, 3});
  CHECK_FALSE(none.defined());
  CHECK(none.row(0, 1) == nullptr);
  const Tensor mask = transpose(tensor({{1, 2}, {3, 4}, {5, 6}}));
  const StretchedRows<float> rows(mask, {2, 3});
  CHECK(rows.row(0, 1)[2] == 6);
  CHECK(rows.row(0, 0)[1] == 3);
}
