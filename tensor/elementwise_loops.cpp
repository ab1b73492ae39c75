// The walk behind every elementwise function: one loop where operands are dense and alike, row by row elsewhere.
#include "glance/tensor/elementwise_loops.h"

#include "glance/tensor/formatted.h"
#include "glance/tensor/walk.h"

namespace glance::detail {

namespace {

// The elements of a new tensor.
std::byte* data_of(const Tensor& x) {
  return dispatch(x.dtype(), [&]<class T>() { return reinterpret_cast<std::byte*>(x.write<T>()); });
}

// The way through operands that differ in shape or are strided.
template <int N>
Tensor apply_strided(const char* operation, DType dtype, Row<N> row,
                     const std::array<Operand, static_cast<std::size_t>(N)>& in) {
  Shape shape;
  for (const Operand& x : in)
    if (x.tensor) shape = broadcast_shapes(operation, shape, x.tensor->shape());

  std::array<Strides, N> strides{};
  std::array<Index, N> sizes{};
  for (std::size_t k = 0; k < N; ++k) {
    if (!in[k].tensor) continue;
    strides[k] = broadcast_strides(in[k].tensor->shape(), in[k].tensor->strides(), shape);
    sizes[k] = static_cast<Index>(element_size(in[k].tensor->dtype()));
  }

  Tensor result(shape, dtype);
  const Walk<N> walk(shape, strides);
  const Index n = walk.row_length();
  const Index row_bytes = n * static_cast<Index>(element_size(dtype));
  std::byte* out = data_of(result);
  walk.for_each_row([&](const auto& offsets) {
    Inputs<N> rows;
    for (std::size_t k = 0; k < N; ++k) rows[k] = static_cast<const std::byte*>(in[k].data) + offsets[k] * sizes[k];
    row(n, out, rows, walk.row_steps());
    out += row_bytes;
  });
  return result;
}

}  // namespace

template <int N>
Tensor apply(const char* operation, DType dtype, Row<N> row,
             const std::array<Operand, static_cast<std::size_t>(N)>& in) {
  // Beside the largest operand, one of the same shape runs along with it and a single element stays where it is.
  const Tensor* largest = nullptr;
  for (const Operand& x : in)
    if (x.tensor && (!largest || x.tensor->numel() > largest->numel())) largest = x.tensor;
  Inputs<N> data;
  Steps<N> steps{};
  for (std::size_t k = 0; k < N; ++k) {
    data[k] = in[k].data;
    const Tensor* x = in[k].tensor;
    if (!x) continue;
    if (x->is_dense() && x->shape() == largest->shape())
      steps[k] = 1;
    else if (x->numel() != 1 || x->rank() > largest->rank())
      return apply_strided<N>(operation, dtype, row, in);
  }
  Tensor result(largest->shape(), dtype);
  row(result.numel(), data_of(result), data, steps);
  return result;
}

template Tensor apply<1>(const char*, DType, Row<1>, const std::array<Operand, 1>&);
template Tensor apply<2>(const char*, DType, Row<2>, const std::array<Operand, 2>&);
template Tensor apply<3>(const char*, DType, Row<3>, const std::array<Operand, 3>&);

void throw_dtypes_differ(const char* operation, DType a, DType b) {
  // The one of the two that loses least.
  const auto precision = [](DType dtype) {
    return dtype == DType::boolean ? 0 : dtype == DType::i64 ? 1 : dtype == DType::f32 ? 2 : 3;
  };
  const DType wider = precision(a) > precision(b) ? a : b;
  throw Error(
      formatted("{}: dtypes {} and {} differ: convert one with to(x, {})", operation, name(a), name(b), name(wider)));
}

void throw_not_numeric(const char* operation) {
  throw Error(formatted("{}: dtype bool: only numbers are supported; convert with to(x, f32)", operation));
}

void throw_not_boolean(const char* operation, DType dtype) {
  throw Error(formatted("{}: dtype {}: a bool tensor is needed; make one with a comparison", operation, name(dtype)));
}

}  // namespace glance::detail
