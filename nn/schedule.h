#pragma once

#include "glance/tensor/shape.h"

// Learning rates that follow the number of the step.
namespace glance {

// How a learning rate falls after it has risen.
enum class Decay {
  constant,            // it does not
  linear,              // in a straight line down to the last step's
  cosine,              // along half a wave of the cosine down to the last step's (Loshchilov and Hutter, 2017)
  inverse_square_root  // as sqrt(warmup / n) in the nth step (Vaswani et al., 2017); it needs no last step
};

// What share of its highest the learning rate of a step is. It depends on the step's number and on nothing that was
// done before, so that a training that goes on from its step goes on exactly; PyTorch's schedulers are objects that
// count, and must be saved too.
//
//   optimiser.rule.learning_rate = 1e-3 * schedule(step);  // before the step, which is counted from 0
struct Schedule {
  Decay decay = Decay::linear;
  double warmup = 0;  // steps over which it rises in a straight line: (step + 1) / warmup. Need not be whole
  Index total = 0;    // steps in all, which linear and cosine need
  double last = 0;    // the share that the last step has, and any after it; of linear and cosine

  // The share of step `step`, the first being 0. The first has 1 / warmup, not 0: it is not to be wasted. Step warmup -
  // 1 has 1, step total - 1 has `last` (unless it is still warming up). (PyTorch's LinearLR and CosineAnnealingLR begin
  // with 1 and come to the last value one step after the last; transformers' schedules begin with 0.) Error for a step
  // or a warm-up below 0, and for linear and cosine without a total.
  double operator()(Index step) const;
};

}  // namespace glance
