// Cross-entropy row by row: its value, and its gradient from what the forward pass has kept.
#include "glance/tensor/kernels/cross_entropy.h"

#include <algorithm>
#include <cmath>

#include "glance/tensor/check.h"
#include "glance/tensor/create.h"
#include "glance/tensor/formatted.h"
#include "glance/tensor/row_kernels.h"
#include "glance/tensor/view.h"

namespace glance {

namespace {

constexpr const char* name_of_loss = "softmax_cross_entropy";

struct Sizes {
  Index rows, classes;
};

Sizes check(const char* operation, const CrossEntropyArguments& a) {
  if (!a.logits.given() || a.logits.rank() < 1)
    throw Error(formatted("{}: logits need a dimension of classes: [..., classes]", operation));
  if (!is_floating(a.logits.dtype())) throw_not_floating(operation, a.logits.dtype());
  Shape rows = a.logits.shape();
  const Index classes = rows.back();
  rows.erase(rows.rank() - 1);
  if (!a.targets.given() || a.targets.shape() != rows || a.targets.dtype() != i64)
    throw Error(formatted("{}: logits {} and targets {} {}: wanted a class for each row, i64 {}", operation,
                          to_string(a.logits.shape()), a.targets.defined() ? name(a.targets.dtype()) : "undefined",
                          a.targets.defined() ? to_string(a.targets.shape()) : "", to_string(rows)));
  if (!(a.label_smoothing >= 0 && a.label_smoothing <= 1))
    throw Error(formatted("{}: label smoothing {}: give a share from 0 to 1", operation, a.label_smoothing));
  if (a.weight.given()) check_argument(operation, "the weight of classes", a.weight, {classes}, a.logits.dtype());
  return {rows.numel(), classes};
}

void check_target(const char* operation, Index target, Index row, Index classes) {
  if (target < 0 || target >= classes)
    throw Error(formatted("{}: target {} of row {} is not a class: there are {}, counted from 0", operation, target,
                          row, classes));
}

// The weights of classes as dense memory, or nothing where each weighs 1.
template <class T>
struct Weights {
  explicit Weights(const Tensor& weight) : tensor(weight.defined() ? contiguous(weight) : Tensor()) {
    if (!tensor.defined()) return;
    of = tensor.read<T>();
    total = row_sum(of, tensor.numel());
  }
  T operator[](Index target) const { return of ? of[target] : T{1}; }

