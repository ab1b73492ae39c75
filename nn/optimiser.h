#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "glance/autograd/variable.h"
#include "glance/nn/module.h"
#include "glance/tensor/kernels/optimise.h"
#include "glance/tensor/moved.h"

// Optimisers: SGD, Adam and AdamW, and the clipping of gradients.
namespace glance {

class Workers;

// The Euclidean norm of all gradients together. The same bits whatever the number of workers. Error when one is
// undefined or not f32 or f64.
double global_norm(std::span<const Variable> gradients, Workers* workers = nullptr);

// What to multiply gradients of this norm by, so that their norm is at most `max_norm` (Pascanu, Mikolov and Bengio,
// 2013). An optimiser takes it along in its one pass over memory.
double clip_scale(double norm, double max_norm);

// Scales the gradients down to a global norm of at most `max_norm`, and returns the norm they had, as PyTorch's
// clip_grad_norm_. Memory shared with anything else is not changed: such a gradient is replaced in the list. Error as
// for global_norm.
double clip_grad_norm(std::span<Variable> gradients, double max_norm);

// Parameters that an optimiser moves in a way of their own. Those in no group follow its rule as it is.
struct ParameterGroup {
  std::vector<Variable> parameters;
  double learning_rate_scale = 1;        // times the rule's learning rate
  std::optional<double> weight_decay{};  // in the place of the rule's
};

// The parameters that an optimiser moves, and what it remembers of each.
struct OptimiserState {
  std::vector<NamedParameter> parameters;
  std::vector<std::string> names;            // of what is remembered: "first_moment", …
  std::vector<std::vector<Tensor>> tensors;  // by parameter, then by name
  Index steps = 0;                           // taken so far
  detail::MovedMark moved;                   // whether all this went elsewhere

  // What is remembered starts as zeros. Error for a parameter that is a strided view.
  OptimiserState(std::vector<NamedParameter> all, std::vector<std::string> remembered);

  // By name, "encoder.weight.first_moment", with "steps" (i64). Shares memory.
  std::map<std::string, Tensor> state_dict() const;
  // Error, before anything is changed, for a name missing or not expected, or a shape or dtype that differs.
  void load_state_dict(const std::map<std::string, Tensor>& values);
};

// Stochastic gradient descent, with momentum if asked (Sutskever et al., 2013). Options as in PyTorch's SGD; Error for
// those that it refuses, and for a group's parameter that is not moved here or is in two groups, when made and, if
// something was changed, in step.
class SGD {
 public:
  // Of all parameters of a model, or of these.
  template <class Model>
  explicit SGD(const Model& model, const SgdRule& options = {}, std::vector<ParameterGroup> groups_ = {})
      : SGD(named_parameters(model), options, std::move(groups_)) {}
  SGD(std::vector<NamedParameter> parameters, const SgdRule& options, std::vector<ParameterGroup> groups_ = {});

  // One step along `gradients`, in the order of parameters(model), each times `scale`. Error when they do not fit, and
  // for a parameter that nothing but this optimiser holds any more: the model's own was replaced, and would not move.
  void step(std::span<const Variable> gradients, double scale = 1, Workers* workers = nullptr);

  SgdRule rule;
  std::vector<ParameterGroup> groups;  // options as the rule is: no part of the state
  OptimiserState state;
};

// Adam (Kingma and Ba, 2015), with rule.decoupled AdamW. Options and their errors as for SGD.
class Adam {
 public:
  // Of all parameters of a model, or of these.
  template <class Model>
  explicit Adam(const Model& model, const AdamRule& options = {}, std::vector<ParameterGroup> groups_ = {})
      : Adam(named_parameters(model), options, std::move(groups_)) {}
  Adam(std::vector<NamedParameter> parameters, const AdamRule& options, std::vector<ParameterGroup> groups_ = {});

  // One step along `gradients`, in the order of parameters(model), each times `scale`. Errors as for SGD.
  void step(std::span<const Variable> gradients, double scale = 1, Workers* workers = nullptr);

  AdamRule rule;
  std::vector<ParameterGroup> groups;  // options as the rule is: no part of the state
  OptimiserState state;
};

// Adam with weight decay straight on the parameters (Loshchilov and Hutter, 2019), 0.01 as in PyTorch. Errors as for
// Adam.
template <class Model>
Adam adam_w(const Model& model, AdamRule options = {.weight_decay = 0.01}, std::vector<ParameterGroup> groups = {}) {
  options.decoupled = true;
  return Adam(model, options, std::move(groups));
}

}  // namespace glance
