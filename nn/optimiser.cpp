// Optimisers and gradient clipping over fixed ranges of the parameters, so that the bits do not depend on the number of
// threads.
#include "glance/nn/optimiser.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "glance/nn/workers.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/formatted.h"

namespace glance {

namespace {

// Elements that one task takes. Fixed, so that sums over ranges have the same bits on any number of threads.
constexpr Index range_size = 32768;

struct Range {
  std::size_t tensor;
  std::size_t from, count;
};

std::vector<Range> ranges_of(std::span<const Variable> tensors) {
  std::vector<Range> ranges;
  for (std::size_t i = 0; i < tensors.size(); ++i)
    for (Index from = 0; from < tensors[i].numel(); from += range_size)
      ranges.push_back({i, static_cast<std::size_t>(from),
                        static_cast<std::size_t>(std::min(range_size, tensors[i].numel() - from))});
  return ranges;
}

// Calls task(i) for every range.
void for_each(Workers* workers, std::span<const Range> ranges, const std::function<void(int)>& task) {
  std::size_t elements = 0;
  for (const Range& range : ranges) elements += range.count;
  share_out(workers, static_cast<Index>(elements), static_cast<int>(ranges.size()), task);
}

// The gradients as dense constants, checked against what they belong to.
std::vector<Variable> matching(const char* operation, const OptimiserState& state,
                               std::span<const Variable> gradients) {
  state.moved.check(operation);
  if (gradients.size() != state.parameters.size())
    throw Error(formatted("{}: {} gradients for {} parameters: give one for each of parameters(model), in order",
                          operation, gradients.size(), state.parameters.size()));
  std::vector<Variable> result;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const Variable& parameter = state.parameters[i].variable;
    if (!gradients[i].defined())
      throw Error(formatted("{}: the gradient of {} is undefined: give zeros to leave it out", operation,
                            state.parameters[i].name));
    if (parameter.value().is_sole_owner())
      throw Error(
          formatted("{0}: {1} is held by this optimiser alone: if the model's was replaced, make the optimiser after "
                    "that, or keep the parameter and set its numbers by assign({1}.value(), numbers)",
                    operation, state.parameters[i].name));
    if (gradients[i].shape() != parameter.shape() || gradients[i].dtype() != parameter.dtype())
      throw Error(formatted("{}: the gradient of {} is {} {}, wanted {} {}", operation, state.parameters[i].name,
                            name(gradients[i].dtype()), to_string(gradients[i].shape()), name(parameter.dtype()),
                            to_string(parameter.shape())));
    result.push_back(contiguous(gradients[i].value()));
  }
  return result;
}

// Calls update(number of the parameter, parameter, gradient, state tensor 0 …) for every range of every parameter.
template <class Update>
void step_ranges(const char* operation, OptimiserState& state, std::span<const Variable> given, Workers* workers,
                 Update&& update) {
  const auto gradients = matching(operation, state, given);
  ++state.steps;
  const auto ranges = ranges_of(gradients);
  // Asked for once, on this thread: write<T>() counts.
  std::vector<std::vector<void*>> memory;
  for (std::size_t i = 0; i < gradients.size(); ++i)
    dispatch_floating(operation, gradients[i].dtype(), [&]<class T>() {
      auto& pointers = memory.emplace_back();
      pointers.push_back(state.parameters[i].variable.value().template write<T>());
      for (const Tensor& t : state.tensors[i]) pointers.push_back(t.write<T>());
    });
  for_each(workers, ranges, [&](int task) {
    const Range& range = ranges[static_cast<std::size_t>(task)];
    dispatch_floating(operation, gradients[range.tensor].dtype(), [&]<class T>() {
      const auto part = [&](std::size_t i) {
        const auto& pointers = memory[range.tensor];
        if (i >= pointers.size()) return std::span<T>();
        return std::span<T>(static_cast<T*>(pointers[i]) + range.from, range.count);
      };
      const std::span<const T> gradient(gradients[range.tensor].value().template read<T>() + range.from, range.count);
      update(range.tensor, part(0), gradient, part(1), part(2));
    });
  });
}

void check_number(const char* operation, const char* what, double value) {
  if (!(value >= 0 && std::isfinite(value)))
    throw Error(formatted("{}: {} {}: it must be at least 0 and finite", operation, what, value));
}

// What PyTorch refuses too. Asked at every step, because a rule may be changed between two.
void check_rule(const char* operation, const SgdRule& rule) {
  check_number(operation, "learning rate", rule.learning_rate);
  check_number(operation, "momentum", rule.momentum);
  check_number(operation, "weight decay", rule.weight_decay);
  if (rule.nesterov && (rule.momentum == 0 || rule.dampening != 0))
    throw Error(formatted("{}: momentum {} and dampening {}: nesterov needs momentum and no dampening", operation,
                          rule.momentum, rule.dampening));
}

void check_rule(const char* operation, const AdamRule& rule) {
  check_number(operation, "learning rate", rule.learning_rate);
  check_number(operation, "epsilon", rule.epsilon);
  check_number(operation, "weight decay", rule.weight_decay);
  if (!(rule.beta1 >= 0 && rule.beta1 < 1 && rule.beta2 >= 0 && rule.beta2 < 1))
    throw Error(
        formatted("{}: beta1 {} and beta2 {}: both must be at least 0 and below 1", operation, rule.beta1, rule.beta2));
}

// The rule of each parameter. Asked for at every step, because rules and groups may be changed between two.
template <class Rule>
std::vector<Rule> rules_of(const char* operation, const Rule& rule, const OptimiserState& state,
                           std::span<const ParameterGroup> groups) {
  check_rule(operation, rule);
  std::map<const void*, std::size_t> numbers;
  for (std::size_t i = 0; i < state.parameters.size(); ++i) numbers[state.parameters[i].variable.node().get()] = i;
  std::vector<Rule> rules(state.parameters.size(), rule);
  std::vector<bool> grouped(rules.size(), false);
  for (std::size_t g = 0; g < groups.size(); ++g) {
    Rule own = rule;
    own.learning_rate *= groups[g].learning_rate_scale;
    own.weight_decay = groups[g].weight_decay.value_or(rule.weight_decay);
    check_rule(operation, own);
    for (const Variable& parameter : groups[g].parameters) {
      const auto found = parameter.given() ? numbers.find(parameter.node().get()) : numbers.end();
      if (found == numbers.end())
        throw Error(formatted("{}: group {} has a parameter {} that is none of those this optimiser moves", operation,
                              g, parameter.given() ? to_string(parameter.shape()) : "undefined"));
      if (grouped[found->second])
        throw Error(
            formatted("{}: {} is in two groups, or in one twice", operation, state.parameters[found->second].name));
      grouped[found->second] = true;
      rules[found->second] = own;
    }
  }
  return rules;
}

}  // namespace

