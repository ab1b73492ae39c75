#pragma once

#include <functional>
#include <span>
#include <vector>

#include "glance/autograd/variable.h"

// One training step on several threads and in several processes, with the same bits on any number of them.
namespace glance {

class Ranks;
class Workers;

// The loss of a batch, and the gradients that an optimiser takes.
struct LossAndGradients {
  double loss = 0;
  std::vector<Variable> gradients;  // in the order of the parameters
};

// The loss of a batch cut into `shards`, and its gradients. shard_loss(shard) computes one shard's part of the loss: a
// *sum* over its targets divided by the *whole batch's* count, so that the parts add up to the mean. Shards run on the
// workers, each forward and backward against the same parameters, and are added in the order of their numbers: the
// result depends on the number of shards, never on the number of threads. What is random in a shard comes from a
// generator of its own, made from (seed, step, shard). Error when `shards` is below 1, a loss is no scalar or has no
// history, or the workers are running already; what a shard throws is thrown here.
//
// With `ranks`, every rank of the job makes this call, with the same parameters, and computes its part of the shards:
// all get the result, whose bits do not depend on the number of ranks either. The parameters are then of one dtype.
LossAndGradients sharded_gradients(int shards, std::span<const Variable> parameters, Workers& workers,
                                   const std::function<Variable(int shard)>& shard_loss, const Ranks* ranks = nullptr);

}  // namespace glance
