// The lines for reductions in the table of proofs.
#include "glance/autograd/reductions.h"

#include "glance/autograd/statistics.h"
#include "tests/proof/cases.h"

namespace glance::proof {

namespace {

using Reduction = Variable (*)(const Variable&, const Axes&, bool);

// A reduction over all dimensions and over some. `of_nothing` says why it has no value there; null: it has.
std::vector<Case> over_axes(const char* name, Reduction f, const char* of_nothing) {
  const auto excluded = [&](std::initializer_list<const char*> variants) {
    std::vector<Without> without;
    for (const char* variant : variants)
      if (of_nothing) without.push_back({variant, of_nothing});
    return without;
  };
  return {
      {name,
       [f](const Variable& x) { return f(x, {}, false); },
       {"..."},
       {.at = "of all", .without = excluded({"zero-size"})}},
      {name,
       [f](const Variable& x) { return f(x, {}, true); },
       {"a b"},
       {.at = "of all, kept", .without = excluded({"zero-size"})}},
      {name,
       [f](const Variable& x) { return f(x, 0, false); },
       {"a b c"},
       {.at = "of the first", .without = excluded({"zero-size a"})}},
      {name,
       [f](const Variable& x) { return f(x, -2, true); },
       {"a b c"},
       {.at = "of the middle, kept", .without = excluded({"zero-size b"})}},
      {name,
       [f](const Variable& x) { return f(x, -1, false); },
       {"... k"},
       {.at = "of the last", .without = excluded({"zero-size k"})}},
      {name,
       [f](const Variable& x) {
         return f(x, {0, 2}, false);
       },
       {"a b c"},
       {.at = "of two", .without = excluded({"zero-size a", "zero-size c"})}},
  };
}

Variable population_variance(const Variable& x, const Axes& axes, bool keepdim) { return var(x, axes, keepdim, 0); }

Variable population_deviation(const Variable& x, const Axes& axes, bool keepdim) {
  return standard_deviation(x, axes, keepdim, 0);
}

}  // namespace

std::vector<Case> reduction_cases() {
  std::vector<Case> list = {
      {"sum_to", [](const Variable& x) { return sum_to(x, {}); }, {"..."}, {.at = "a number"}},
      {"sum_to", [](const Variable& x) { return sum_to(x, {x.shape(2)}); }, {"a b c"}, {.at = "the last dimension"}},
      {"sum_to",
       [](const Variable& x) {
         return sum_to(x, {x.shape(1), 1});
       },
       {"a b c"},
       {.at = "the middle"}},
      {"sum_to",
       [](const Variable& x) {
         return sum_to(x, {x.shape(0), 1, x.shape(2)});
       },
       {"a b c"},
       {.at = "the outer two"}},
      {"sum_to", [](const Variable& x) { return sum_to(x, x.shape()); }, {"..."}, {.at = "itself"}},
      {"softmax", [](const Variable& x) { return softmax(x, -1); }, {"... k"}},
      {"softmax", [](const Variable& x) { return softmax(x, 0); }, {"a b c"}, {.at = "of the first"}},
      {"log_softmax", [](const Variable& x) { return log_softmax(x, -1); }, {"... k"}},
      {"log_softmax", [](const Variable& x) { return log_softmax(x, 1); }, {"a b c"}, {.at = "of the middle"}},
      {"cumsum", [](const Variable& x) { return cumsum(x, -1); }, {"... k"}},
      {"cumsum", [](const Variable& x) { return cumsum(x, 0); }, {"a b c"}, {.at = "of the first"}},
      {"deviations", [](const Variable& x) { return deviations(x); }, {"..."}},
      {"deviations",
       [](const Variable& x) {
         return deviations(x, {0, 2});
       },
       {"a b c"},
       {.at = "of two"}},
      {"var", [](const Variable& x) { return var(x, -1); }, {"... 4"}, {.at = "unbiased"}},
      {"standard_deviation",
       [](const Variable& x) { return standard_deviation(x, 1, true); },
       {"a 4 b"},
       {.at = "unbiased"}},
  };
  for (std::vector<Case>& part : std::vector<std::vector<Case>>{
           over_axes("sum", sum, nullptr), over_axes("mean", mean, "the mean of nothing is NaN"),
           over_axes("max", max, "nothing has no largest element"),
           over_axes("min", min, "nothing has no smallest element"),
           over_axes("logsumexp", logsumexp, "the logarithm of an empty sum is -infinity"),
           over_axes("prod", prod, nullptr), over_axes("norm", norm, nullptr),
           over_axes("var", population_variance, "the variance of nothing is NaN"),
           over_axes("standard_deviation", population_deviation, "the deviation of nothing is NaN")})
    for (Case& c : part) list.push_back(std::move(c));
  return list;
}

}  // namespace glance::proof
