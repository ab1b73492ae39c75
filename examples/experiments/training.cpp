// The loop of steps, with a schedule and a bound for the gradient.
#include "examples/experiments/training.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "glance/autograd/engine.h"
#include "glance/nn/optimiser.h"
#include "glance/nn/schedule.h"

namespace glance::experiments {

double train(const std::string& name, std::vector<NamedParameter> parameters, Plan plan, const Settings& settings,
             const std::function<Variable(Index step)>& loss_of_step, const std::function<void(Index done)>& each) {
  const Index steps = settings.steps.value_or(plan.steps);
  const Schedule schedule{.decay = Decay::cosine,
                          .warmup = std::min(plan.warmup, static_cast<double>(steps) / 2),
                          .total = steps,
                          .last = 0.1};
  std::vector<Variable> variables;
  for (const auto& named : parameters) variables.push_back(named.variable);
  Adam adam(std::move(parameters), {.beta2 = plan.beta2});
  const Index counted = std::max<Index>(steps / 10, 1);
  double sum = 0;
  for (Index step = 0; step < steps; ++step) {
    const Variable loss = loss_of_step(step);
    const double value = loss.item();
    if (!std::isfinite(value)) throw Error(fmt::format("{}: the loss of step {} is {}", name, step + 1, value));
    const auto gradients = grad(loss, variables);
    adam.rule.learning_rate = plan.learning_rate * schedule(step);
    adam.step(gradients, clip_scale(global_norm(gradients), 1));
    if (step >= steps - counted) sum += value;
    settings.on_step(name, step + 1, steps, value);
    if (each) each(step + 1);
  }
  return sum / static_cast<double>(counted);
}

}  // namespace glance::experiments