double global_norm(std::span<const Variable> gradients, Workers* workers) {
  std::vector<Variable> dense;
  for (const Variable& gradient : gradients) dense.push_back(contiguous(gradient.value()));
  const auto ranges = ranges_of(dense);
  std::vector<double> sums(ranges.size());
  for_each(workers, ranges, [&](int task) {
    const Range& range = ranges[static_cast<std::size_t>(task)];
    dispatch_floating("global_norm", dense[range.tensor].dtype(), [&]<class T>() {
      sums[static_cast<std::size_t>(task)] =
          sum_of_squares(std::span<const T>(dense[range.tensor].value().template read<T>() + range.from, range.count));
    });
  });
  double total = 0;
  for (const double sum : sums) total += sum;
  return std::sqrt(total);
}

// In this order, a NaN stays one.
double clip_scale(double norm, double max_norm) { return std::min(max_norm / (norm + 1e-6), 1.0); }

double clip_grad_norm(std::span<Variable> gradients, double max_norm) {
  const double norm = global_norm(gradients);
  const double scale = clip_scale(norm, max_norm);
  if (scale == 1) return norm;
  for (Variable& gradient : gradients) {
    if (gradient.value().is_sole_owner() && !gradient.requires_grad())
      scale_into(gradient.value(), scale);
    else
      gradient = Variable(gradient.value() * scale);
  }
  return norm;
}

