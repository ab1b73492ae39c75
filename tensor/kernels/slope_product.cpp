// One walk over argument and gradient for each function, with its slope made on the way.
#include "glance/tensor/kernels/slope_product.h"

#include "glance/tensor/check.h"
#include "glance/tensor/vector_math.h"

namespace glance {

namespace {

// The pointers are parameters, because gcc makes vectors only then.
template <class T, class Slope>
void put(Index n, const T* __restrict x, const T* __restrict grad, T* __restrict to, bool accumulate, Slope slope) {
  if (accumulate)
    for (Index i = 0; i < n; ++i) to[i] += grad[i] * slope(x[i]);
  else
    for (Index i = 0; i < n; ++i) to[i] = grad[i] * slope(x[i]);
}

const char* name_of(Bent function) {
  constexpr const char* names[] = {"tanh", "sigmoid", "erf", "gelu"};
  return names[static_cast<int>(function)];
}

}  // namespace

void put_slope_product(Bent function, const Tensor& x, const Tensor& grad, const Destination& to) {
  if (!to.wanted()) return;
  const char* operation = name_of(function);
  check_argument(operation, "the gradient", grad, x.shape(), x.dtype());
  check_destination(operation, "the gradient of x", to, x.shape(), x.dtype());
  const Tensor dense = contiguous(x), dense_grad = contiguous(grad);
  dispatch_floating(operation, x.dtype(), [&]<class T>() {
    const auto all = [&](auto slope) {
      put(dense.numel(), dense.read<T>(), dense_grad.read<T>(), to.tensor.write<T>(), to.accumulate, slope);
    };
    switch (function) {
      case Bent::tanh:
        return all([](T v) { return vector_math::tanh_slope(v); });
      case Bent::sigmoid:
        return all([](T v) { return vector_math::sigmoid_slope(v); });
      case Bent::erf:
        return all([](T v) { return vector_math::erf_slope(v); });
      case Bent::gelu:
        return all([](T v) { return vector_math::gelu_slope(v); });
    }
  });
}

}  // namespace glance
