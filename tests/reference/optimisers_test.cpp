// Optimisers and clipping against PyTorch, over several steps.
#include "glance/autograd/arithmetic.h"
#include "glance/autograd/views.h"
#include "glance/nn/optimiser.h"
#include "glance/tensor/create.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"
#include "tests/reference/records.h"

namespace glance {
namespace {

constexpr Tolerance twenty_steps{.f32 = 1e-6, .f64 = 1e-14};
constexpr Tolerance clipped{.f32 = 1e-6, .f64 = 1e-14, .floor = 1e-37};

SgdRule sgd_rule(const nlohmann::json& options) {
  return {.learning_rate = options.at("lr"),
          .momentum = options.at("momentum"),
          .dampening = options.at("dampening"),
          .weight_decay = options.at("weight_decay"),
          .nesterov = options.at("nesterov")};
}

AdamRule adam_rule(const nlohmann::json& options) {
  return {.learning_rate = options.at("lr"),
          .beta1 = options.at("betas").at(0),
          .beta2 = options.at("betas").at(1),
          .epsilon = options.at("eps"),
          .weight_decay = options.at("weight_decay")};
}

struct Model {
  Variable weight, bias;
  static void visit(auto& self, auto&& f) {
    f("weight", self.weight);
    f("bias", self.bias);
  }
};

// The parameters after each step, stacked.
template <class Optimiser>
std::vector<Variable> path(Optimiser optimiser, const Model& model, const Call& call) {
  std::vector<Variable> weights, biases;
  for (Index step = 0; step < call["weight.gradients"].shape(0); ++step) {
    const std::vector<Variable> gradients = {select(call.tensor("weight.gradients"), 0, step),
                                             select(call.tensor("bias.gradients"), 0, step)};
    optimiser.step(gradients);
    weights.push_back(copy(model.weight.value()));
    biases.push_back(copy(model.bias.value()));
  }
  return {stack(weights), stack(biases)};
}

Model model_of(const Call& call) {
  return {parameter(copy(call.tensor("weight"))), parameter(copy(call.tensor("bias")))};
}

std::vector<Variable> clip(const Call& call) {
  std::vector<Variable> gradients = {call["a"], call["b"]};
  const double norm = clip_grad_norm(gradients, call.get<double>("max_norm"));
  return {scalar(norm, call["a"].dtype()), gradients[0], gradients[1]};
}

// As a training does it: the factor goes to the optimiser.
std::vector<Variable> clip_by_factor(const Call& call) {
  const std::vector<Variable> gradients = {call["a"], call["b"]};
  const double norm = global_norm(gradients);
  const double factor = clip_scale(norm, call.get<double>("max_norm"));
  return {scalar(norm, call["a"].dtype()), gradients[0] * factor, gradients[1] * factor};
}

}  // namespace

TEST_CASE("optimisers take PyTorch's steps, and clip as it does", "[reference]") {
  check_records("optimisers.safetensors", {{"SGD", {twenty_steps, {[](const Call& c) {
                                                      const Model model = model_of(c);
                                                      return path(SGD(model, sgd_rule(c.arguments)), model, c);
                                                    }}}},
                                           {"Adam", {twenty_steps, {[](const Call& c) {
                                                       const Model model = model_of(c);
                                                       return path(Adam(model, adam_rule(c.arguments)), model, c);
                                                     }}}},
                                           {"AdamW", {twenty_steps, {[](const Call& c) {
                                                        const Model model = model_of(c);
                                                        return path(adam_w(model, adam_rule(c.arguments)), model, c);
                                                      }}}},
                                           {"clip_grad_norm", {clipped, {clip, clip_by_factor}}}});
}

}  // namespace glance