OptimiserState::OptimiserState(std::vector<NamedParameter> all, std::vector<std::string> remembered)
    : parameters(std::move(all)), names(std::move(remembered)) {
  for (const auto& [name, parameter] : parameters) {
    if (!parameter.value().is_dense())
      throw Error(formatted("optimiser: {} is a strided view: make it parameter(contiguous(t))", name));
    auto& all_of_it = tensors.emplace_back();
    for (std::size_t i = 0; i < names.size(); ++i) all_of_it.push_back(zeros(parameter.shape(), parameter.dtype()));
  }
}

std::map<std::string, Tensor> OptimiserState::state_dict() const {
  moved.check("optimiser");
  std::map<std::string, Tensor> result{{"steps", scalar(static_cast<double>(steps), i64)}};
  for (std::size_t i = 0; i < parameters.size(); ++i)
    for (std::size_t j = 0; j < names.size(); ++j) result.emplace(parameters[i].name + "." + names[j], tensors[i][j]);
  return result;
}

void OptimiserState::load_state_dict(const std::map<std::string, Tensor>& values) {
  moved.check("optimiser");
  std::vector<NamedParameter> wanted;
  const Tensor loaded_steps = scalar(0, i64);
  wanted.push_back({"steps", loaded_steps});
  for (std::size_t i = 0; i < parameters.size(); ++i)
    for (std::size_t j = 0; j < names.size(); ++j)
      wanted.push_back({parameters[i].name + "." + names[j], tensors[i][j]});
  const auto given = values.find("steps");
  if (given != values.end() && given->second.defined() && given->second.numel() == 1 &&
      !(given->second.item() >= 0 && given->second.item() <= 0x1p53))
    throw Error(formatted("load_state_dict: steps is {}: it must be from 0 to 2^53", given->second.item()));
  detail::load_values(wanted, values);
  steps = static_cast<Index>(loaded_steps.item());
}

SGD::SGD(std::vector<NamedParameter> parameters, const SgdRule& options, std::vector<ParameterGroup> groups_)
    : rule(options),
      groups(std::move(groups_)),
      state(std::move(parameters),
            options.momentum != 0 ? std::vector<std::string>{"velocity"} : std::vector<std::string>{}) {
  rules_of("SGD", rule, state, groups);
}

void SGD::step(std::span<const Variable> gradients, double scale, Workers* workers) {
  state.moved.check("SGD::step");
  const auto rules = rules_of("SGD::step", rule, state, groups);
  if (rule.momentum != 0 && state.names.empty())
    throw Error(
        formatted("SGD::step: momentum {}, but there is no velocity: give momentum when SGD is made", rule.momentum));
  step_ranges("SGD::step", state, gradients, workers,
              [&](std::size_t number, auto parameter, auto gradient, auto velocity, auto) {
                sgd_step(rules[number], state.steps, parameter, gradient, velocity, scale);
              });
}

Adam::Adam(std::vector<NamedParameter> parameters, const AdamRule& options, std::vector<ParameterGroup> groups_)
    : rule(options), groups(std::move(groups_)), state(std::move(parameters), {"first_moment", "second_moment"}) {
  rules_of("Adam", rule, state, groups);
}

void Adam::step(std::span<const Variable> gradients, double scale, Workers* workers) {
  state.moved.check("Adam::step");
  const auto rules = rules_of("Adam::step", rule, state, groups);
  step_ranges("Adam::step", state, gradients, workers,
              [&](std::size_t number, auto parameter, auto gradient, auto first_moment, auto second_moment) {
                adam_step(rules[number], state.steps, parameter, gradient, first_moment, second_moment, scale);
              });
}

}  // namespace glance