  Tensor tensor;
  const T* of = nullptr;
  T total = 0;  // of all classes, when there are weights
};

Shape normaliser_shape(Shape rows) {
  rows.push_back(2);
  return rows;
}

// The mean over classes of -log p, each times its weight.
template <class T>
T mean_loss_of_classes(const T* z, Index classes, T m, T log_sum, const Weights<T>& weight) {
  const auto count = static_cast<T>(classes);
  if (!weight.of) return log_sum - detail::sum_terms<T>(classes, [=](Index j) { return z[j] - m; }) / count;
  return detail::sum_terms<T>(classes, [=, w = weight.of](Index j) { return w[j] * (log_sum - (z[j] - m)); }) / count;
}

template <class T>
CrossEntropyResult forward(const CrossEntropyArguments& a, const Sizes& n) {
  const DType dtype = dtype_of<T>;
  const Tensor logits = contiguous(a.logits), targets = contiguous(a.targets);
  CrossEntropyResult result{scalar(0, dtype), Tensor(targets.shape(), dtype),
                            Tensor(normaliser_shape(targets.shape()), dtype), a.count};
  const T smoothing = static_cast<T>(a.label_smoothing);
  const Weights<T> weight(a.weight);
  T* losses = result.losses.write<T>();
  T* normaliser = result.normaliser.write<T>();
  double total = 0, counted = 0;
  for (Index row = 0; row < n.rows; ++row, normaliser += 2) {
    const Index target = targets.read<Index>()[row];
    losses[row] = normaliser[0] = normaliser[1] = 0;
    if (target == a.ignore_index) continue;
    check_target(name_of_loss, target, row, n.classes);
    const T* z = logits.read<T>() + row * n.classes;
    // log p[j] = (z[j] - m) - log Σ exp(z - m): added to a large m first, the logarithm would lose its digits.
    const T m = detail::softmax_center(z, n.classes);
    const T log_sum = detail::centered_log_sum(z, m, n.classes);
    T loss = weight[target] * (log_sum - (z[target] - m));
    if (smoothing > 0)
      loss = (1 - smoothing) * loss + smoothing * mean_loss_of_classes(z, n.classes, m, log_sum, weight);
    losses[row] = loss;
    normaliser[0] = m;
    normaliser[1] = log_sum;
    total += static_cast<double>(loss);
    counted += static_cast<double>(weight[target]);
  }
  if (!(result.count > 0)) result.count = counted > 0 ? counted : 1;
  *result.loss.write<T>() = static_cast<T>(total / result.count);
  return result;
}

// With weights w and W = Σ w a row's loss has the derivative A p[j] - (1 - ε) w[target] [j = target] - ε/C w[j] by
// logit j of C, where A = (1 - ε) w[target] + ε/C W; without them A is 1.
template <class T>
void backward(const CrossEntropyArguments& a, const Sizes& n, const Tensor& normalisers, const Tensor& d_loss,
              const Destination& d_logits) {
  const Tensor logits = contiguous(a.logits), targets = contiguous(a.targets);
  const Tensor d_losses = contiguous(expand(d_loss, a.targets.shape()));
  const Weights<T> weight(a.weight);
  const T even = static_cast<T>(a.label_smoothing / static_cast<double>(std::max<Index>(n.classes, 1)));
  const T certain = static_cast<T>(1 - a.label_smoothing);
  T* to = d_logits.tensor.write<T>();
  for (Index row = 0; row < n.rows; ++row, to += n.classes) {
    const Index target = targets.read<Index>()[row];
    if (target == a.ignore_index) {
      if (!d_logits.accumulate) std::fill_n(to, n.classes, T{0});
      continue;
    }
    const T* __restrict z = logits.read<T>() + row * n.classes;
    const T m = normalisers.read<T>()[2 * row];
    const T log_sum = normalisers.read<T>()[2 * row + 1];
    const T d = static_cast<T>(static_cast<double>(d_losses.read<T>()[row]) / a.count);
    const T scale = weight.of ? d * (certain * weight[target] + even * weight.total) : d;
    const T everywhere = weight.of ? T{0} : d * even;
    // p - 1 at the target loses the digits of a p near 1, unless it is made as one: exp(log p) - 1.
    const T log_p = (z[target] - m) - log_sum, sure = d * certain * weight[target];
    const T before = d_logits.accumulate ? to[target] : T{0};
    T at_target = sure * vector_math::expm1(log_p);
    if (even > 0)
      at_target +=
          (scale - sure) * vector_math::exp(log_p) - everywhere - (weight.of ? d * even * weight[target] : T{0});
    if (d_logits.accumulate)
      for (Index j = 0; j < n.classes; ++j) to[j] += scale * vector_math::exp((z[j] - m) - log_sum) - everywhere;
    else
      for (Index j = 0; j < n.classes; ++j) to[j] = scale * vector_math::exp((z[j] - m) - log_sum) - everywhere;
    if (weight.of && even > 0)
      for (Index j = 0; j < n.classes; ++j) to[j] -= d * even * weight[j];
    to[target] = before + at_target;
  }
}

}  // namespace

void check_cross_entropy(const char* operation, const CrossEntropyArguments& arguments) {
  const Sizes n = check(operation, arguments);
  const Tensor targets = contiguous(arguments.targets);
  for (Index row = 0; row < n.rows; ++row)
    if (const Index target = targets.read<Index>()[row]; target != arguments.ignore_index)
      check_target(operation, target, row, n.classes);
}

CrossEntropyResult cross_entropy_forward(const CrossEntropyArguments& arguments) {
  const Sizes n = check(name_of_loss, arguments);
  return dispatch_floating(name_of_loss, arguments.logits.dtype(), [&]<class T>() { return forward<T>(arguments, n); });
}

void cross_entropy_backward(const CrossEntropyArguments& arguments, const Tensor& normaliser, const Tensor& d_loss,
                            const Destination& d_logits) {
  if (!d_logits.wanted()) return;
  const Sizes n = check(name_of_loss, arguments);
  const DType dtype = arguments.logits.dtype();
  const Shape& rows = arguments.targets.shape();
  check_argument(name_of_loss, "normaliser", normaliser, normaliser_shape(rows), dtype);
  check_argument(name_of_loss, "the gradient of the loss", d_loss, d_loss.rank() > 0 ? rows : Shape{}, dtype);
  check_destination(name_of_loss, "the gradient of logits", d_logits, arguments.logits.shape(), dtype);
  dispatch_floating(name_of_loss, dtype, [&]<class T>() { backward<T>(arguments, n, normaliser, d_loss, d_logits); });
}

}  // namespace glance
