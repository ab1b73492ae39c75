#pragma once

// gradcheck: proves derivatives by moving every element of the inputs a little and looking at what the outputs do.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "glance/autograd/variable.h"
#include "glance/tensor/moved.h"

namespace glance {

// Options of gradcheck().
struct GradcheckOptions {
  int order = 2;            // 1: gradients; 2: also the gradients of the gradients
  double step = 1e-5;       // by which one element at a time is moved up and down
  double tolerance = 1e-6;  // a and b agree when |a - b| <= tolerance * max(1, |a|, |b|)
  std::uint64_t seed = 1;   // of the random projection of the outputs
};

// What gradcheck differentiates: any function of a span of Variables, or of one to eight Variables, that returns a
// Variable or a vector of them.
class Differentiable {
 public:
  // Holds a copy of `f`.
  template <class F>
  Differentiable(F f) {
    if constexpr (std::is_invocable_v<F&, std::span<const Variable>>)
      call_ = [f = std::move(f)](std::span<const Variable> x) mutable { return list(f(x)); };
    else
      take_one_by_one(std::move(f), std::index_sequence<0>());
  }

  // The outputs at `inputs`, which must be as many as it takes; that is not checked.
  std::vector<Variable> operator()(std::span<const Variable> inputs) const {
    moved_.check("gradcheck");
    return call_(inputs);
  }

  // How many Variables it takes; 0 for a function of a span, which is ready for any number.
  std::size_t arity() const { return arity_; }

 private:
  template <class F, std::size_t... I>
  void take_one_by_one(F f, std::index_sequence<I...>) {
    static_assert(sizeof...(I) <= 8,
                  "gradcheck takes a function of a span of Variables, or of one to eight `const Variable&`");
    if constexpr (std::is_invocable_v<F&, std::enable_if_t<I + 1 != 0, const Variable&>...>) {
      arity_ = sizeof...(I);
      call_ = [f = std::move(f)](std::span<const Variable> x) mutable { return list(f(x[I]...)); };
    } else if constexpr (sizeof...(I) <= 8) {
      take_one_by_one(std::move(f), std::make_index_sequence<sizeof...(I) + 1>());
    }
  }
  static std::vector<Variable> list(Variable output) { return {std::move(output)}; }
  static std::vector<Variable> list(std::vector<Variable> outputs) { return outputs; }

  std::function<std::vector<Variable>(std::span<const Variable>)> call_;
  std::size_t arity_ = 0;
  detail::MovedMark moved_;
};

// Proves the derivatives of `f` at `inputs`: gradcheck([](const Variable& x, const Variable& y) { return x * y; },
// {x, y}). The outputs are projected on random directions, and every element of every input is moved up and down by a
// small step; what the projection does must agree with grad(). Order 2 asks the same of the gradients, as functions of
// the inputs and of the gradients that came in, and so also checks that grad() gives the same with create_graph and
// without. Strided inputs stay strided. It takes two evaluations of f and of its gradient per element, so inputs should
// be small, and further than a step from any kink.
//
// Error when numbers disagree, which says the input, its element where they do so most, both numbers and the order.
// Also when an input is not f64, and when f is not a function of its inputs alone.
void gradcheck(const Differentiable& f, std::span<const Tensor> inputs, const GradcheckOptions& options = {});

// Proves the derivatives of `f` at inputs that are written out.
void gradcheck(const Differentiable& f, std::initializer_list<Tensor> inputs, const GradcheckOptions& options = {});

}  // namespace glance
