// Matrix products and linear, with derivatives that are products themselves; and how vectors and repeated matrices take
// part in them.
#include "glance/autograd/products.h"

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/record.h"
#include "glance/autograd/reductions.h"
#include "glance/autograd/views.h"
#include "glance/tensor/check.h"
#include "glance/tensor/formatted.h"
#include "glance/tensor/matmul.h"
#include "glance/tensor/reduce.h"
#include "glance/tensor/view.h"

namespace glance {

namespace {

// A vector on the left counts as a row, on the right as a column; these are the matrices that matmul really multiplies.
Variable as_left(const Variable& a) { return a.rank() == 1 ? unsqueeze(a, 0) : a; }
Variable as_right(const Variable& b) { return b.rank() == 1 ? unsqueeze(b, 1) : b; }

// The gradient of the product with the dimensions back that the vectors a and b dropped.
Variable as_product(const Variable& grad, bool row, bool column) {
  const Variable with_column = column ? unsqueeze(grad, -1) : grad;
  return row ? unsqueeze(with_column, -2) : with_column;
}

// Sums the leading dimensions along which the matrices of an operand were repeated, and drops a vector's added one.
Variable to_operand(const Variable& gradient, const Shape& operand, bool left) {
  Shape matrix = operand;
  if (operand.rank() == 1) matrix.insert(left ? 0 : 1, 1);
  return reshape(sum_to(gradient, matrix), operand);
}

void check_linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  check_features("linear", x, "weight", weight, "[out, in]");
  if (!is_floating(x.dtype())) throw_not_floating("linear", x.dtype());
  check_argument("linear", "weight", weight, weight.shape(), x.dtype());
  if (bias.given() && bias.shape() != Shape{weight.shape(0)})
    throw Error(formatted("linear: bias {} for weight {}: wanted bias [{}]", to_string(bias.shape()),
                          to_string(weight.shape()), weight.shape(0)));
  if (bias.given()) check_argument("linear", "bias", bias, bias.shape(), x.dtype());
}

Tensor as_rows(const Tensor& x) {
  if (x.rank() == 2) return x;
  Index rows = 1;  // not numel / features: there may be no features
  for (int dim = 0; dim + 1 < x.rank(); ++dim) rows *= x.shape()[dim];
  return reshape(x, {rows, x.shape().back()});
}

}  // namespace

// Y = A B:  dL/dA = G Bᵀ,  dL/dB = Aᵀ G
Variable matmul(const Variable& a, const Variable& b) {
  const bool row = a.rank() == 1;
  const bool column = b.rank() == 1;
  return record(
      "matmul", {a, b}, matmul(a.value(), b.value()), Save::inputs,
      [row, column](const Saved& s, const Variable& grad) {
        return to_operand(matmul(as_product(grad, row, column), transpose(as_right(s.input(1)))), s.input_shape(0),
                          true);
      },
      [row, column](const Saved& s, const Variable& grad) {
        return to_operand(matmul(transpose(as_left(s.input(0))), as_product(grad, row, column)), s.input_shape(1),
                          false);
      });
}

Variable composed_linear(const Variable& x, const Variable& weight, const Variable& bias) {
  const Variable product = matmul(x, transpose(weight));
  return bias.given() ? product + bias : product;
}

// Y = X Wᵀ + b:  dL/dX = G W,  dL/dW = Gᵀ X,  dL/db = Σ over rows of G
Variable linear(const Variable& x, const Variable& weight, const Variable& bias) {
  check_linear(x.value(), weight.value(), bias.value());
  Shape shape = x.shape();
  shape[shape.rank() - 1] = weight.value().shape(0);
  const Tensor y(shape, x.dtype());
  const Tensor y_rows = as_rows(y);
  if (bias.given()) assign(y_rows, bias.value());
  multiply_into(y_rows, as_rows(x.value()), transpose(weight.value()), bias.given());

  const auto backward = [](const Saved& s, Gradients& g) {
    const Tensor grad = as_rows(g.output().value());
    if (const auto dx = g.destination(0); dx.wanted())
      multiply_into(as_rows(dx.tensor), grad, s.input(1).value(), dx.accumulate);
    if (const auto dw = g.destination(1); dw.wanted())
      multiply_into(dw.tensor, transpose(grad), as_rows(s.input(0).value()), dw.accumulate);
    if (g.wanted(2)) g.add(2, sum(grad, 0));
  };
  return record("linear", {x, weight, bias}, y, Save::inputs, Fused{backward, composed_linear});
}

}  // namespace glance
