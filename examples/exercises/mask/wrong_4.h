// check says: the greatest score was looked for among hidden sources too
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Variable masked_weights(const Variable& scores, const Tensor& visible) {
  const Variable shifted = exp(scores - max(scores.value(), {-1}, true));
  const Variable kept = where(visible, shifted, 0.0);
  return kept / (sum(kept, {-1}, true) + 1e-30);
}
