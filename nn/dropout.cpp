#include "nn/dropout.h"

#include "autograd/activations.h"

namespace glance {

Variable Dropout::operator()(const Variable& x, Generator* noise) const { return dropout(x, p, noise); }

}  // namespace glance
