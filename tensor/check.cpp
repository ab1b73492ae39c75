// The texts of the errors about arguments that do not fit.
#include "glance/tensor/check.h"

#include "glance/tensor/formatted.h"

namespace glance {

namespace {

void check_defined(const char* operation, const char* what, const Tensor& x) {
  if (!x.given()) throw Error(formatted("{}: {} is undefined: give a tensor", operation, what));
}

}  // namespace

const char* constant_of(DType dtype) { return dtype == boolean ? "boolean" : name(dtype); }

void check_argument(const char* operation, const char* what, const Tensor& x, const Shape& shape, DType dtype) {
  check_defined(operation, what, x);
  if (x.shape() != shape)
    throw Error(formatted("{}: {} is {}, expected {}", operation, what, to_string(x.shape()), to_string(shape)));
  if (x.dtype() != dtype)
    throw Error(formatted("{}: {} is {}, expected {}: convert with to(x, {})", operation, what, name(x.dtype()),
                          name(dtype), constant_of(dtype)));
}

void check_rank(const char* operation, const char* what, const Tensor& x, int rank, const char* expected) {
  check_defined(operation, what, x);
  if (x.rank() != rank)
    throw Error(formatted("{}: {} is {}, expected {}", operation, what, to_string(x.shape()), expected));
}

void check_layer_dtype(const char* operation, const Tensor& x, const char* what, const Tensor& weight) {
  if (is_floating(x.dtype()) && is_floating(weight.dtype()) && x.dtype() != weight.dtype())
    throw Error(formatted("{0}: x is {1}, and {2} is {3}: convert x with to(x, {3}), or make the layer of {1}",
                          operation, name(x.dtype()), what, name(weight.dtype())));
}

void check_features(const char* operation, const Tensor& x, const char* what, const Tensor& weight,
                    const char* expected) {
  check_rank(operation, what, weight, 2, expected);
  if (x.rank() < 1 || x.shape().back() != weight.shape().back())
    throw Error(formatted("{}: x {} and {} {}: wanted x [..., in] and {} {}", operation, to_string(x.shape()), what,
                          to_string(weight.shape()), what, expected));
  check_layer_dtype(operation, x, what, weight);
}

void check_destination(const char* operation, const char* what, const Destination& destination, const Shape& shape,
                       DType dtype) {
  if (!destination.wanted()) return;
  check_argument(operation, what, destination.tensor, shape, dtype);
  if (!destination.tensor.is_dense())
    throw Error(formatted("{}: the destination of {} is strided: give a dense tensor", operation, what));
}

}  // namespace glance
