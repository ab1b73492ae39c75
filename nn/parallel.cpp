// Runs the shards, then adds up their gradients in the order of their numbers.
#include "glance/nn/parallel.h"

#include <utility>

#include "glance/autograd/engine.h"
#include "glance/nn/ranks.h"
#include "glance/nn/workers.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/formatted.h"

namespace glance {

namespace {

// The same with other ranks, each of which has its part of the shards.
LossAndGradients gradients_of_ranks(int shards, std::span<const Variable> parameters, Workers& workers,
                                    const std::function<Variable(int shard)>& shard_loss, const Ranks& ranks) {
  if (parameters.empty()) throw Error("sharded_gradients: no parameters");
  const auto first = static_cast<int>(ranks.begin_of(ranks.rank(), shards));
  const auto count = static_cast<std::size_t>(ranks.begin_of(ranks.rank() + 1, shards) - first);
  std::vector<double> losses(count);
  std::vector<std::vector<Tensor>> gradients(count);
  workers.run(static_cast<int>(count), [&](int i) {
    const auto own = static_cast<std::size_t>(i);
    const Variable loss = shard_loss(first + i);
    losses[own] = loss.item();
    for (const Variable& gradient : grad(loss, parameters)) gradients[own].push_back(gradient.value());
  });
  std::vector<Shape> shapes;
  for (const Variable& parameter : parameters) shapes.push_back(parameter.shape());
  const Ranks::Sum sum =
      ranks.sum_in_order(gradients, losses, shards, shapes, parameters.front().value().dtype(), workers);
  LossAndGradients total;
  for (const double loss : sum.losses) total.loss += loss;
  total.gradients.assign(sum.gradients.begin(), sum.gradients.end());
  return total;
}

}  // namespace

LossAndGradients sharded_gradients(int shards, std::span<const Variable> parameters, Workers& workers,
                                   const std::function<Variable(int shard)>& shard_loss, const Ranks* ranks) {
  if (shards < 1) throw Error(formatted("sharded_gradients: {} shards: there must be at least 1", shards));
  if (ranks && ranks->count() > 1) return gradients_of_ranks(shards, parameters, workers, shard_loss, *ranks);
  std::vector<LossAndGradients> parts(static_cast<std::size_t>(shards));
  workers.run(shards, [&](int shard) {
    const Variable loss = shard_loss(shard);
    parts[static_cast<std::size_t>(shard)] = {loss.item(), grad(loss, parameters)};
  });
  LossAndGradients total = std::move(parts[0]);
  for (std::size_t i = 1; i < parts.size(); ++i) total.loss += parts[i].loss;
  if (shards == 1) return total;
  Index elements = 0;
  for (const Variable& parameter : parameters) elements += parameter.numel();
  share_out(&workers, elements, static_cast<int>(parameters.size()), [&](int i) {
    const auto p = static_cast<std::size_t>(i);
    Variable& sum = total.gradients[p];
    const bool ours = sum.value().is_sole_owner() && sum.value().is_dense();
    if (!ours) sum = Variable(copy(sum.value()));
    for (std::size_t shard = 1; shard < parts.size(); ++shard) {
      add_into(sum.value(), parts[shard].gradients[p].value());
      parts[shard].gradients[p] = Variable();
    }
  });
  return total;
}

}  // namespace glance
