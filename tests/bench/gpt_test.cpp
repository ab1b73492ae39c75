// What a training step of a Transformer and its writing cost, counted.

#include "bench/gpt/model.h"

#include <algorithm>

#include "glance/tensor/storage.h"
#include "tests/bench/work.h"
#include "tests/catch.h"

using namespace glance;
using gpt::Size;

namespace {

// No two extents are alike, so that none can stand for another; the context is more than attention takes at a time.
constexpr Size odd{"odd", 40, 24, 2, 3, 70, 5};

Size with_layers(int layers) {
  Size size = odd;
  size.layers = layers;
  return size;
}

// Scores and context, and four products back, of so many targets at a time as attention takes where later ones see
// more: what the mask hides from all of them is not multiplied.
Work causal_attention(Index context, Index features) {
  constexpr Index block = 64;
  Work work{0, 0};
  for (Index from = 0; from < context; from += block) {
    const Index end = std::min(context, from + block);
    work = work + 6 * product(end - from, end, features);
  }
  return work;
}

Work expected_work(const Size& n) {
  const Index rows = n.batch * n.context, width = n.width;
  const Work layer =
      linear_work(rows, width, 3 * width) + n.batch * n.heads * causal_attention(n.context, width / n.heads) +
      linear_work(rows, width, width) + linear_work(rows, width, 4 * width) + linear_work(rows, 4 * width, width);
  return n.layers * layer + linear_work(rows, width, n.vocabulary);
}

}  // namespace

TEST_CASE("a Transformer's step multiplies what its formulas say, and nothing more") {
  gpt::Training training(odd, 1);
  const Work done = work_of([&] { training.step(); }), expected = expected_work(odd);
  CHECK(done.calls == expected.calls);
  CHECK(done.flops == expected.flops);
}

TEST_CASE("shards share out the work of a Transformer's batch") {
  gpt::Training training(odd, 2);
  CHECK(work_of([&] { training.step(); }).flops == expected_work(odd).flops);
}

TEST_CASE("a block of a Transformer records an operation for each line of its model") {
  const auto nodes = [](int layers) { return count_nodes(gpt::Training(with_layers(layers), 1).shard_loss(0)); };
  // Two norms, four linear maps, one of them with its gelu, two sums, and attention.
  const std::size_t parameters = 12, operations = 9;
  CHECK(nodes(3) - nodes(2) == parameters + operations);
}

TEST_CASE("after a while, neither a Transformer's step nor its writing takes memory from the system") {
  gpt::Training training(odd, 1);
  Generator generator(0);
  const gpt::Model model(odd, odd.context, generator);
  const auto both = [&] {
    training.step();
    gpt::generate(model, 20);
  };
  for (int i = 0; i < 3; ++i) both();
  if (storage_statistics().cached_bytes == 0) return;  // under a sanitizer nothing is kept
  const auto before = storage_statistics();
  for (int i = 0; i < 20; ++i) both();
  const auto after = storage_statistics();
  CHECK(after.live_blocks == before.live_blocks);
  CHECK(after.system_allocations == before.system_allocations);
}

TEST_CASE("writing a symbol multiplies each weight once, however many were written before") {
  Generator generator(0);
  const gpt::Model model(odd, odd.context, generator);
  const Index width = odd.width;
  const Work symbol = odd.layers * (product(1, 3 * width, width) + product(1, width, width) +
                                    product(1, 4 * width, width) + product(1, width, 4 * width)) +
                      product(1, odd.vocabulary, width);
  const Work done = work_of([&] { gpt::generate(model, 30); });
  CHECK(done.calls == 30 * symbol.calls);
  CHECK(done.flops == 30 * symbol.flops);
}
