// What a training step costs, counted: the work depends on the code alone, and so, unlike time, decides a test.

#include "bench/step/model.h"

#include <vector>

#include "glance/autograd/engine.h"
#include "glance/tensor/storage.h"
#include "tests/bench/work.h"
#include "tests/catch.h"

using step::Mode;
using step::Size;
using namespace glance;

namespace {

// No two extents are alike, so that none can stand for another.
constexpr Size odd{"odd", 40, 12, 20, 6, 9, 7};

// A layer over a sequence. From a state of zeros, the first step reads no state.
Work lstm(Index batch, Index time, Index in, Index hidden, bool from_zeros) {
  const Index reads = from_zeros ? time - 1 : time;
  return linear_work(batch * time, in, 4 * hidden) + 2 * reads * product(batch, 4 * hidden, hidden) +
         product(4 * hidden, hidden, batch * reads);
}

Work expected_work(const Size& n, Mode mode) {
  const Index batch = n.batch, targets = n.target_length, hidden = n.hidden, steps = batch * targets;
  const Work encoder = lstm(batch, n.source_length, n.embedding, hidden, true);
  const Work output = linear_work(steps, hidden, n.vocabulary);
  // The first half of the batch ends in pads, which attention does not multiply.
  const Index padded = batch / 2, words = n.source_length - n.source_length / 4;
  if (mode == Mode::whole)
    return encoder + lstm(batch, targets, n.embedding, hidden, false) + 6 * padded * product(targets, words, hidden) +
           6 * (batch - padded) * product(targets, n.source_length, hidden) + linear_work(steps, 2 * hidden, hidden) +
           output;
  // The attention of one query is no product.
  return encoder +
         targets * (linear_work(batch, n.embedding + hidden, 4 * hidden) + linear_work(batch, hidden, 4 * hidden) +
                    linear_work(batch, 2 * hidden, hidden)) +
         output;
}

// The numbers that the backward pass reads, f32 each, without the parameters.
Index expected_saved(const Size& n, Mode mode) {
  const Index sources = n.batch * n.source_length, targets = n.batch * n.target_length, state = n.batch * n.hidden;
  const Index encoder = sources * (n.embedding + 4 * n.hidden + 2 * n.hidden + n.hidden) + 2 * state;
  const Index attention = targets * n.source_length;
  const Index combine = targets * (2 * n.hidden + n.hidden);
  const Index output = targets * (n.vocabulary + 1);
  // Over the whole target, words and hidden states lie before and after the gates; step by step, what is fed is kept
  // beside each word, and the stack of states once more.
  const Index decoder = mode == Mode::whole
                            ? targets * (n.embedding + 4 * n.hidden + 2 * n.hidden + n.hidden) + 2 * state
                            : targets * (n.embedding + n.hidden + 4 * n.hidden + 2 * n.hidden + n.hidden);
  return encoder + decoder + attention + combine + output;
}

}  // namespace

TEST_CASE("a training step multiplies what its formulas say, and nothing more") {
  for (const Mode mode : {Mode::whole, Mode::stepwise}) {
    step::Training training(odd, mode, 1);
    const Work done = work_of([&] { training.step(); }), expected = expected_work(odd, mode);
    CHECK(done.calls == expected.calls);
    CHECK(done.flops == expected.flops);
  }
}

TEST_CASE("shards share out the work of the batch") {
  for (const Mode mode : {Mode::whole, Mode::stepwise}) {
    step::Training training(odd, mode, 2);
    CHECK(work_of([&] { training.step(); }).flops == expected_work(odd, mode).flops);
  }
}

TEST_CASE("after a while, a training step takes no memory from the system") {
  for (const Mode mode : {Mode::whole, Mode::stepwise}) {
    for (const int threads : {1, 2}) {
      step::Training training(odd, mode, threads);
      const auto taken_by = [&](int steps) {
        const auto before = storage_statistics();
        for (int i = 0; i < steps; ++i) training.step();
        const auto after = storage_statistics();
        CHECK(after.live_blocks == before.live_blocks);
        return after.system_allocations - before.system_allocations;
      };
      for (int i = 0; i < 3; ++i) training.step();
      if (storage_statistics().cached_bytes == 0) return;  // under a sanitizer nothing is kept
      // Which of two threads takes a shard is chance, and blocks wander from the one that asks for them to the one that
      // gives them back until its stock is full: that can take long, on a busy machine, but comes to an end.
      std::int64_t taken = taken_by(100);
      for (int i = 0; i < 50 && threads == 2 && taken > 0; ++i) taken = taken_by(100);
      CHECK(taken == 0);
    }
  }
}

TEST_CASE("a training step records an operation for each line of its model") {
  const std::size_t parameters = 14, around = 2 + 1 + 2;  // words, encoder, output and loss
  CHECK(count_nodes(step::Training(odd, Mode::whole, 1).shard_loss(0)) == parameters + around + 5);
  const std::size_t steps = odd.target_length;
  CHECK(count_nodes(step::Training(odd, Mode::stepwise, 1).shard_loss(0)) == parameters + around + 9 * steps + 1);
}

TEST_CASE("the forward pass keeps what the backward pass reads, and nothing more") {
  for (const Mode mode : {Mode::whole, Mode::stepwise}) {
    const Size size{"", 64, 64, 128, 16, 10, 12};  // large enough for blocks to hide their headers
    const step::Training training(size, mode, 1);
    const auto before = storage_statistics().live_bytes;
    const Variable loss = training.shard_loss(0);
    const auto kept = static_cast<double>(storage_statistics().live_bytes - before);
    const auto expected = 4 * static_cast<double>(expected_saved(size, mode));
    CHECK(kept >= expected);
    CHECK(kept <= 1.25 * expected);  // blocks come in sizes up to a quarter apart
  }
}
