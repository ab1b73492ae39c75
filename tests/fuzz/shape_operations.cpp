// The lines for reductions, views and indexing in the table of random programs.
#include <algorithm>
#include <numeric>

#include "glance/autograd/activations.h"
#include "glance/autograd/arithmetic.h"
#include "glance/autograd/indexing.h"
#include "glance/autograd/products.h"
#include "glance/autograd/reductions.h"
#include "glance/autograd/views.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/indexing.h"
#include "tests/fuzz/builder.h"

namespace glance::fuzz {

namespace {

using Reduce = Variable (*)(const Variable&, const Axes&, bool);

Operation reduction(const std::string& name, Reduce f, const std::string& python, const Domain& domain = {},
                    const Evaluate& twin = {}) {
  return {name,
          [domain](Builder& b, Step& step) {
            const int x = b.any(0, domain);
            step.arguments = {x};
            step.attributes.all["axes"] = b.some_axes(b.shape_of(x));
            step.attributes.all["keepdim"] = b.chance(0.4);
            return b.value(x).numel() > 0 || !domain.distinct;
          },
          [f](Arguments x, const Attributes& a) { return Values{f(x[0], a.axes("axes"), a.flag("keepdim"))}; },
          name + "($0, $axes, $keepdim)",
          python,
          twin};
}

Draw one_dim(int min_rank = 1) {
  return [=](Builder& b, Step& step) {
    const int x = b.any(min_rank);
    const Shape& shape = b.shape_of(x);
    step.arguments = {x};
    step.attributes.all["dim"] = static_cast<Index>(b.dim_of(shape) - (b.chance(0.5) ? shape.rank() : 0));
    return true;
  };
}

bool last_dim_of_sequences(Builder& b, Step& step) {
  step.arguments = {b.sequences()};
  step.attributes.all["dim"] = Index{-1};
  return true;
}

std::vector<Operation> reductions() {
  return {
      reduction("sum", sum, "total($0, $axes, $keepdim)"),
      reduction("mean", mean, "average($0, $axes, $keepdim)", {},
                [](Arguments x, const Attributes& a) {
                  const Variable total = sum(x[0], a.axes("axes"), a.flag("keepdim"));
                  return Values{total * (static_cast<double>(total.numel()) / static_cast<double>(x[0].numel()))};
                }),
      reduction(
          "max", max, "torch.amax($0, $axes, $keepdim)", {.distinct = true},
          [](Arguments x, const Attributes& a) { return Values{-min(-x[0], a.axes("axes"), a.flag("keepdim"))}; }),
      reduction("min", min, "torch.amin($0, $axes, $keepdim)", {.distinct = true}),
      reduction("logsumexp", logsumexp, "logsumexp($0, $axes, $keepdim)", {},
                [](Arguments x, const Attributes& a) {
                  return Values{log(sum(exp(x[0]), a.axes("axes"), a.flag("keepdim")))};
                }),
      {"sum_to",
       [](Builder& b, Step& step) {
         const int x = b.any();
         const Shape to = b.shape_that_stretches_to(b.shape_of(x));
         step.arguments = {x};
         step.attributes.all["shape"] = std::vector<Index>(to.begin(), to.end());
         return true;
       },
       [](Arguments x, const Attributes& a) { return Values{sum_to(x[0], a.shape("shape"))}; }, "sum_to($0, $shape)",
       "$0.sum_to_size($shape)"},
      {"softmax", one_dim(), [](Arguments x, const Attributes& a) { return Values{softmax(x[0], a.dim("dim"))}; },
       "softmax($0, $dim)", "torch.softmax($0, $dim)",
       [](Arguments x, const Attributes& a) {
         const Variable y = exp(x[0]);
         return Values{y / sum(y, a.dim("dim"), true)};
       },
       last_dim_of_sequences},
      {"log_softmax", one_dim(),
       [](Arguments x, const Attributes& a) { return Values{log_softmax(x[0], a.dim("dim"))}; },
       "log_softmax($0, $dim)", "torch.log_softmax($0, $dim)",
       [](Arguments x, const Attributes& a) { return Values{x[0] - logsumexp(x[0], a.dim("dim"), true)}; },
       last_dim_of_sequences},
  };
}

// Another shape of as many elements.
std::vector<Index> reshaped(Builder& b, const Shape& shape) {
  std::vector<Index> result(shape.begin(), shape.end());
  for (Index i = b.between(1, 3); i > 0; --i) {
    const auto at = static_cast<std::size_t>(b.below(static_cast<Index>(result.size()) + 1));
    if (b.chance(0.4) && result.size() < 5) {
      result.insert(result.begin() + static_cast<std::ptrdiff_t>(at), 1);
    } else if (at + 1 < result.size()) {  // two into one
      result[at] *= result[at + 1];
      result.erase(result.begin() + static_cast<std::ptrdiff_t>(at) + 1);
    } else if (at < result.size() && result[at] > 2 && result[at] % 2 == 0 && result.size() < 5) {  // one into two
      result[at] /= 2;
      result.push_back(2);
    }
  }
  return result;
}

std::vector<Operation> views() {
  return {
      {"select",
       [](Builder& b, Step& step) {
         if (!one_dim()(b, step)) return false;
         const Index extent = b.value(step.arguments[0]).shape(step.attributes.dim("dim"));
         if (extent == 0) return false;
         step.attributes.all["index"] = b.between(-extent, extent - 1);
         return true;
       },
       [](Arguments x, const Attributes& a) { return Values{select(x[0], a.dim("dim"), a.integer("index"))}; },
       "select($0, $dim, $index)", "torch.select($0, $dim, $index)"},
      {"slice",
       [](Builder& b, Step& step) {
         if (!one_dim()(b, step)) return false;
         const Index extent = b.value(step.arguments[0]).shape(step.attributes.dim("dim"));
         step.attributes.all["from"] = b.between(-extent, extent);
         step.attributes.all["to"] = b.between(-extent, extent + 1);
         step.attributes.all["step"] = b.between(1, 3);
         return true;
       },
       [](Arguments x, const Attributes& a) {
         return Values{slice(x[0], a.dim("dim"), a.integer("from"), a.integer("to"), a.integer("step"))};
       },
       "slice($0, $dim, $from, $to, $step)", "slice_of($0, $dim, $from, $to, $step)"},
      {"transpose",
       [](Builder& b, Step& step) {
         const int x = b.any(1);
         step.arguments = {x};
         step.attributes.all["a"] = Index{b.dim_of(b.shape_of(x))};
         step.attributes.all["b"] = Index{b.dim_of(b.shape_of(x)) - b.shape_of(x).rank()};
         return true;
       },
       [](Arguments x, const Attributes& a) { return Values{transpose(x[0], a.dim("a"), a.dim("b"))}; },
       "transpose($0, $a, $b)", "torch.transpose($0, $a, $b)"},
      {"transpose_last",
       [](Builder& b, Step& step) {
         step.arguments = {b.any(2)};
         return true;
       },
       [](Arguments x, const Attributes&) { return Values{transpose(x[0])}; }, "transpose($0)", "$0.mT"},
      {"permute",
       [](Builder& b, Step& step) {
         const int x = b.any(1);
         step.arguments = {x};
         std::vector<Index> dims;
         for (Index d = 0; d < b.shape_of(x).rank(); ++d) dims.insert(dims.begin() + b.below(d + 1), d);
         step.attributes.all["dims"] = dims;
         return true;
       },
       [](Arguments x, const Attributes& a) {
         const std::vector<int> dims(a.list("dims").begin(), a.list("dims").end());
         return Values{permute(x[0], dims)};
       },
       "permute($0, $dims)", "torch.permute($0, $dims)"},
      {"reshape",
       [](Builder& b, Step& step) {
         const int x = b.any();
         step.arguments = {x};
         step.attributes.all["shape"] = reshaped(b, b.shape_of(x));
         return true;
       },
       [](Arguments x, const Attributes& a) { return Values{reshape(x[0], a.shape("shape"))}; }, "reshape($0, $shape)",
       "torch.reshape($0, $shape)"},
      {"flatten",
       [](Builder& b, Step& step) {
         const int x = b.any(1);
         const int from = b.dim_of(b.shape_of(x));
         step.arguments = {x};
         step.attributes.all["from"] = Index{from};
         step.attributes.all["to"] =
             b.between(from, b.shape_of(x).rank() - 1) - (b.chance(0.5) ? b.shape_of(x).rank() : 0);
         return true;
       },
       [](Arguments x, const Attributes& a) { return Values{flatten(x[0], a.dim("from"), a.dim("to"))}; },
       "flatten($0, $from, $to)", "torch.flatten($0, $from, $to)"},
      {"squeeze", one_dim(), [](Arguments x, const Attributes& a) { return Values{squeeze(x[0], a.dim("dim"))}; },
       "squeeze($0, $dim)", "torch.squeeze($0, $dim)"},
      {"squeeze_all",
       [](Builder& b, Step& step) {
         step.arguments = {b.any()};
         return true;
       },
       [](Arguments x, const Attributes&) { return Values{squeeze(x[0])}; }, "squeeze($0)", "torch.squeeze($0)"},
      {"unsqueeze",
       [](Builder& b, Step& step) {
         const int x = b.any();
         step.arguments = {x};
         step.attributes.all["dim"] = b.between(-b.shape_of(x).rank() - 1, b.shape_of(x).rank());
         return true;
       },
       [](Arguments x, const Attributes& a) { return Values{unsqueeze(x[0], a.dim("dim"))}; }, "unsqueeze($0, $dim)",
       "torch.unsqueeze($0, $dim)"},
      {"expand",
       [](Builder& b, Step& step) {
         const int x = b.any(0, {}, 3);
         std::vector<Index> shape(b.shape_of(x).begin(), b.shape_of(x).end());
         for (Index& extent : shape) extent = extent == 1 ? b.between(0, 3) : b.chance(0.3) ? -1 : extent;
         if (b.chance(0.5)) shape.insert(shape.begin(), b.between(1, 3));
         step.arguments = {x};
         step.attributes.all["shape"] = shape;
         return true;
       },
       [](Arguments x, const Attributes& a) { return Values{expand(x[0], a.shape("shape"))}; }, "expand($0, $shape)",
       "$0.expand($shape)",
       [](Arguments x, const Attributes& a) {
         Shape full = a.shape("shape");
         for (int d = 1; d <= x[0].rank(); ++d)
           if (full[full.rank() - d] == -1) full[full.rank() - d] = x[0].shape(-d);
         return Values{x[0] * ones(full, x[0].dtype())};
       }},
  };
}

// Two or three values of a shape; of any extent along `dim` when there is one.
bool draw_list(Builder& b, Step& step, bool concat) {
  if (concat && !one_dim()(b, step)) return false;
  if (!concat) step.arguments = {b.any(0, {}, 3)};
  const int first = step.arguments[0];
  if (!concat) step.attributes.all["dim"] = b.between(-b.shape_of(first).rank() - 1, b.shape_of(first).rank());
  for (Index i = b.between(1, 2); i > 0; --i) {
    Shape shape = b.shape_of(first);
    if (concat) shape[resolve_dim("concat", step.attributes.dim("dim"), shape)] = b.between(0, 3);
    step.arguments.push_back(b.chance(0.2) ? first : b.of_shape(shape));
  }
  return true;
}

Draw draw_parts(const char* what) {
  return [=](Builder& b, Step& step) {
    if (!one_dim()(b, step)) return false;
    const Index extent = b.value(step.arguments[0]).shape(step.attributes.dim("dim"));
    if (extent == 0) return false;
    if (what == std::string("sizes")) {
      const Index first = b.between(0, extent), second = b.between(0, extent - first);
      step.attributes.all["sizes"] = std::vector<Index>{first, second, extent - first - second};
    } else {
      const Index least = what == std::string("size") ? std::max<Index>(1, (extent + 3) / 4) : 1;  // four parts at most
      step.attributes.all[what] = b.between(least, least + 3);
    }
    return true;
  };
}

std::vector<Operation> joins() {
  return {
      {"concat",
       [](Builder& b, Step& step) { return draw_list(b, step, true); },
       [](Arguments x, const Attributes& a) { return Values{concat(x, a.dim("dim"))}; },
       "concat({$all}, $dim)",
       "torch.cat(($all,), $dim)",
       {},
       [](Builder& b, Step& step) {
         step.arguments = {b.sequences(), b.sequences()};
         step.attributes.all["dim"] = Index{-1};
         return b.shape_of(step.arguments[0])[2] + b.shape_of(step.arguments[1])[2] <= 8;
       }},
      {"stack", [](Builder& b, Step& step) { return draw_list(b, step, false); },
       [](Arguments x, const Attributes& a) { return Values{stack(x, a.dim("dim"))}; }, "stack({$all}, $dim)",
       "torch.stack(($all,), $dim)",
       [](Arguments x, const Attributes& a) {
         Values parts;
         for (const Variable& part : x) parts.push_back(unsqueeze(part, a.dim("dim")));
         return Values{concat(parts, a.dim("dim"))};
       }},
      {"split", draw_parts("size"),
       [](Arguments x, const Attributes& a) { return split(x[0], a.integer("size"), a.dim("dim")); },
       "$parts = split($0, $size, $dim);", "$results = torch.split($0, $size, $dim)"},
      {"split_sizes", draw_parts("sizes"),
       [](Arguments x, const Attributes& a) {
         return split(x[0], std::span<const Index>(a.list("sizes")), a.dim("dim"));
       },
       "$parts = split($0, $sizes, $dim);", "$results = torch.split($0, $sizes, $dim)",
       [](Arguments x, const Attributes& a) {
         Values parts;
         Index from = 0;
         for (const Index size : a.list("sizes")) {
           parts.push_back(slice(x[0], a.dim("dim"), from, from + size));
           from += size;
         }
         return parts;
       }},
      {"chunk", draw_parts("n"),
       [](Arguments x, const Attributes& a) { return chunk(x[0], a.integer("n"), a.dim("dim")); },
       "$parts = chunk($0, $n, $dim);", "$results = torch.chunk($0, $n, $dim)"},
  };
}

// `indices` for gather and scatter_add: no larger than x in other dimensions, nor than `source` in any.
bool draw_gather(Builder& b, Step& step) {
  if (!one_dim()(b, step)) return false;
  Shape shape = b.shape_of(step.arguments[0]);
  const int dim = resolve_dim("gather", step.attributes.dim("dim"), shape);
  const Index bound = shape[dim];
  if (bound == 0) return false;
  for (int d = 0; d < shape.rank(); ++d)
    shape[d] = d == dim ? b.between(0, 4) : b.between(std::min<Index>(shape[d], 1), shape[d]);
  step.attributes.all["indices"] = b.indices(shape, bound);
  return true;
}

bool draw_index(Builder& b, Step& step) {
  if (!one_dim()(b, step)) return false;
  const Index bound = b.value(step.arguments[0]).shape(step.attributes.dim("dim"));
  if (bound == 0) return false;
  step.attributes.all["indices"] = b.indices({b.between(0, 5)}, bound);
  return true;
}

Draw draw_triangle() {
  return [](Builder& b, Step& step) {
    step.arguments = {b.any(2)};
    step.attributes.all["diagonal"] = b.between(-2, 2);
    return true;
  };
}

Evaluate sorted_values(bool whole) {
  return [whole](Arguments x, const Attributes& a) {
    return Values{whole ? sort(x[0], a.dim("dim"), a.flag("descending")).values
                        : topk(x[0], a.integer("k"), a.dim("dim"), a.flag("descending")).values};
  };
}

bool draw_sort(Builder& b, Step& step) {
  const int x = b.any(1, {.distinct = true});
  step.arguments = {x};
  step.attributes.all["dim"] = Index{b.dim_of(b.shape_of(x))};
  step.attributes.all["descending"] = b.chance(0.5);
  step.attributes.all["k"] = b.between(0, b.value(x).shape(step.attributes.dim("dim")));
  return true;
}

std::vector<Operation> indexing() {
  return {
      {"gather", draw_gather,
       [](Arguments x, const Attributes& a) { return Values{gather(x[0], a.dim("dim"), a.tensor("indices"))}; },
       "gather($0, $dim, $indices)", "torch.gather($0, $dim, $indices)"},
      {"scatter_add",
       [](Builder& b, Step& step) {
         if (!draw_gather(b, step)) return false;
         Shape source = step.attributes.tensor("indices").shape();
         for (int d = 0; d < source.rank(); ++d) source[d] += b.chance(0.2) ? 1 : 0;
         step.arguments.push_back(b.of_shape(source));
         return true;
       },
       [](Arguments x, const Attributes& a) {
         return Values{scatter_add(x[0], a.dim("dim"), a.tensor("indices"), x[1])};
       },
       "scatter_add($0, $dim, $indices, $1)", "scatter_add($0, $dim, $indices, $1)"},
      {"index_select", draw_index,
       [](Arguments x, const Attributes& a) { return Values{index_select(x[0], a.dim("dim"), a.tensor("indices"))}; },
       "index_select($0, $dim, $indices)", "torch.index_select($0, $dim, $indices)",
       [](Arguments x, const Attributes& a) {
         Values rows{slice(x[0], a.dim("dim"), 0, 0)};
         for (const Index i : a.tensor("indices").to_vector<Index>())
           rows.push_back(slice(x[0], a.dim("dim"), i, i + 1));
         return Values{concat(rows, a.dim("dim"))};
       }},
      {"index_add",
       [](Builder& b, Step& step) {
         if (!draw_index(b, step)) return false;
         Shape source = b.shape_of(step.arguments[0]);
         source[resolve_dim("index_add", step.attributes.dim("dim"), source)] =
             step.attributes.tensor("indices").numel();
         step.arguments.push_back(b.of_shape(source));
         return true;
       },
       [](Arguments x, const Attributes& a) {
         return Values{index_add(x[0], a.dim("dim"), a.tensor("indices"), x[1])};
       },
       "index_add($0, $dim, $indices, $1)", "torch.index_add($0, $dim, $indices, $1)"},
      {"embedding",
       [](Builder& b, Step& step) {
         const int table = b.any(2, {}, 2);
         step.arguments = {table};
         if (b.shape_of(table)[0] == 0) return false;
         step.attributes.all["indices"] = b.indices(b.shape(0, 2), b.shape_of(table)[0]);
         return true;
       },
       [](Arguments x, const Attributes& a) { return Values{embedding(x[0], a.tensor("indices"))}; },
       "embedding($0, $indices)", "torch.nn.functional.embedding($indices, $0)",
       [](Arguments x, const Attributes& a) {
         const Tensor rows = one_hot(a.tensor("indices"), x[0].shape(0), x[0].dtype());
         return Values{matmul(Variable(rows), x[0])};
       }},
      {"tril", draw_triangle(),
       [](Arguments x, const Attributes& a) { return Values{tril(x[0], a.integer("diagonal"))}; },
       "tril($0, $diagonal)", "torch.tril($0, $diagonal)",
       [](Arguments x, const Attributes& a) { return Values{x[0] - triu(x[0], a.integer("diagonal") + 1)}; }},
      {"triu", draw_triangle(),
       [](Arguments x, const Attributes& a) { return Values{triu(x[0], a.integer("diagonal"))}; },
       "triu($0, $diagonal)", "torch.triu($0, $diagonal)",
       [](Arguments x, const Attributes& a) { return Values{x[0] - tril(x[0], a.integer("diagonal") - 1)}; }},
      {"sort", draw_sort, sorted_values(true), "sort($0, $dim, $descending).values",
       "torch.sort($0, $dim, $descending).values",
       [](Arguments x, const Attributes& a) {
         return Values{-sort(-x[0], a.dim("dim"), !a.flag("descending")).values};
       }},
      {"topk", draw_sort, sorted_values(false), "topk($0, $k, $dim, $descending).values",
       "torch.topk($0, $k, $dim, $descending).values",
       [](Arguments x, const Attributes& a) {
         return Values{slice(sort(x[0], a.dim("dim"), a.flag("descending")).values, a.dim("dim"), 0, a.integer("k"))};
       }},
  };
}

}  // namespace

std::vector<Operation> shape_operations() {
  std::vector<Operation> result;
  for (auto part : {reductions, views, joins, indexing})
    for (Operation& operation : part()) result.push_back(std::move(operation));
  return result;
}

}  // namespace glance::fuzz
