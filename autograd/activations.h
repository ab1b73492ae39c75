#pragma once

#include "glance/autograd/variable.h"

// Activations, other functions of each element by itself, and dropout, with a history. f32 and f64, any other dtype
// being an Error where it is one for the function of the same name in tensor/elementwise.h.
namespace glance {

class Generator;

Variable exp(const Variable& x);      // e to the power of x
Variable log(const Variable& x);      // the natural logarithm; the derivative at 0 is infinite
Variable tanh(const Variable& x);     // the hyperbolic tangent
Variable sigmoid(const Variable& x);  // 1 / (1 + exp(-x)), without overflow
Variable erf(const Variable& x);      // the error function, 2/√π times the integral of exp(-t²) from 0 to x
Variable expm1(const Variable& x);    // exp(x) - 1, with all its digits near 0
Variable log1p(const Variable& x);    // log(1 + x), with all its digits near 0; the derivative at -1 is infinite
Variable sin(const Variable& x);      // the sine of an angle in radians
Variable cos(const Variable& x);      // the cosine of an angle in radians
Variable tan(const Variable& x);      // the tangent of an angle in radians

// max(x, 0). The derivative at 0 is 0.
Variable relu(const Variable& x);

// x Φ(x) with the exact normal distribution function (Hendrycks and Gimpel, 2016).
Variable gelu(const Variable& x);

// x σ(x), also called swish (Elfwing, Uchibe and Doya, 2018).
Variable silu(const Variable& x);

// log(1 + exp(x)), a smooth relu. Exact for any x: PyTorch's gives x beyond 20, and the derivative 1.
Variable softplus(const Variable& x);

// While training, each element set to 0 with probability p and the others divided by 1 - p, so that the expected value
// stays (Srivastava et al., 2014). `noise` says which, and is advanced; null means evaluation, which is x itself. Error
// unless 0 <= p < 1.
Variable dropout(const Variable& x, double p, Generator* noise);

}  // namespace glance
