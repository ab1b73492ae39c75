// The text of a variable: its value, and the operation that made it.
#include "glance/autograd/print.h"

#include <ostream>

#include "glance/autograd/node.h"
#include "glance/tensor/print.h"

namespace glance {

std::string to_string(const Variable& x) {
  std::string text = to_string(x.value());
  if (x.is_parameter()) return text + ", a parameter";
  return x.requires_grad() ? text + ", made by " + x.node()->name() : text;
}

std::ostream& operator<<(std::ostream& out, const Variable& x) { return out << to_string(x); }

}  // namespace glance
