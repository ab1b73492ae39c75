// The program `rank_worker`: a training of a few numbers, as one of the ranks that mpirun has started, in which one of
// them does what ranks do when they go wrong. The first prints a hash of the weights in the end.
#include <fmt/format.h>

#include <csignal>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "examples/common/job.h"
#include "glance/autograd/arithmetic.h"
#include "glance/autograd/reductions.h"
#include "glance/autograd/views.h"
#include "glance/nn/linear.h"
#include "glance/nn/module.h"
#include "glance/nn/optimiser.h"
#include "glance/nn/parallel.h"
#include "glance/nn/workers.h"
#include "glance/tensor/create.h"
#include "glance/tensor/random.h"

using namespace glance;

namespace {

constexpr int shards = 4, steps = 200, fatal_step = 100;

// What becomes of a rank in the middle of the training.
void happen(std::string_view what) {
  if (what == "kill") ::raise(SIGKILL);
  if (what == "stop") ::raise(SIGSTOP);
  if (what == "throw") throw Error("its disk burnt down");
  if (what == "leave") std::exit(3);
}

std::uint64_t hash_of(const Linear& layer) {
  std::uint64_t hash = 14695981039346656037u;
  for (const Variable& parameter : parameters(layer))
    for (const float number : parameter.value().to_vector<float>()) {
      std::uint32_t bits = 0;
      std::memcpy(&bits, &number, sizeof(bits));
      hash = (hash ^ bits) * 1099511628211u;
    }
  return hash;
}

int train(const Ranks& ranks, std::string_view what, int victim) {
  Generator g(5);
  const Linear layer(61, 47, g);
  const Tensor x = normal({32, 61}, g), y = normal({32, 47}, g);
  const auto wanted = parameters(layer);
  Adam adam(layer, {.learning_rate = 1e-2});
  Workers workers(1);
  StartValues start;
  start.add("weights", state_dict(layer));
  check_alike(ranks, shards, start);
  for (int step = 0; step < steps; ++step) {
    if (step == fatal_step && ranks.rank() == victim) happen(what);
    const auto part = [&](const Tensor& rows, int shard) { return slice(rows, 0, 8 * shard, 8 * (shard + 1)); };
    const auto [loss, gradients] = sharded_gradients(
        shards, wanted, workers, [&](int shard) { return sum(square(layer(part(x, shard)) - part(y, shard))) / 32; },
        &ranks);
    adam.step(gradients, clip_scale(global_norm(gradients), 1));
    if (step == fatal_step && what == "all throw") throw JobError("the loss is nan");
  }
  fmt::print("{} ranks: {:016x}\n", ranks.count(), hash_of(layer));
  return 0;
}

}  // namespace

// rank_worker [WHAT RANK TIMEOUT]
int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  const int victim = argc > 2 ? std::atoi(argv[2]) : -1, timeout = argc > 3 ? std::atoi(argv[3]) : 60;
  try {
    return run_in_job("rank_worker", timeout, [&](const Ranks& ranks) { return train(ranks, what, victim); });
  } catch (const std::exception& error) {
    std::fprintf(stderr, "rank_worker: %s\n", error.what());
    return 1;
  }
}
