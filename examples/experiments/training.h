#pragma once

#include <functional>
#include <string>
#include <vector>

#include "examples/experiments/experiment.h"
#include "glance/autograd/variable.h"
#include "glance/nn/module.h"

// The training that all experiments share: Adam, the gradient's norm held to 1, a rate that rises and falls.
namespace glance::experiments {

// How a model is trained.
struct Plan {
  Index steps = 300;
  double learning_rate = 3e-3;  // the highest, after the warm-up; it then falls along a cosine to a tenth
  double warmup = 50;           // steps
  double beta2 = 0.99;          // of Adam
};

// Trains the parameters on loss_of_step(0), loss_of_step(1), … and returns the mean loss of the last tenth of the
// steps. Settings decide the number of steps where they say one; a warm-up is never longer than half of them. `each` is
// called after each step with the number of steps done. Error for a loss that is not finite.
double train(const std::string& name, std::vector<NamedParameter> parameters, Plan plan, const Settings& settings,
             const std::function<Variable(Index step)>& loss_of_step, const std::function<void(Index done)>& each = {});

}  // namespace glance::experiments
