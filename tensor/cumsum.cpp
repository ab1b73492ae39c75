// Cumulative sums: a loop for each row along the dimension, with sums of f32 carried in double.
#include "glance/tensor/cumsum.h"

#include <type_traits>

#include "glance/tensor/elementwise_loops.h"
#include "glance/tensor/walk.h"

namespace glance {

namespace {

// What the sums of T are carried in: unsigned numbers wrap around, and doubles keep the digits of long sums of floats.
template <class T>
using Carried = std::conditional_t<std::is_same_v<T, std::int64_t>, std::uint64_t, double>;

template <class T>
void sums_along(T* out, Index out_step, const T* x, Index x_step, Index n) {
  Carried<T> total{};
  for (Index i = 0; i < n; ++i) {
    total += static_cast<Carried<T>>(x[i * x_step]);
    out[i * out_step] = static_cast<T>(total);
  }
}

}  // namespace

Tensor cumsum(const Tensor& x, int dim) {
  if (x.dtype() == boolean) return cumsum(to(x, i64), dim);
  const int d = resolve_dim("cumsum", dim, x.shape());
  const auto at = static_cast<std::size_t>(d);
  Tensor result(x.shape(), x.dtype());
  Shape others = x.shape();
  others[d] = 1;
  const Walk<2> walk(others, {result.strides(), x.strides()});
  const auto [out_next, x_next] = walk.row_steps();
  detail::dispatch_numeric("cumsum", x.dtype(), [&, out_next = out_next, x_next = x_next]<class T>() {
    T* out = result.write<T>();
    const T* from = x.read<T>();
    walk.for_each_row([&](const auto& offsets) {
      for (Index i = 0; i < walk.row_length(); ++i)
        sums_along(out + offsets[0] + i * out_next, result.strides()[at], from + offsets[1] + i * x_next,
                   x.strides()[at], x.shape()[d]);
    });
  });
  return result;
}

}  // namespace glance
