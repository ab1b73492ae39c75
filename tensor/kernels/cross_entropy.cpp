#include "glance/tensor/kernels/cross_entropy.h"

#include <algorithm>

#include "glance/tensor/check.h"
#include "glance/tensor/create.h"
#include "glance/tensor/formatted.h"
#include "glance/tensor/row_kernels.h"

namespace glance {

namespace {

constexpr const char* operation = "softmax_cross_entropy";

struct Sizes {
  Index rows, classes;
};

Sizes check(const CrossEntropyArguments& a) {
  if (!a.logits.defined() || a.logits.rank() < 1)
    throw Error("softmax_cross_entropy: logits need a dimension of classes: [..., classes]");
  if (!is_floating(a.logits.dtype())) throw_not_floating(operation, a.logits.dtype());
  Shape rows = a.logits.shape();
  const Index classes = rows.back();
  rows.erase(rows.rank() - 1);
  if (!a.targets.defined() || a.targets.shape() != rows || a.targets.dtype() != i64)
    throw Error(formatted("{}: logits {} and targets {} {}: wanted a class for each row, i64 {}", operation,
                          to_string(a.logits.shape()), a.targets.defined() ? name(a.targets.dtype()) : "undefined",
                          a.targets.defined() ? to_string(a.targets.shape()) : "", to_string(rows)));
  if (!(a.label_smoothing >= 0 && a.label_smoothing <= 1))
    throw Error(formatted("{}: label smoothing {}: give a share from 0 to 1", operation, a.label_smoothing));
  return {rows.numel(), classes};
}

void check_target(Index target, Index row, Index classes) {
  if (target < 0 || target >= classes)
    throw Error(formatted("{}: target {} of row {} is not a class: there are {}, counted from 0", operation, target,
                          row, classes));
}

Shape normaliser_shape(Shape rows) {
  rows.push_back(2);
  return rows;
}

template <class T>
CrossEntropyResult forward(const CrossEntropyArguments& a, const Sizes& n) {
  const DType dtype = dtype_of<T>;
  const Tensor logits = contiguous(a.logits), targets = contiguous(a.targets);
  CrossEntropyResult result{scalar(0, dtype), Tensor(targets.shape(), dtype),
                            Tensor(normaliser_shape(targets.shape()), dtype), a.count};
  const T smoothing = static_cast<T>(a.label_smoothing);
  T* losses = result.losses.write<T>();
  T* normaliser = result.normaliser.write<T>();
  double total = 0;
  Index counted = 0;
  for (Index row = 0; row < n.rows; ++row, normaliser += 2) {
    const Index target = targets.read<Index>()[row];
    losses[row] = normaliser[0] = normaliser[1] = 0;
    if (target == a.ignore_index) continue;
    check_target(target, row, n.classes);
    const T* z = logits.read<T>() + row * n.classes;
    // log p[j] = (z[j] - m) - log Σ exp(z - m): added to a large m first, the logarithm would lose its digits.
    const T m = detail::softmax_center(z, n.classes);
    const T log_sum = std::log(detail::sum_terms<T>(n.classes, [=](Index j) { return vector_math::exp(z[j] - m); }));
    T loss = log_sum - (z[target] - m);
    if (smoothing > 0) {
      const T sum = detail::sum_terms<T>(n.classes, [=](Index j) { return z[j] - m; });
      loss = (1 - smoothing) * loss + smoothing * (log_sum - sum / static_cast<T>(n.classes));
    }
    losses[row] = loss;
    normaliser[0] = m;
    normaliser[1] = log_sum;
    total += static_cast<double>(loss);
    ++counted;
  }
  if (!(result.count > 0)) result.count = static_cast<double>(std::max<Index>(counted, 1));
  *result.loss.write<T>() = static_cast<T>(total / result.count);
  return result;
}

template <class T>
void backward(const CrossEntropyArguments& a, const Sizes& n, const Tensor& normalisers, double d_loss,
              const Destination& d_logits) {
  const Tensor logits = contiguous(a.logits), targets = contiguous(a.targets);
  const T scale = static_cast<T>(d_loss / a.count);
  const T everywhere = scale * static_cast<T>(a.label_smoothing / static_cast<double>(std::max<Index>(n.classes, 1)));
  const T at_target = scale * static_cast<T>(1 - a.label_smoothing);
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
    if (d_logits.accumulate)
      for (Index j = 0; j < n.classes; ++j) to[j] += scale * vector_math::exp((z[j] - m) - log_sum) - everywhere;
    else
      for (Index j = 0; j < n.classes; ++j) to[j] = scale * vector_math::exp((z[j] - m) - log_sum) - everywhere;
    to[target] -= at_target;
  }
}

}  // namespace

CrossEntropyResult cross_entropy_forward(const CrossEntropyArguments& arguments) {
  const Sizes n = check(arguments);
  return dispatch_floating(operation, arguments.logits.dtype(), [&]<class T>() { return forward<T>(arguments, n); });
}

void cross_entropy_backward(const CrossEntropyArguments& arguments, const Tensor& normaliser, double d_loss,
                            const Destination& d_logits) {
  if (!d_logits.wanted()) return;
  const Sizes n = check(arguments);
  check_argument(operation, "normaliser", normaliser, normaliser_shape(arguments.targets.shape()),
                 arguments.logits.dtype());
  check_destination(operation, "the gradient of logits", d_logits, arguments.logits.shape(), arguments.logits.dtype());
  dispatch_floating(operation, arguments.logits.dtype(),
                    [&]<class T>() { backward<T>(arguments, n, normaliser, d_loss, d_logits); });
}

}  // namespace glance
