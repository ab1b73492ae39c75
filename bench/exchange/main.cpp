// What it costs that the bits do not depend on the number of ranks: the exchange by ranges of nn/ranks.h beside
// MPI_Allreduce of what each rank has added up by itself first, whose bits do. Run by mpirun, it prints a table.
#include <fmt/format.h>
#include <mpi.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <vector>

#include "examples/common/arguments.h"
#include "glance/nn/init.h"
#include "glance/nn/mpi.h"
#include "glance/nn/optimiser.h"
#include "glance/nn/workers.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/random.h"

using namespace glance;

namespace {

// The least time of a call, in milliseconds, since others may be using the machine: all ranks begin together.
double milliseconds(const Ranks& ranks, const std::function<void()>& call) {
  constexpr int times = 31;
  double least = 1e9;
  for (int i = 0; i < times; ++i) {
    ranks.any(false);
    const auto begin = std::chrono::steady_clock::now();
    call();
    const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - begin;
    least = std::min(least, taken.count());
  }
  return least;
}

void measure(const Ranks& ranks, Index elements, int shards) {
  const Index own = ranks.begin_of(ranks.rank() + 1, shards) - ranks.begin_of(ranks.rank(), shards);
  Generator g(1);
  std::vector<std::vector<Tensor>> gradients;
  for (Index shard = 0; shard < own; ++shard) gradients.push_back({normal({elements}, g)});
  const std::vector<double> losses(gradients.size());
  const std::vector<Shape> shapes = {{elements}};
  Workers workers(1);
  const double ordered =
      milliseconds(ranks, [&] { ranks.sum_in_order(gradients, losses, shards, shapes, f32, workers); });
  const Tensor sum({elements}, f32);
  const double reduced = milliseconds(ranks, [&] {
    const Tensor local = gradients.empty() ? zeros({elements}) : copy(gradients[0][0]);
    for (std::size_t shard = 1; shard < gradients.size(); ++shard) add_into(local, gradients[shard][0]);
    MPI_Allreduce(local.read<float>(), sum.write<float>(), static_cast<int>(elements), MPI_FLOAT, MPI_SUM,
                  MPI_COMM_WORLD);
  });
  if (ranks.is_first())
    fmt::print("{:>9}  {:>6}  {:>5}  {:>10.2f}  {:>13.2f}\n", elements, shards, ranks.count(), ordered, reduced);
}

}  // namespace

int main(int argc, char** argv) {
  const char* arguments = "[ELEMENTS SHARDS], by mpirun";
  if (launched_ranks() == 1 || (argc != 1 && argc != 3)) show_usage(argv, arguments);
  const Ranks ranks = join_job(std::chrono::seconds(60));
  if (ranks.is_first()) fmt::print(" elements  shards  ranks  ordered ms  allreduce ms\n");
  if (argc == 3) {
    measure(ranks, number_argument<Index>(argv, 1, arguments), number_argument<int>(argv, 2, arguments));
  } else {
    for (const Index elements : {100000, 1000000, 6100000})
      for (const int shards : {ranks.count(), 4 * ranks.count()}) measure(ranks, elements, shards);
  }
  const Variable weight = parameter(zeros({6100000}));
  Adam adam({{"weight", weight}}, {});
  const std::vector<Variable> gradient = {Variable(ones({6100000}))};
  const double step = milliseconds(ranks, [&] { adam.step(gradient, clip_scale(global_norm(gradient), 1)); });
  if (ranks.is_first()) fmt::print("norm and Adam of 6100000 elements, on each rank: {:.2f} ms\n", step);
  const double stop = milliseconds(ranks, [&] { ranks.any(false); });
  if (ranks.is_first()) fmt::print("asking whether to stop: {:.3f} ms\n", stop);
}
