// What flip, pad and repeat_interleave move gets its gradient back where it was.
#include "glance/autograd/arrange.h"

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/engine.h"
#include "glance/autograd/reductions.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "tests/catch.h"

using namespace glance;

TEST_CASE("what was turned, padded or repeated gets its gradient back in its place") {
  const Variable x = parameter(tensor({1, 2, 3}));
  CHECK(same(flip(x, 0).value(), tensor({3, 2, 1})));
  CHECK(same(grad(sum(flip(x, 0) * tensor({1, 10, 100})), {x})[0].value(), tensor({100, 10, 1})));
  CHECK(same(pad(x, {1, 1}, 7).value(), tensor({7, 1, 2, 3, 7})));
  CHECK(same(grad(sum(pad(x, {1, 1}, 7) * tensor({1, 2, 3, 4, 5})), {x})[0].value(), tensor({2, 3, 4})));
  CHECK(same(grad(sum(pad(x, {-1, 0})), {x})[0].value(), tensor({0, 1, 1})));
  CHECK(same(repeat_interleave(x, 2, 0).value(), tensor({1, 1, 2, 2, 3, 3})));
  const Variable repeated = repeat_interleave(x, tensor({2, 0, 1}, i64), 0);
  CHECK(same(repeated.value(), tensor({1, 1, 3})));
  CHECK(same(grad(sum(repeated * tensor({1, 10, 100})), {x})[0].value(), tensor({11, 0, 100})));
}

TEST_CASE("arrangements of bad input are errors") {
  const Variable x = parameter(zeros({2, 3}));
  CHECK_THROWS_WITH(flip(x, 2), "flip: [2, 3] has no dimension 2");
  CHECK_THROWS_WITH(pad(x, {1}), Contains("pad: 1 amounts"));
  CHECK_THROWS_WITH(repeat_interleave(x, -1, 0), Contains("-1 times"));
  CHECK_THROWS_WITH(repeat_interleave(x, 2, 2), "repeat_interleave: [2, 3] has no dimension 2");
  CHECK_THROWS_WITH(repeat_interleave(x, tensor({1}, i64), 0), "repeat_interleave: repeats is [1], expected [2]");
}
