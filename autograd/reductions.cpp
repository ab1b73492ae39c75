// Sums, extremes and softmax with their derivatives, most of which stretch a gradient back over the reduced dimensions.
#include "glance/autograd/reductions.h"

#include <limits>
#include <vector>

#include "glance/autograd/activations.h"
#include "glance/autograd/arithmetic.h"
#include "glance/autograd/arrange.h"
#include "glance/autograd/record.h"
#include "glance/autograd/views.h"
#include "glance/tensor/create.h"
#include "glance/tensor/cumsum.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/reduce.h"
#include "glance/tensor/softmax.h"
#include "glance/tensor/view.h"

namespace glance {

namespace {

// The shape of a reduction of `shape` that keeps its dimensions, so that it broadcasts back.
Shape kept_shape(const char* operation, const Shape& shape, const Axes& axes) {
  return reduced_shape(shape, resolve_axes(operation, axes, shape), true);
}

}  // namespace

// y = Σ x,  dy/dx = 1
Variable sum(const Variable& x, const Axes& axes, bool keepdim) {
  const Shape kept = kept_shape("sum", x.shape(), axes);
  return record("sum", {x}, sum(x.value(), axes, keepdim), Save::nothing,
                [kept](const Saved& s, const Variable& grad) { return expand(reshape(grad, kept), s.input_shape(0)); });
}

// y = Σ x / n,  dy/dx = 1/n
Variable mean(const Variable& x, const Axes& axes, bool keepdim) {
  const Shape kept = kept_shape("mean", x.shape(), axes);
  const double n = static_cast<double>(x.numel()) / static_cast<double>(kept.numel());
  return record(
      "mean", {x}, mean(x.value(), axes, keepdim), Save::nothing,
      [kept, n](const Saved& s, const Variable& grad) { return expand(reshape(grad / n, kept), s.input_shape(0)); });
}

namespace {

// Of each element along the last dimension, the product of all the others: by a tree of pairs and without a division,
// so that elements may be 0 and derivatives be of any order.
Variable products_of_others(const Variable& x) {
  const Index n = x.shape(-1);
  if (n < 2) return ones_like(x.value());
  const Variable even = slice(x, -1, 0, n, 2);
  const Variable odd = pad(slice(x, -1, 1, n, 2), {0, n % 2}, 1);  // the last may be without a partner
  const Variable other_pairs = products_of_others(even * odd);
  return slice(flatten(stack({other_pairs * odd, other_pairs * even}, -1), -2), -1, 0, n);
}

// The same over the axes, which are put last, as one dimension, and back.
Variable products_of_others(const Variable& x, const Axes& axes) {
  const auto reduced = resolve_axes("prod", axes, x.shape());
  std::vector<int> order, back(static_cast<std::size_t>(x.rank()));
  for (const bool last : {false, true})
    for (int d = 0; d < x.rank(); ++d)
      if (reduced[static_cast<std::size_t>(d)] == last) {
        back[static_cast<std::size_t>(d)] = static_cast<int>(order.size());
        order.push_back(d);
      }
  const Variable arranged = permute(x, order);
  const Index rows = kept_shape("prod", x.shape(), axes).numel();
  const Variable others = products_of_others(reshape(arranged, {rows, rows > 0 ? x.numel() / rows : 0}));
  return permute(reshape(others, arranged.shape()), back);
}

}  // namespace

// y = Π x,  dy/dx = the product of the others
Variable prod(const Variable& x, const Axes& axes, bool keepdim) {
  return record("prod", {x}, prod(x.value(), axes, keepdim), Save::inputs,
                [axes](const Saved& s, const Variable& grad) {
                  const Variable in = s.input(0);
                  return reshape(grad, kept_shape("prod", in.shape(), axes)) * products_of_others(in, axes);
                });
}

// y[i] = Σ x[j] over j ≤ i,  dL/dx[j] = Σ dL/dy[i] over i ≥ j: the sums so far from the other end
Variable cumsum(const Variable& x, int dim) {
  return record("cumsum", {x}, cumsum(x.value(), dim), Save::nothing,
                [dim](const Saved&, const Variable& grad) { return flip(cumsum(flip(grad, dim), dim), dim); });
}

namespace {

// dy/dx = 1/n for each of the n elements that are equal to the largest or smallest y, 0 for the others
Variable extreme(const char* name, const Variable& x, Tensor y, const Axes& axes) {
  return record(name, {x}, std::move(y), Save::inputs | Save::outputs,
                [axes, name](const Saved& s, const Variable& grad) {
                  const Tensor in = s.input(0).value();
                  const Shape kept = kept_shape(name, in.shape(), axes);
                  const Tensor chosen = to(equal(in, reshape(s.output().value(), kept)), in.dtype());
                  return reshape(grad, kept) * (chosen / sum(chosen, axes, true));
                });
}

}  // namespace

Variable max(const Variable& x, const Axes& axes, bool keepdim) {
  return extreme("max", x, max(x.value(), axes, keepdim), axes);
}

Variable min(const Variable& x, const Axes& axes, bool keepdim) {
  return extreme("min", x, min(x.value(), axes, keepdim), axes);
}

// y = log Σ exp(x),  dy/dx = exp(x) / Σ exp(x), with the largest x taken off first. exp(x - y) would be the same, but
// the y of large numbers has been rounded.
Variable logsumexp(const Variable& x, const Axes& axes, bool keepdim) {
  return record("logsumexp", {x}, logsumexp(x.value(), axes, keepdim), Save::inputs,
                [axes](const Saved& s, const Variable& grad) {
                  const Variable in = s.input(0);
                  if (in.numel() == 0) return Variable(zeros_like(in.value()));
                  const Tensor largest = max(in.value(), axes, true);
                  const Variable exps = exp(in - where(is_finite(largest), largest, 0));
                  const Variable total = sum(exps, axes, true);  // 0 where every x is -infinity
                  return reshape(grad, largest.shape()) * (exps / masked_fill(total, equal(total.value(), 0), 1));
                });
}

// The derivative of a sum over stretched dimensions stretches.
Variable sum_to(const Variable& x, const Shape& shape) {
  return record("sum_to", {x}, sum_to(x.value(), shape), Save::nothing,
                [](const Saved& s, const Variable& grad) { return expand(grad, s.input_shape(0)); });
}

// y = exp(x) / Σ exp(x),  dL/dx = y (dL/dy - Σ y dL/dy)
Variable softmax(const Variable& x, int dim) {
  return record("softmax", {x}, softmax(x.value(), dim), Save::outputs, [dim](const Saved& s, const Variable& grad) {
    const Variable y = s.output();
    return y * (grad - sum(grad * y, dim, true));
  });
}

// y = x - log Σ exp(x),  dL/dx = dL/dy - exp(y) Σ dL/dy. Where exp(y) is nearly 1 and only this y has a gradient, that
// would cancel: its own part is taken out of the sum, and 1 - exp(y) made as one.
Variable log_softmax(const Variable& x, int dim) {
  return record("log_softmax", {x}, log_softmax(x.value(), dim), Save::outputs,
                [dim](const Saved& s, const Variable& grad) {
                  const Variable y = s.output();
                  const Variable others = sum(grad, dim, true) - grad;
                  return -(expm1(y) * grad + exp(y) * others);
                });
}

}  // namespace glance
