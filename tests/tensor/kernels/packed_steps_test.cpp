// Packed sequences stand where they should, forwards and in reverse.
#include "glance/tensor/kernels/packed_steps.h"

#include "tests/catch.h"
#include "tests/tensor/kernel_check.h"

using namespace glance;
using namespace glance::kernel_check;

TEST_CASE("packed steps stand longest first, step by step", "[packed_steps]") {
  const PackedSteps packed("test", 4, 4, integers({2, 3, 0, 1}), false);
  CHECK(packed.steps() == 3);
  CHECK(packed.rows() == 6);
  CHECK(packed.running(0) == 3);
  CHECK(packed.running(1) == 2);
  CHECK(packed.running(2) == 1);
  CHECK(packed.running(3) == 0);
  CHECK(packed.offset(2) == 5);
  CHECK(packed.batch_row(0) == 1);
  CHECK(packed.batch_row(3) == 2);

  const Tensor x = from({10, 11, 12, 13, 20, 21, 22, 23, 30, 31, 32, 33, 40, 41, 42, 43}, {4, 4, 1}, f32);
  const Tensor rows = packed.pack<float>(x);
  CHECK(numbers(rows) == std::vector<double>{20, 10, 40, 21, 11, 22});

  const Tensor back = filled({4, 4, 1}, f32, 5);
  packed.unpack<float>(rows, back, true);
  CHECK(numbers(back) == std::vector<double>{15, 16, 5, 5, 25, 26, 27, 5, 5, 5, 5, 5, 45, 5, 5, 5});
  packed.unpack<float>(rows, back, false);
  CHECK(numbers(back) == std::vector<double>{10, 11, 0, 0, 20, 21, 22, 0, 0, 0, 0, 0, 40, 0, 0, 0});
}

TEST_CASE("packed steps in reverse start at each sequence's own end", "[packed_steps]") {
  const PackedSteps packed("test", 2, 3, integers({1, 3}), true);
  const Tensor x = from({10, 11, 12, 20, 21, 22}, {2, 3, 1}, f64);
  CHECK(numbers(packed.pack<double>(x)) == std::vector<double>{22, 10, 21, 20});
}

TEST_CASE("packed steps without lengths are full, and may be none", "[packed_steps]") {
  const PackedSteps full("test", 2, 3, {}, false);
  CHECK(full.rows() == 6);
  CHECK(full.running(2) == 2);
  CHECK(PackedSteps("test", 0, 3, {}, false).rows() == 0);
  CHECK(PackedSteps("test", 2, 0, {}, false).rows() == 0);
  CHECK(PackedSteps("test", 2, 3, integers({0, 0}), false).steps() == 0);
}
