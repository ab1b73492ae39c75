#include "glance/autograd/reductions.h"

#include "glance/autograd/activations.h"
#include "glance/autograd/arithmetic.h"
#include "glance/autograd/record.h"
#include "glance/autograd/views.h"
#include "glance/tensor/create.h"
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
