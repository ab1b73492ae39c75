// The lines for elementwise operations in the table of proofs.
#include "glance/autograd/activations.h"
#include "glance/autograd/arithmetic.h"
#include "glance/tensor/random.h"
#include "glance/tensor/shape.h"
#include "tests/proof/cases.h"
#include "tests/proof/patterns.h"

namespace glance::proof {

namespace {

// A condition for two values that broadcast.
Tensor condition(const Variable& a, const Variable& b) {
  return every_third(broadcast_shapes("condition", a.shape(), b.shape()));
}

}  // namespace

std::vector<Case> arithmetic_cases() {
  return {
      {"operator+(Variable, Variable)", [](const Variable& a, const Variable& b) { return a + b; }, {"...", "..."}},
      {"operator-(Variable, Variable)", [](const Variable& a, const Variable& b) { return a - b; }, {"...", "..."}},
      {"operator*(Variable, Variable)", [](const Variable& a, const Variable& b) { return a * b; }, {"...", "..."}},
      {"operator/(Variable, Variable)",
       [](const Variable& a, const Variable& b) { return a / b; },
       {{"...", 0.5, 2}, {"...", 0.5, 2}}},
      {"operator+(Variable, double)", [](const Variable& x) { return x + 2; }, {"..."}},
      {"operator-(Variable, double)", [](const Variable& x) { return x - 2; }, {"..."}},
      {"operator*(Variable, double)", [](const Variable& x) { return x * 3; }, {"..."}},
      {"operator/(Variable, double)", [](const Variable& x) { return x / 3; }, {"..."}},
      {"operator+(double, Variable)", [](const Variable& x) { return 2 + x; }, {"..."}},
      {"operator-(double, Variable)", [](const Variable& x) { return 2 - x; }, {"..."}},
      {"operator*(double, Variable)", [](const Variable& x) { return 3 * x; }, {"..."}},
      {"operator/(double, Variable)", [](const Variable& x) { return 3 / x; }, {{"...", 0.5, 2}}},
      {"operator-(Variable)", [](const Variable& x) { return -x; }, {"..."}},

      {"pow(Variable, double)", [](const Variable& x) { return pow(x, 0); }, {"..."}, {.at = "0"}},
      {"pow(Variable, double)", [](const Variable& x) { return pow(x, 1); }, {"..."}, {.at = "1"}},
      {"pow(Variable, double)", [](const Variable& x) { return pow(x, 2); }, {"..."}, {.at = "2"}},
      {"pow(Variable, double)", [](const Variable& x) { return pow(x, 3); }, {"..."}, {.at = "3"}},
      {"pow(Variable, double)", [](const Variable& x) { return pow(x, 0.5); }, {{"...", 0.5, 2}}, {.at = "0.5"}},
      {"pow(Variable, double)", [](const Variable& x) { return pow(x, -2); }, {{"...", 0.5, 2}}, {.at = "-2"}},
      {"pow(Variable, Variable)",
       [](const Variable& x, const Variable& y) { return pow(x, y); },
       {{"...", 0.5, 2}, {"...", 0.5, 2}}},
      {"square", [](const Variable& x) { return square(x); }, {"..."}},
      {"sqrt", [](const Variable& x) { return sqrt(x); }, {{"...", 0.5, 2}}},
      {"abs", [](const Variable& x) { return abs(x); }, {"..."}},
      {"maximum", [](const Variable& a, const Variable& b) { return maximum(a, b); }, {"...", "..."}},
      {"minimum", [](const Variable& a, const Variable& b) { return minimum(a, b); }, {"...", "..."}},
      {"clamp", [](const Variable& x) { return clamp(x, -1, 1); }, {"..."}},

      {"where(Tensor, Variable, Variable)",
       [](const Variable& a, const Variable& b) { return where(condition(a, b), a, b); },
       {"...", "..."}},
      {"where(Tensor, Variable, Variable)",
       [](const Variable& a, const Variable& b) { return where(every_third({a.shape(-1)}), a, b); },
       {"... k", "... k"},
       {.at = "with a condition that is stretched"}},
      {"where(Tensor, Variable, Variable)",
       [](const Variable& a, const Variable& b) {
         return where(every_third({2, a.shape(0)}), a, b);
       },
       {"k", "k"},
       {.at = "with a condition that stretches both"}},
      {"where(Tensor, Variable, double)",
       [](const Variable& a) { return where(every_third(a.shape()), a, 5); },
       {"..."}},
      {"where(Tensor, Variable, double)",
       [](const Variable& a) {
         return where(every_third({2, a.shape(0)}), a, 5);
       },
       {"k"},
       {.at = "with a condition that stretches it"}},
      {"where(Tensor, double, Variable)",
       [](const Variable& b) { return where(every_third(b.shape()), 5, b); },
       {"..."}},
      {"masked_fill", [](const Variable& x) { return masked_fill(x, every_third(x.shape()), 3); }, {"..."}},
      {"masked_fill",
       [](const Variable& x) { return masked_fill(x, every_third({x.shape(-1)}), 3); },
       {"... k"},
       {.at = "with a mask that is stretched"}},

      {"exp", [](const Variable& x) { return exp(x); }, {"..."}},
      {"log", [](const Variable& x) { return log(x); }, {{"...", 0.5, 2}}},
      {"tanh", [](const Variable& x) { return tanh(x); }, {"..."}},
      {"sigmoid", [](const Variable& x) { return sigmoid(x); }, {"..."}},
      {"erf", [](const Variable& x) { return erf(x); }, {"..."}},
      {"relu", [](const Variable& x) { return relu(x); }, {"..."}},
      {"expm1", [](const Variable& x) { return expm1(x); }, {"..."}},
      {"log1p", [](const Variable& x) { return log1p(x); }, {{"...", -0.5, 2}}},
      {"sin", [](const Variable& x) { return sin(x); }, {"..."}},
      {"cos", [](const Variable& x) { return cos(x); }, {"..."}},
      {"tan", [](const Variable& x) { return tan(x); }, {{"...", -1, 1}}},
      {"silu", [](const Variable& x) { return silu(x); }, {"..."}},
      {"softplus", [](const Variable& x) { return softplus(x); }, {"..."}},
      {"to", [](const Variable& x) { return to(to(x, f64), x.dtype()); }, {"..."}, {.at = "f64 and back"}},
      {"to", [](const Variable& x) { return x * to(to(x, i64), x.dtype()); }, {{"...", 1.1, 1.9}}, {.at = "i64"}},
      {"gelu", [](const Variable& x) { return gelu(x); }, {"..."}},
      {"dropout", [](const Variable& x) { return dropout(x, 0.5, nullptr); }, {"..."}, {.at = "in evaluation"}},
      {"dropout",
       [](const Variable& x) {
         Generator noise(5);
         return dropout(x, 0.5, &noise);
       },
       {"..."},
       {.at = "while training"}},
  };
}

}  // namespace glance::proof
