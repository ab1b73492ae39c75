// Runs the shards, then adds up their gradients in the order of their numbers.
#include "glance/nn/parallel.h"

#include <utility>

#include "glance/autograd/engine.h"
#include "glance/nn/workers.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/formatted.h"

namespace glance {

LossAndGradients sharded_gradients(int shards, std::span<const Variable> parameters, Workers& workers,
                                   const std::function<Variable(int shard)>& shard_loss) {
  if (shards < 1) throw Error(formatted("sharded_gradients: {} shards: there must be at least 1", shards));
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
