#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "glance/autograd/variable.h"

// What a layer is: a struct whose members are Variables and other layers, and one line that lists them by the names
// PyTorch uses,
//
//   static void visit(auto& self, auto&& f) { f("weight", self.weight); f("bias", self.bias); }
//
// from which everything below is derived. A member may be a Variable (undefined ones are passed over), a layer, or an
// optional, vector or variant of these: a variant is what it holds at the moment, a std::monostate in it is nothing.
// visit() takes a const and a non-const `self`, and calls f(name, member) for each member, always in the same order. A
// name may be empty: the members below then stand as if they were listed in its place.
namespace glance {

// A parameter and what it is called in its model: "encoder.weight".
using NamedParameter = NamedVariable;

namespace detail {

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;
template <class T>
inline constexpr bool is_variant = false;
template <class... T>
inline constexpr bool is_variant<std::variant<T...>> = true;

struct AnyVisitor {
  template <class Name, class Member>
  void operator()(Name&&, Member&&) const {}
};

inline std::string join_names(const std::string& parent, const std::string& child) {
  return parent.empty() || child.empty() ? parent + child : parent + "." + child;
}

}  // namespace detail

// A struct that lists its members in a static visit().
template <class T>
concept Layer = requires(T& layer) {
  T::visit(layer, detail::AnyVisitor{});
};

// Calls f(name, leaf) for every member of one of the types `Leaf` that is `member` or stands below it, in the order of
// visit: the names of the layers around it, parted by dots, before its own, all behind `name`. A member that is neither
// a leaf, nor a layer, nor an optional, vector or variant of these does not compile.
template <class... Leaf, class Member, class F>
void visit_leaves(const std::string& name, Member& member, F& f) {
  using T = std::remove_const_t<Member>;
  if constexpr ((std::is_same_v<T, Leaf> || ...)) {
    f(name, member);
  } else if constexpr (Layer<T>) {
    T::visit(member, [&](const std::string& child, auto& part) {
      visit_leaves<Leaf...>(detail::join_names(name, child), part, f);
    });
  } else if constexpr (detail::is_optional<T>) {
    if (member) visit_leaves<Leaf...>(name, *member, f);
  } else if constexpr (detail::is_vector<T>) {
    for (std::size_t i = 0; i < member.size(); ++i)
      visit_leaves<Leaf...>(detail::join_names(name, std::to_string(i)), member[i], f);
  } else if constexpr (detail::is_variant<T>) {
    std::visit([&](auto& held) { visit_leaves<Leaf...>(name, held, f); }, member);
  } else {
    static_assert(std::is_same_v<T, std::monostate>,
                  "a model and each member that its visit lists is a Variable, an optional, vector or variant, or a "
                  "struct with: static void visit(auto& self, auto&& f) { f(\"weight\", self.weight); }");
  }
}

// Calls f(name, variable) for every Variable of a layer or below it, undefined ones too.
template <class Model, class F>
void visit_variables(const std::string& name, Model& model, F& f) {
  visit_leaves<Variable>(name, model, f);
}

namespace detail {

std::vector<NamedParameter> without_repeats(std::vector<NamedParameter> all);
void load_values(const std::vector<NamedParameter>& model, const std::map<std::string, Tensor>& values);
std::map<std::string, Tensor> to_state(const std::vector<NamedParameter>& all);
void check_reached(const std::vector<NamedParameter>& all, const Variable& loss);
Variable copy_once(const Variable& variable, std::map<const void*, Variable>& copies);

}  // namespace detail

// Every defined variable of a model with its name, tied ones under each of their names.
template <class Model>
std::vector<NamedParameter> all_named_parameters(const Model& model) {
  std::vector<NamedParameter> result;
  auto collect = [&](const std::string& name, const Variable& variable) {
    if (variable.given()) result.push_back({name, variable});
  };
  visit_variables("", model, collect);
  return result;
}

// Every parameter of a model once, under the first of its names.
template <class Model>
std::vector<NamedParameter> named_parameters(const Model& model) {
  return detail::without_repeats(all_named_parameters(model));
}

// Every parameter of a model once, in the order of visit: what to differentiate with respect to.
template <class Model>
std::vector<Variable> parameters(const Model& model) {
  std::vector<Variable> result;
  for (auto& named : named_parameters(model)) result.push_back(std::move(named.variable));
  return result;
}

// The number of trainable elements, tied ones counted once.
template <class Model>
Index parameter_count(const Model& model) {
  Index count = 0;
  for (const auto& named : named_parameters(model)) count += named.variable.numel();
  return count;
}

// The values by name, sharing the model's memory; tied ones under each name, as in PyTorch. Error for two members of
// one name.
template <class Model>
std::map<std::string, Tensor> state_dict(const Model& model) {
  return detail::to_state(all_named_parameters(model));
}

// Copies values into a model's parameters. Error, before anything is changed, that names the first few of what is
// missing or not expected, of another shape or dtype, or NaN or infinite, and says how many more there are.
template <class Model>
void load_state_dict(const Model& model, const std::map<std::string, Tensor>& values) {
  detail::load_values(all_named_parameters(model), values);
}

// A model with parameters of its own. (Copying the struct shares them.) What is tied stays tied.
template <class Model>
Model copy(const Model& model) {
  Model result = model;
  std::map<const void*, Variable> copies;
  auto separate = [&](const std::string&, Variable& variable) { variable = detail::copy_once(variable, copies); };
  visit_variables("", result, separate);
  return result;
}

// Finds the classic mistakes, a member forgotten in visit or made without parameter(): walks the graph from a loss, and
// throws an Error that names each parameter it meets which the model does not list (by shape), each listed one that the
// loss does not depend on, and each listed member of numbers that is no parameter, so that no optimiser would train it
// (by name).
template <class Model>
void check_parameters(const Model& model, const Variable& loss) {
  detail::check_reached(all_named_parameters(model), loss);
}

// Writes a model's state dict as a safetensors file, whole or not at all. Error, naming the file, when it cannot.
template <class Model>
void save(const Model& model, const std::string& path);

// Reads a safetensors file into a model's parameters. Error, naming the file, when it cannot be read, and as for
// load_state_dict.
template <class Model>
void load(const Model& model, const std::string& path);

namespace detail {
void save_state(const std::map<std::string, Tensor>& state, const std::string& path);
std::map<std::string, Tensor> load_state(const std::string& path);
[[noreturn]] void throw_in_file(const std::string& path, const char* problem);
}  // namespace detail

template <class Model>
void save(const Model& model, const std::string& path) {
  detail::save_state(state_dict(model), path);
}

template <class Model>
void load(const Model& model, const std::string& path) {
  const auto state = detail::load_state(path);
  try {
    load_state_dict(model, state);
  } catch (const Error& error) {
    detail::throw_in_file(path, error.what());
  }
}

}  // namespace glance
