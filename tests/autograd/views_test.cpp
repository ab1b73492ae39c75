// The gradient of a view lands where the view looked, and many views cost one gradient.
#include "glance/autograd/views.h"

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/engine.h"
#include "glance/autograd/reductions.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/storage.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"

using namespace glance;

TEST_CASE("the gradient of a view lands where the view looked") {
  const Variable x = parameter(zeros({2, 3}));
  CHECK(same(grad(sum(select(x, 1, -1)), {x})[0].value(), tensor({{0, 0, 1}, {0, 0, 1}})));
  CHECK(same(grad(sum(slice(x, 1, 0, 3, 2)), {x})[0].value(), tensor({{1, 0, 1}, {1, 0, 1}})));
  CHECK(same(grad(sum(select(x, 0, 0)) + 2 * sum(select(x, 0, 0)), {x})[0].value(), tensor({{3, 3, 3}, {0, 0, 0}})));
  CHECK(same(grad(sum(expand(x, {4, 2, 3})), {x})[0].value(), full({2, 3}, 4)));
}

TEST_CASE("a list longer than a save mask joins too") {
  std::vector<Variable> list;
  for (int i = 0; i < 100; ++i) list.push_back(parameter(full({1}, i)));
  const auto gradients = grad(sum(concat(list) * arange(0, 100, 1, f32)), std::span<const Variable>(list));
  for (int i = 0; i < 100; ++i) CHECK(gradients[static_cast<std::size_t>(i)].item() == i);
}

TEST_CASE("many slices of one tensor cost one gradient of its size") {
  const Index n = 200, width = 1000;
  const Variable x = parameter(zeros({n, width}));
  Variable total = scalar(0);
  for (Index i = 0; i < n; ++i) total = total + sum(select(x, 0, i));
  const auto before = storage_statistics().live_bytes;
  reset_peak_storage();
  const auto gradient = grad(total, {x});
  const auto peak = storage_statistics().peak_bytes - before;
  CHECK(peak < 3 * n * width * static_cast<Index>(sizeof(float)));
}

TEST_CASE("errors are those of the tensor functions") {
  const Variable x = parameter(zeros({2, 3}));
  CHECK_THROWS_WITH(select(x, 0, 2), Contains("index 2 is out of range"));
  CHECK_THROWS_WITH(reshape(x, {4}), Contains("reshape") && Contains("[2, 3]"));
  CHECK_THROWS_WITH(concat({x, zeros({3, 3})}, 1), Contains("concat"));
  CHECK_THROWS_WITH(split(x, {1, 1}, 1), Contains("split"));
}
