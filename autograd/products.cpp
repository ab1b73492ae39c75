// Matrix products and linear maps, with derivatives that are products themselves; and how vectors and repeated matrices
// take part in them.
#include "glance/autograd/products.h"

#include "glance/autograd/activations.h"
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

void check_linear(const char* operation, const Tensor& x, const Tensor& weight, const Tensor& bias) {
  check_features(operation, x, "weight", weight, "[out, in]");
  if (!is_floating(x.dtype())) throw_not_floating(operation, x.dtype());
  check_argument(operation, "weight", weight, weight.shape(), x.dtype());
  if (bias.given() && bias.shape() != Shape{weight.shape(0)})
    throw Error(formatted("{}: bias {} for weight {}: wanted bias [{}]", operation, to_string(bias.shape()),
                          to_string(weight.shape()), weight.shape(0)));
  if (bias.given()) check_argument(operation, "bias", bias, bias.shape(), x.dtype());
}

Tensor as_rows(const Tensor& x) {
  if (x.rank() == 2) return x;
  Index rows = 1;  // not numel / features: there may be no features
  for (int dim = 0; dim + 1 < x.rank(); ++dim) rows *= x.shape()[dim];
  return reshape(x, {rows, x.shape().back()});
}

// x Wᵀ, added to the bias where there is one.
Tensor product(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  Shape shape = x.shape();
  shape[shape.rank() - 1] = weight.shape(0);
  const Tensor y(shape, x.dtype());
  const Tensor y_rows = as_rows(y);
  if (bias.given()) assign(y_rows, bias);
  multiply_into(y_rows, as_rows(x), transpose(weight), bias.given());
  return y;
}

// The gradients of inputs 0 and 1, x and W, from that of x Wᵀ: dL/dx = G W,  dL/dW = Gᵀ x
void product_backward(const Saved& s, Gradients& g, const Tensor& gradient) {
  const Tensor grad = as_rows(gradient);
  if (const auto dx = g.destination(0); dx.wanted())
    multiply_into(as_rows(dx.tensor), grad, s.input(1).value(), dx.accumulate);
  if (const auto dw = g.destination(1); dw.wanted())
    multiply_into(dw.tensor, transpose(grad), as_rows(s.input(0).value()), dw.accumulate);
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
  check_linear("linear", x.value(), weight.value(), bias.value());
  const Tensor y = product(x.value(), weight.value(), bias.value());
  const auto backward = [](const Saved& s, Gradients& g) {
    product_backward(s, g, g.output().value());
    if (g.wanted(2)) g.add(2, sum(as_rows(g.output().value()), 0));
  };
  return record("linear", {x, weight, bias}, y, Save::inputs, Fused{backward, composed_linear});
}

Variable composed_activated_linear(const Variable& x, const Variable& weight, const Variable& bias,
                                   Activation activation) {
  const Variable hidden = composed_linear(x, weight, bias);
  return activation == Activation::gelu ? gelu(hidden) : relu(hidden);
}

// Y = f(H + b),  H = X Wᵀ:  dL/dH = G f'(H + b), and from there on as for linear
Variable activated_linear(const Variable& x, const Variable& weight, const Variable& bias, Activation activation) {
  check_linear("activated_linear", x.value(), weight.value(), bias.value());
  const Tensor y = product(x.value(), weight.value(), {});
  const VariableRef inputs[] = {x, weight, bias};
  const Tensor kept = activate(activation, y, bias.value(), detail::to_be_recorded(inputs));
  // A slope is kept by the rule. A value is the output, which the node keeps, and so notices when it is changed.
  const bool of_value = activation == Activation::relu;
  const auto backward = [activation, slope = of_value ? Tensor() : kept](const Saved& s, Gradients& g) {
    const Tensor& from = slope.defined() ? slope : s.output().value();
    const Tensor gradient = g.take_output();
    activate_backward(activation, from, gradient, g.destination(2));
    product_backward(s, g, gradient);
  };
  const auto twin = [activation](const Variable& x_, const Variable& weight_, const Variable& bias_) {
    return composed_activated_linear(x_, weight_, bias_, activation);
  };
  return record("activated_linear", {x, weight, bias}, y, of_value ? Save::inputs | Save::outputs : Save::inputs,
                Fused{backward, twin});
}

}  // namespace glance
