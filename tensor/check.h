#pragma once

#include "glance/tensor/kernels/destination.h"
#include "glance/tensor/tensor.h"

// What kernels ask of their arguments. `operation` and `what` are for the error: "lstm: weight_hh is [3, 4], expected
// [8, 2]".
namespace glance {

// A dtype as a program writes it, for advice: "boolean", where messages say "bool", a word of C++.
const char* constant_of(DType dtype);

// Error unless x is defined and has this shape and dtype.
void check_argument(const char* operation, const char* what, const Tensor& x, const Shape& shape, DType dtype);

// Error unless x is defined and has this many dimensions; `expected` names them, "[batch, time, in]".
void check_rank(const char* operation, const char* what, const Tensor& x, int rank, const char* expected);

// Error, which names both, unless x [..., in] has the features that the matrix `weight` takes; `expected` names the
// latter's dimensions, "[out, in]". Error, too, for a floating x of another dtype than the weight's: a layer is right
// more often than what it is given.
void check_features(const char* operation, const Tensor& x, const char* what, const Tensor& weight,
                    const char* expected);

// The same check of dtypes alone.
void check_layer_dtype(const char* operation, const Tensor& x, const char* what, const Tensor& weight);

// Error unless the destination, if it is wanted, is dense and has this shape and dtype.
void check_destination(const char* operation, const char* what, const Destination& destination, const Shape& shape,
                       DType dtype);

}  // namespace glance
