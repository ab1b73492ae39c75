#pragma once

// All of glance: tensors, automatic differentiation, and layers.

#include "tensor/error.h"
