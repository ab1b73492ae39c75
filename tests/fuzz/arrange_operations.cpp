// Operations that turn elements round, add a margin, repeat them, or put them in places given by numbers.
#include <algorithm>
#include <utility>

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/arrange.h"
#include "glance/autograd/indexing.h"
#include "glance/autograd/views.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "tests/fuzz/builder.h"

namespace glance::fuzz {

namespace {

bool draw_dim(Builder& b, Step& step, const Domain& domain = {}) {
  const int x = b.any(1, domain);
  const Shape& shape = b.shape_of(x);
  step.arguments = {x};
  step.attributes.all["dim"] = static_cast<Index>(b.dim_of(shape) - (b.chance(0.5) ? shape.rank() : 0));
  return true;
}

// Two amounts for each of the last dimensions, of which not more is cut off than is there.
bool draw_amounts(Builder& b, Step& step) {
  const int x = b.any(1);
  step.arguments = {x};
  std::vector<Index> amounts;
  const int rank = b.shape_of(x).rank();
  for (int d = rank - 1; d >= rank - 2 && d >= 0; --d) {
    const Index cut = b.between(0, std::min<Index>(b.shape_of(x)[d], 1));
    const bool before = b.chance(0.5);
    amounts.push_back(before && b.chance(0.3) ? -cut : b.between(0, 2));
    amounts.push_back(!before && b.chance(0.3) ? -cut : b.between(0, 2));
  }
  step.attributes.all["amounts"] = amounts;
  step.attributes.all["value"] = b.number(-2, 2);
  return true;
}

// The places of a scatter, and with it a source, all of whose numbers are apart from each other and from x's.
bool draw_scatter(Builder& b, Step& step, bool source, const Domain& domain = {}) {
  if (!draw_dim(b, step, domain)) return false;
  const int x = step.arguments[0];
  Shape shape = b.shape_of(x);
  const int dim = resolve_dim("scatter", step.attributes.dim("dim"), shape);
  const Index bound = shape[dim];
  if (bound == 0) return false;
  shape[dim] = b.between(0, 3);
  step.attributes.all["indices"] = b.indices(shape, bound);
  step.attributes.all["value"] = b.number(-2, 2);
  if (!source) return true;
  step.arguments.push_back(b.of_shape(shape, domain));
  const Variable all = concat({reshape(b.value(x), {-1}), reshape(b.value(step.arguments[1]), {-1})});
  return !domain.distinct || (step.arguments[1] != x && domain.holds(all.value()));
}

Operation scatter_extreme(const char* name, ScatterReduce reduce, const char* cpp, const char* python) {
  return {name,
          [](Builder& b, Step& step) { return draw_scatter(b, step, true, {.distinct = true}); },
          [reduce](Arguments x, const Attributes& a) {
            return Values{scatter_reduce(x[0], a.dim("dim"), a.tensor("indices"), x[1], reduce)};
          },
          cpp,
          python,
          [reduce](Arguments x, const Attributes& a) {
            const ScatterReduce other = reduce == ScatterReduce::amax ? ScatterReduce::amin : ScatterReduce::amax;
            return Values{-scatter_reduce(-x[0], a.dim("dim"), a.tensor("indices"), -x[1], other)};
          }};
}

std::vector<Operation> arrangements() {
  return {
      {"flip",
       [](Builder& b, Step& step) {
         step.arguments = {b.any(1)};
         step.attributes.all["axes"] = b.some_axes(b.shape_of(step.arguments[0]));
         return true;
       },
       [](Arguments x, const Attributes& a) { return Values{flip(x[0], a.axes("axes"))}; }, "flip($0, $axes)",
       "torch.flip($0, axes_of($0, $axes))"},
      {"pad", draw_amounts,
       [](Arguments x, const Attributes& a) {
         return Values{pad(x[0], std::span<const Index>(a.list("amounts")), a.number("value"))};
       },
       "pad($0, $amounts, $value)", "torch.nn.functional.pad($0, $amounts, 'constant', $value)"},
      {"repeat_interleave",
       [](Builder& b, Step& step) {
         step.attributes.all["repeats"] = b.between(0, 3);
         return draw_dim(b, step);
       },
       [](Arguments x, const Attributes& a) {
         return Values{repeat_interleave(x[0], a.integer("repeats"), a.dim("dim"))};
       },
       "repeat_interleave($0, Index{$repeats}, $dim)", "torch.repeat_interleave($0, $repeats, $dim)",
       [](Arguments x, const Attributes& a) {
         const int dim = resolve_dim("repeat_interleave", a.dim("dim"), x[0].shape());
         Shape shape = x[0].shape();
         shape.insert(dim + 1, a.integer("repeats"));
         return Values{flatten(expand(unsqueeze(x[0], dim + 1), shape), dim, dim + 1)};
       }},
      {"repeat_interleave_each",
       [](Builder& b, Step& step) {
         if (!draw_dim(b, step)) return false;
         const Index extent = b.value(step.arguments[0]).shape(step.attributes.dim("dim"));
         step.attributes.all["repeats"] = b.indices({extent}, 4);
         return true;
       },
       [](Arguments x, const Attributes& a) {
         return Values{repeat_interleave(x[0], a.tensor("repeats"), a.dim("dim"))};
       },
       "repeat_interleave($0, $repeats, $dim)", "torch.repeat_interleave($0, $repeats, $dim)"},
  };
}

std::vector<Operation> scatters() {
  return {
      {"scatter", [](Builder& b, Step& step) { return draw_scatter(b, step, true); },
       [](Arguments x, const Attributes& a) { return Values{scatter(x[0], a.dim("dim"), a.tensor("indices"), x[1])}; },
       "scatter($0, $dim, $indices, $1)", ""},  // PyTorch leaves open which of several stays
      {"scatter_number", [](Builder& b, Step& step) { return draw_scatter(b, step, false); },
       [](Arguments x, const Attributes& a) {
         return Values{scatter(x[0], a.dim("dim"), a.tensor("indices"), a.number("value"))};
       },
       "scatter($0, $dim, $indices, $value)", "torch.scatter($0, $dim, $indices, $value)",
       [](Arguments x, const Attributes& a) {
         const Tensor at = a.tensor("indices");
         const Variable numbers = full(at.shape(), a.number("value"), x[0].dtype());
         return Values{scatter(x[0], a.dim("dim"), at, numbers)};
       }},
      scatter_extreme("scatter_largest", ScatterReduce::amax,
                      "scatter_reduce($0, $dim, $indices, $1, ScatterReduce::amax)",
                      "torch.scatter_reduce($0, $dim, $indices, $1, 'amax')"),
      scatter_extreme("scatter_smallest", ScatterReduce::amin,
                      "scatter_reduce($0, $dim, $indices, $1, ScatterReduce::amin)",
                      "torch.scatter_reduce($0, $dim, $indices, $1, 'amin')"),
  };
}

}  // namespace

std::vector<Operation> arrange_operations() {
  std::vector<Operation> result = arrangements();
  for (Operation& operation : scatters()) result.push_back(std::move(operation));
  return result;
}

}  // namespace glance::fuzz
