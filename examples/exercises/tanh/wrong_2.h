// check says: x was squared, and not tanh(x)
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Tensor tanh_gradient(const Tensor& x, const Tensor& grad) { return (1.0 - square(x)) * grad; }
