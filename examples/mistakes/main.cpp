// The two mistakes that everyone makes when writing a layer, and what catches them.
#include <cstdio>

#include "glance/glance.h"

using namespace glance;

namespace {

// [operation]
// softsign(x) = x / (1 + |x|), but its derivative lacks the square.
Variable softsign(const Variable& x) {
  return record("softsign", {x}, x.value() / (1 + abs(x.value())), Save::inputs,
                [](const Saved& s, const Variable& grad) { return grad / (1 + abs(s.input(0))); });
}
// [operation end]

// [layer]
struct Scale {
  Variable weight, bias;  // [features]

  explicit Scale(Index features) : weight(parameter(ones({features}))), bias(parameter(zeros({features}))) {}

  Variable operator()(const Variable& x) const { return x * weight + bias; }

  static void visit(auto& self, auto&& f) { f("weight", self.weight); }  // and the bias?
};
// [layer end]

}  // namespace

// [catch]
int main() {
  try {
    gradcheck(softsign, {tensor({0.5, -2, 3}, f64)});
  } catch (const Error& error) {
    std::puts(error.what());
  }
  const Scale layer(3);
  try {
    check_parameters(layer, sum(layer(tensor({1, 2, 3}))));
  } catch (const Error& error) {
    std::puts(error.what());
  }
}
// [catch end]
