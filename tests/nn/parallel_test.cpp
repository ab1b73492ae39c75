// Shards add up to the whole batch, with bits that depend on the shards alone.
#include "glance/nn/parallel.h"

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/engine.h"
#include "glance/autograd/reductions.h"
#include "glance/autograd/views.h"
#include "glance/nn/linear.h"
#include "glance/nn/module.h"
#include "glance/nn/workers.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/storage.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"

using namespace glance;

namespace {

// A batch of 12 rows, its loss a mean of squares, cut into `shards`.
struct Problem {
  Linear layer;
  Tensor x;
  explicit Problem(Generator& g) : layer(3, 2, g, {.dtype = f64}), x(normal({12, 3}, g, 0, 1, f64)) {}

  Variable loss(int shard, int shards) const {
    const Index rows = 12 / shards;
    return sum(square(layer(slice(x, 0, shard * rows, (shard + 1) * rows)))) / 24;
  }
};

}  // namespace

TEST_CASE("shards add up to the whole batch") {
  Generator g(2);
  const Problem problem(g);
  const auto wanted = parameters(problem.layer);
  const Variable whole = problem.loss(0, 1);
  const auto gradients = grad(whole, wanted);
  for (const int shards : {1, 2, 4}) {
    Workers workers(2);
    const auto result =
        sharded_gradients(shards, wanted, workers, [&](int shard) { return problem.loss(shard, shards); });
    CHECK(result.loss == Approx(whole.item()).epsilon(1e-12));
    for (std::size_t i = 0; i < wanted.size(); ++i)
      CHECK(all_close(result.gradients[i].value(), gradients[i].value(), 1e-12));
  }
}

TEST_CASE("the bits depend on the shards, never on the threads") {
  Generator g(2);
  const Problem problem(g);
  const auto wanted = parameters(problem.layer);
  const auto with_threads = [&](int threads) {
    Workers workers(threads);
    return sharded_gradients(4, wanted, workers, [&](int shard) { return problem.loss(shard, 4); });
  };
  const auto reference = with_threads(1);
  for (int repeat = 0; repeat < 20; ++repeat) {
    const auto result = with_threads(1 + repeat % 4);
    CHECK(result.loss == reference.loss);
    for (std::size_t i = 0; i < wanted.size(); ++i)
      CHECK(same(result.gradients[i].value(), reference.gradients[i].value()));
  }
}

TEST_CASE("one gradient shared by two parameters is added to once each") {
  const Variable a = parameter(ones({3})), b = parameter(ones({3}));
  const std::vector<Variable> wanted = {a, b};
  Workers workers(2);
  const auto result = sharded_gradients(3, wanted, workers, [&](int) { return sum(a + b); });
  CHECK(same(result.gradients[0].value(), full({3}, 3)));
  CHECK(same(result.gradients[1].value(), full({3}, 3)));
}

TEST_CASE("nothing is left behind") {
  Generator g(2);
  const Problem problem(g);
  const auto wanted = parameters(problem.layer);
  const auto before = storage_statistics().live_blocks;
  {
    Workers workers(3);
    for (int i = 0; i < 10; ++i)
      sharded_gradients(4, wanted, workers, [&](int shard) { return problem.loss(shard, 4); });
  }
  CHECK(storage_statistics().live_blocks == before);
}

TEST_CASE("no shards is an error") {
  Workers workers(1);
  CHECK_THROWS_WITH(sharded_gradients(0, {}, workers, [](int) { return Variable(); }),
                    "sharded_gradients: 0 shards: there must be at least 1");
}
