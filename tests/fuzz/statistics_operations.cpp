// Products, lengths, spreads and sums so far.
#include <cmath>

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/indexing.h"
#include "glance/autograd/products.h"
#include "glance/autograd/reductions.h"
#include "glance/autograd/statistics.h"
#include "glance/autograd/views.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/indexing.h"
#include "glance/tensor/reduce.h"
#include "glance/tensor/statistics.h"
#include "tests/fuzz/builder.h"

namespace glance::fuzz {

namespace {

// A value and axes over which `fit` holds of what is reduced.
template <class Fit>
Draw over_axes(const Fit& fit, const Domain& domain = {}) {
  return [=](Builder& b, Step& step) {
    const int x = b.any(0, domain);
    step.arguments = {x};
    step.attributes.all["axes"] = b.some_axes(b.shape_of(x));
    step.attributes.all["keepdim"] = b.chance(0.4);
    step.attributes.all["correction"] = static_cast<double>(b.between(0, 1));
    return fit(b.value(x), step.attributes.axes("axes"), step.attributes.number("correction"));
  };
}

bool every_one(const Tensor& condition) { return all(condition).item() == 1; }

// Whether the elements are many enough, and spread out enough for a square root of the variance to be smooth.
bool is_spread(const Tensor& x, const Axes& axes, double correction) {
  if (x.numel() == 0 || degrees_of_freedom("var", x.shape(), axes, correction) == 0) return false;
  return every_one(greater(standard_deviation(x, axes, false, correction), 0.1));
}

bool is_long(const Tensor& x, const Axes& axes, double) { return every_one(greater(norm(x, axes), 0.2)); }

Variable sum_over(const Variable& x, const Attributes& a) { return sum(x, a.axes("axes"), a.flag("keepdim")); }

// By the mean of the squares less the square of the mean.
Variable variance_by_squares(const Variable& x, const Attributes& a) {
  const double n = degrees_of_freedom("var", x.shape(), a.axes("axes"), 0);
  const Variable mean_square = sum_over(square(x), a) / n, mean = sum_over(x, a) / n;
  return (mean_square - square(mean)) * (n / (n - a.number("correction")));
}

}  // namespace

std::vector<Operation> statistics_operations() {
  return {
      {"prod", over_axes([](const Tensor&, const Axes&, double) { return true; }),
       [](Arguments x, const Attributes& a) { return Values{prod(x[0], a.axes("axes"), a.flag("keepdim"))}; },
       "prod($0, $axes, $keepdim)", "product($0, $axes, $keepdim)"},
      {"norm", over_axes(is_long),
       [](Arguments x, const Attributes& a) { return Values{norm(x[0], a.axes("axes"), a.flag("keepdim"))}; },
       "norm($0, $axes, $keepdim)", "torch.linalg.vector_norm($0, 2, axes_of($0, $axes), $keepdim)",
       [](Arguments x, const Attributes& a) { return Values{sqrt(sum_over(square(x[0]), a))}; }},
      {"var", over_axes(is_spread),
       [](Arguments x, const Attributes& a) {
         return Values{var(x[0], a.axes("axes"), a.flag("keepdim"), a.number("correction"))};
       },
       "var($0, $axes, $keepdim, $correction)",
       "torch.var($0, axes_of($0, $axes), correction=$correction, keepdim=$keepdim)",
       [](Arguments x, const Attributes& a) { return Values{variance_by_squares(x[0], a)}; }},
      {"standard_deviation", over_axes(is_spread),
       [](Arguments x, const Attributes& a) {
         return Values{standard_deviation(x[0], a.axes("axes"), a.flag("keepdim"), a.number("correction"))};
       },
       "standard_deviation($0, $axes, $keepdim, $correction)",
       "torch.std($0, axes_of($0, $axes), correction=$correction, keepdim=$keepdim)",
       [](Arguments x, const Attributes& a) { return Values{sqrt(variance_by_squares(x[0], a))}; }},
      {"deviations", over_axes([](const Tensor& x, const Axes&, double) { return x.numel() > 0; }),
       [](Arguments x, const Attributes& a) { return Values{deviations(x[0], a.axes("axes"))}; },
       "deviations($0, $axes)", "deviations($0, $axes)",
       [](Arguments x, const Attributes& a) { return Values{x[0] - mean(x[0], a.axes("axes"), true)}; }},
      {"cumsum",
       [](Builder& b, Step& step) {
         const int x = b.any(1);
         const int rank = b.shape_of(x).rank();
         step.arguments = {x};
         step.attributes.all["dim"] = static_cast<Index>(b.dim_of(b.shape_of(x)) - (b.chance(0.5) ? rank : 0));
         return true;
       },
       [](Arguments x, const Attributes& a) { return Values{cumsum(x[0], a.dim("dim"))}; }, "cumsum($0, $dim)",
       "torch.cumsum($0, $dim)",
       [](Arguments x, const Attributes& a) {  // a product with a triangle of ones
         const Index n = x[0].shape(a.dim("dim"));
         const Variable before = triu(ones({n, n}, x[0].dtype()));
         return Values{transpose(matmul(transpose(x[0], a.dim("dim"), -1), before), a.dim("dim"), -1)};
       }},
  };
}

}  // namespace glance::fuzz
