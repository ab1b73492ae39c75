// new_rule: an operation of your own, with its rules
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Variable hypotenuse(const Variable& a, const Variable& b) {
  const Tensor value = sqrt(square(a.value()) + square(b.value()));
  return record(
      "hypotenuse", {a, b}, value, Save::inputs | Save::outputs,
      [](const Saved& s, const Variable& grad) { return grad * s.input(0) / s.output(); },
      [](const Saved& s, const Variable& grad) { return grad * s.input(1) / s.output(); });
}
