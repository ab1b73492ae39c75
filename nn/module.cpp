// What is derived from a model's list of parameters: names, states, files, copies, and the check that none was
// forgotten.
#include "glance/nn/module.h"

#include <set>

#include "glance/autograd/node.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/files/safetensors.h"
#include "glance/tensor/files/tensor_file.h"
#include "glance/tensor/formatted.h"
#include "glance/tensor/reduce.h"

namespace glance::detail {

namespace {

// What makes two handles the same parameter: the node, or for constants the memory they look at.
const void* identity(const Variable& variable) {
  if (variable.node()) return variable.node().get();
  return dispatch(variable.dtype(), [&]<class T>() { return static_cast<const void*>(variable.value().read<T>()); });
}

// Throws the problems as one line, unless there are none: the first few, and how many more.
void throw_problems(const char* operation, const std::vector<std::string>& problems) {
  constexpr std::size_t shown = 4;
  if (problems.empty()) return;
  const std::size_t count = problems.size() > shown + 1 ? shown : problems.size();
  const std::string more = count < problems.size() ? formatted("; and {} more", problems.size() - count) : "";
  throw Error(formatted("{}: {}{}", operation, joined(std::span(problems).first(count), "; "), more));
}

// How many elements no training goes on from: those of a parameter that are NaN or infinite; those of what is no
// parameter, such as a mask of minus infinities or an optimiser's moments, that are NaN.
Index unusable(const Variable& variable, const Tensor& value) {
  if (!is_floating(value.dtype())) return 0;
  const Tensor bad = variable.is_parameter() ? logical_not(is_finite(value)) : is_nan(value);
  return static_cast<Index>(sum(bad).item());
}

}  // namespace

std::vector<NamedParameter> without_repeats(std::vector<NamedParameter> all) {
  std::set<const void*> seen;
  std::vector<NamedParameter> result;
  for (auto& named : all)
    if (named.variable.is_parameter() && seen.insert(identity(named.variable)).second)
      result.push_back(std::move(named));
  return result;
}

std::map<std::string, Tensor> to_state(const std::vector<NamedParameter>& all) {
  std::map<std::string, Tensor> state;
  for (const auto& named : all)
    if (!state.emplace(named.name, named.variable.value()).second)
      throw Error(
          formatted("state_dict: two members are visited under the name {}: give them different names", named.name));
  return state;
}

void load_values(const std::vector<NamedParameter>& model, const std::map<std::string, Tensor>& values) {
  std::vector<std::string> problems;
  std::set<std::string> expected;
  for (const auto& [name_, variable] : model) {
    expected.insert(name_);
    const auto found = values.find(name_);
    if (found == values.end()) {
      problems.push_back(formatted("{} is missing", name_));
    } else if (!found->second.defined()) {
      problems.push_back(formatted("{} is undefined", name_));
    } else if (found->second.shape() != variable.shape() || found->second.dtype() != variable.dtype()) {
      problems.push_back(formatted("{} is {} {}, wanted {} {}", name_, name(found->second.dtype()),
                                   to_string(found->second.shape()), name(variable.dtype()),
                                   to_string(variable.shape())));
    } else if (const Index bad = unusable(variable, found->second); bad > 0) {
      problems.push_back(formatted("{} has {} of {} elements that are {}", name_, bad, variable.numel(),
                                   variable.is_parameter() ? "NaN or infinite" : "NaN"));
    }
  }
  for (const auto& [name_, value] : values)
    if (!expected.contains(name_)) problems.push_back(formatted("{} is not expected", in_quotes(name_)));
  throw_problems("load_state_dict", problems);
  for (const auto& [name_, variable] : model) assign(variable.value(), values.at(name_));
}

void check_reached(const std::vector<NamedParameter>& all, const Variable& loss) {
  const std::vector<NamedParameter> listed = without_repeats(all);
  std::map<const Node*, std::string> names;
  for (const auto& named : listed) names.emplace(named.variable.node().get(), named.name);
  std::vector<const Node*> pending;
  std::set<const Node*> seen;
  const auto meet = [&](const Node* node) {
    if (node && seen.insert(node).second) pending.push_back(node);
  };
  meet(loss.node().get());
  std::vector<std::string> problems;
  while (!pending.empty()) {
    const Node* node = pending.back();
    pending.pop_back();
    if (node->is_parameter() && !names.contains(node))
      problems.push_back(
          formatted("the loss depends on a parameter of shape {} that visit does not list: name it there",
                    to_string(node->outputs()[0].shape)));
    for (const Edge& edge : node->edges()) meet(edge.node.get());
  }
  for (const auto& named : listed)
    if (!seen.contains(named.variable.node().get()))
      problems.push_back(formatted("{} is listed but the loss does not depend on it", named.name));
  for (const auto& [name_, variable] : all)
    if (!variable.is_parameter() && is_floating(variable.dtype()))
      problems.push_back(
          formatted("{} is listed but is no parameter, so no optimiser trains it: make it parameter(…)", name_));
  throw_problems("check_parameters", problems);
}

Variable copy_once(const Variable& variable, std::map<const void*, Variable>& copies) {
  if (!variable.given()) return variable;
  const auto [place, is_new] = copies.try_emplace(identity(variable));
  if (is_new) {
    const Tensor value = copy(variable.value());
    place->second = variable.is_parameter() ? parameter(value) : Variable(value);
  }
  return place->second;
}

void save_state(const std::map<std::string, Tensor>& state, const std::string& path) { save_safetensors(path, state); }

std::map<std::string, Tensor> load_state(const std::string& path) { return load_safetensors(path).tensors; }

void throw_in_file(const std::string& path, const char* problem) { throw Error(formatted("{}: {}", path, problem)); }

}  // namespace glance::detail
