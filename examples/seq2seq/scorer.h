#pragma once

#include <any>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>

#include "glance/autograd/attention.h"
#include "glance/nn/module.h"

// A place in the translator for any attention, one's own included.
namespace glance::seq2seq {

// How a state is scored against the memory: any function or layer that takes query, keys, values and what is visible,
// and returns context and weights, as DotAttention does. It is a value: a copy is a layer of its own, whose parameters
// are shared or separated as any layer's.
class Scorer {
 public:
  Scorer() = default;  // nothing to look at

  template <class F>
  requires(!std::is_same_v<F, Scorer>) Scorer(F attend)
      : scorer_(std::move(attend)),
        attend_(&attend_with<F>),
        visit_(&visit_all<F, std::any, Variable>),
        visit_const_(&visit_all<F, const std::any, const Variable>) {}

  explicit operator bool() const { return scorer_.has_value(); }

  // [batch, targets, hidden], [batch, sources, hidden] twice, and bool [batch, 1, sources].
  Attended operator()(const Variable& query, const Variable& keys, const Variable& values,
                      const Tensor& visible) const {
    return attend_(scorer_, query, keys, values, visible);
  }

  // Lists the layer's parameters; a plain function has none.
  static void visit(auto& self, auto&& f) {
    if (!self) return;
    if constexpr (std::is_const_v<std::remove_reference_t<decltype(self)>>)
      self.visit_const_(self.scorer_, f);
    else
      self.visit_(self.scorer_, f);
  }

 private:
  template <class V>
  using Visitor = std::function<void(const std::string&, V&)>;

  template <class F>
  static Attended attend_with(const std::any& scorer, const Variable& query, const Variable& keys,
                              const Variable& values, const Tensor& visible) {
    return (*std::any_cast<F>(&scorer))(query, keys, values, visible);
  }

  template <class F, class Any, class V>
  static void visit_all(Any& scorer, const Visitor<V>& f) {
    if constexpr (Layer<F>) visit_variables("", *std::any_cast<F>(&scorer), f);
  }

  std::any scorer_;
  Attended (*attend_)(const std::any&, const Variable&, const Variable&, const Variable&, const Tensor&) = nullptr;
  // clang 14 does not see that visit(), a template, uses them.
  [[maybe_unused]] void (*visit_)(std::any&, const Visitor<Variable>&) = nullptr;
  [[maybe_unused]] void (*visit_const_)(const std::any&, const Visitor<const Variable>&) = nullptr;
};

}  // namespace glance::seq2seq
