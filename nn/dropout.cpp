// The layer is dropout() while there is noise, and nothing otherwise.
#include "glance/nn/dropout.h"

#include "glance/autograd/activations.h"

namespace glance {

Variable Dropout::operator()(const Variable& x, Generator* noise) const { return dropout(x, p, noise); }

}  // namespace glance
