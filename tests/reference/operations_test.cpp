// Operations against PyTorch: values and gradients.
#include "glance/autograd/activations.h"
#include "glance/autograd/arithmetic.h"
#include "glance/autograd/arrange.h"
#include "glance/autograd/indexing.h"
#include "glance/autograd/products.h"
#include "glance/autograd/reductions.h"
#include "glance/autograd/statistics.h"
#include "glance/autograd/views.h"
#include "tests/catch.h"
#include "tests/reference/records.h"

namespace glance {
namespace {

// Each element by itself, so that small ones count as much as large ones.
constexpr Tolerance elementwise{.f32 = 1e-6, .f64 = 1e-14, .floor = 1e-37};
// Functions whose derivative is a difference of numbers near 1, in the last digits of which the two may differ.
constexpr Tolerance near_one{.f32 = 1e-6, .f64 = 1e-14, .floor = 0.25};
constexpr Tolerance exact{.f32 = 0, .f64 = 0};
constexpr Tolerance sums{.f32 = 2e-6, .f64 = 1e-14, .floor = 1};

using List = std::vector<Variable>;

// A case for f(x, …) of the inputs that `names` lists.
template <class F>
Case of(const Tolerance& tolerance, const char* x, F f) {
  return {tolerance, {[=](const Call& call) { return List{f(call[x])}; }}};
}
template <class F>
Case of(const Tolerance& tolerance, const char* a, const char* b, F f) {
  return {tolerance, {[=](const Call& call) { return List{f(call[a], call[b])}; }}};
}

// A case for f(x, number).
template <class F>
Case with_number(F f) {
  return {elementwise, {[=](const Call& call) { return List{f(call["x"], call.get<double>("number"))}; }}};
}

// A case for f(x, axes, keepdim).
template <class F>
Case reduction(const Tolerance& tolerance, F f) {
  return {tolerance, {[=](const Call& call) {
            const auto list = call.get<std::vector<int>>("axes");
            const Axes axes = list.empty() ? Axes() : list.size() == 1 ? Axes(list[0]) : Axes{list[0], list.at(1)};
            return List{f(call["x"], axes, call.get<bool>("keepdim"))};
          }}};
}

// A case for f(call), which gives one Variable.
template <class F>
Case one(const Tolerance& tolerance, F f) {
  return {tolerance, {[=](const Call& call) { return List{f(call)}; }}};
}

int dim_of(const Call& call) { return call.get<int>("dim"); }

Shape shape_of(const Call& call) {
  const auto shape = call.get<std::vector<Index>>("shape");
  return Shape(shape);
}

List sorted(const SortedVariable& result) { return {result.values, Variable(result.indices)}; }

using V = const Variable&;

std::map<std::string, Case> elementwise_cases() {
  return {
      {"exp", of(elementwise, "x", [](V x) { return exp(x); })},
      {"log", of(elementwise, "x", [](V x) { return log(x); })},
      {"tanh", of(near_one, "x", [](V x) { return tanh(x); })},
      {"sigmoid", of(near_one, "x", [](V x) { return sigmoid(x); })},
      {"erf", of(elementwise, "x", [](V x) { return erf(x); })},
      {"relu", of(exact, "x", [](V x) { return relu(x); })},
      {"gelu", of(near_one, "x", [](V x) { return gelu(x); })},
      {"expm1", of(near_one, "x", [](V x) { return expm1(x); })},
      {"log1p", of(elementwise, "x", [](V x) { return log1p(x); })},
      {"sin", of(near_one, "x", [](V x) { return sin(x); })},
      {"cos", of(near_one, "x", [](V x) { return cos(x); })},
      {"tan", of(elementwise, "x", [](V x) { return tan(x); })},
      {"silu", of(near_one, "x", [](V x) { return silu(x); })},
      {"softplus", of(near_one, "x", [](V x) { return softplus(x); })},
      {"square", of(exact, "x", [](V x) { return square(x); })},
      {"sqrt", of(elementwise, "x", [](V x) { return sqrt(x); })},
      {"abs", of(exact, "x", [](V x) { return abs(x); })},
      {"negate", of(exact, "x", [](V x) { return -x; })},
      {"clamp", one(exact, [](const Call& c) { return clamp(c["x"], c.get<double>("min"), c.get<double>("max")); })},
      {"dropout", one(exact, [](const Call& c) { return dropout(c["x"], c.get<double>("p"), nullptr); })},
      {"add", of(sums, "a", "b", [](V a, V b) { return a + b; })},
      {"subtract", of(sums, "a", "b", [](V a, V b) { return a - b; })},
      {"multiply", of(sums, "a", "b", [](V a, V b) { return a * b; })},
      {"divide", of(sums, "a", "b", [](V a, V b) { return a / b; })},
      {"maximum", of(sums, "a", "b", [](V a, V b) { return maximum(a, b); })},
      {"minimum", of(sums, "a", "b", [](V a, V b) { return minimum(a, b); })},
      {"add_number", with_number([](V x, double n) { return x + n; })},
      {"subtract_number", with_number([](V x, double n) { return x - n; })},
      {"multiply_number", with_number([](V x, double n) { return x * n; })},
      {"divide_number", with_number([](V x, double n) { return x / n; })},
      {"number_add", with_number([](V x, double n) { return n + x; })},
      {"number_subtract", with_number([](V x, double n) { return n - x; })},
      {"number_multiply", with_number([](V x, double n) { return n * x; })},
      {"number_divide", with_number([](V x, double n) { return n / x; })},
      {"pow", of(sums, "self", "exponent", [](V x, V y) { return pow(x, y); })},
      {"pow_number", one(elementwise, [](const Call& c) { return pow(c["self"], c.get<double>("exponent")); })},
      {"where", one(sums, [](const Call& c) { return where(c.tensor("condition"), c["input"], c["other"]); })},
      {"where_else_number",
       one(exact, [](const Call& c) { return where(c.tensor("condition"), c["x"], c.get<double>("number")); })},
      {"where_number",
       one(exact, [](const Call& c) { return where(c.tensor("condition"), c.get<double>("number"), c["x"]); })},
      {"masked_fill",
       one(sums, [](const Call& c) { return masked_fill(c["input"], c.tensor("mask"), c.get<double>("value")); })},
  };
}

std::map<std::string, Case> reduction_cases() {
  return {
      {"sum", reduction(sums, [](V x, const Axes& axes, bool keepdim) { return sum(x, axes, keepdim); })},
      {"mean", reduction(sums, [](V x, const Axes& axes, bool keepdim) { return mean(x, axes, keepdim); })},
      {"max", reduction(elementwise, [](V x, const Axes& axes, bool keepdim) { return max(x, axes, keepdim); })},
      {"min", reduction(elementwise, [](V x, const Axes& axes, bool keepdim) { return min(x, axes, keepdim); })},
      {"logsumexp", reduction(sums, [](V x, const Axes& axes, bool keepdim) { return logsumexp(x, axes, keepdim); })},
      {"sum_to", one(sums, [](const Call& c) { return sum_to(c["x"], shape_of(c)); })},
      {"softmax", one(sums, [](const Call& c) { return softmax(c["input"], dim_of(c)); })},
      {"log_softmax", one(sums, [](const Call& c) { return log_softmax(c["input"], dim_of(c)); })},
  };
}

// A case for f(x, axes, keepdim, correction).
template <class F>
Case spread(F f) {
  return one(sums, [f](const Call& c) {
    const auto list = c.get<std::vector<int>>("axes");
    const Axes axes = list.empty() ? Axes() : list.size() == 1 ? Axes(list[0]) : Axes{list[0], list.at(1)};
    return f(c["x"], axes, c.get<bool>("keepdim"), c.get<double>("correction"));
  });
}

std::map<std::string, Case> statistics_cases() {
  return {
      {"prod", reduction(sums, [](V x, const Axes& axes, bool keepdim) { return prod(x, axes, keepdim); })},
      {"norm", reduction(sums, [](V x, const Axes& axes, bool keepdim) { return norm(x, axes, keepdim); })},
      {"var", spread([](V x, const Axes& axes, bool keepdim, double n) { return var(x, axes, keepdim, n); })},
      {"standard_deviation",
       spread([](V x, const Axes& axes, bool keepdim, double n) { return standard_deviation(x, axes, keepdim, n); })},
      {"cumsum", one(sums, [](const Call& c) { return cumsum(c["input"], dim_of(c)); })},
  };
}

std::map<std::string, Case> arrange_cases() {
  return {
      {"flip", one(exact,
                   [](const Call& c) {
                     const auto list = c.get<std::vector<int>>("axes");
                     return flip(c["x"], list.size() == 1 ? Axes(list[0]) : Axes{list[0], list.at(1)});
                   })},
      {"pad", one(exact,
                  [](const Call& c) {
                    const auto amounts = c.get<std::vector<Index>>("amounts");
                    return pad(c["x"], std::span<const Index>(amounts), c.get<double>("value"));
                  })},
      {"repeat_interleave",
       one(sums, [](const Call& c) { return repeat_interleave(c["x"], c.get<Index>("repeats"), dim_of(c)); })},
      {"repeat_interleave_each",
       one(sums, [](const Call& c) { return repeat_interleave(c["x"], c.tensor("repeats"), dim_of(c)); })},
      {"scatter",
       one(exact, [](const Call& c) { return scatter(c["input"], dim_of(c), c.tensor("index"), c["src"]); })},
      {"scatter_number",
       one(exact,
           [](const Call& c) { return scatter(c["input"], dim_of(c), c.tensor("index"), c.get<double>("value")); })},
      {"scatter_reduce", one(sums,
                             [](const Call& c) {
                               const auto reduce =
                                   c.get<std::string>("reduce") == "amax" ? ScatterReduce::amax : ScatterReduce::amin;
                               return scatter_reduce(c["input"], dim_of(c), c.tensor("index"), c["src"], reduce);
                             })},
      {"to", one(exact, [](const Call& c) { return to(c["x"], c.get<std::string>("to") == "f32" ? f32 : f64); })},
  };
}

std::map<std::string, Case> product_cases() {
  const auto affine = [](auto f) { return [f](const Call& c) { return List{f(c["input"], c["weight"], c["bias"])}; }; };
  return {
      {"matmul", of(sums, "input", "other", [](V a, V b) { return matmul(a, b); })},
      {"linear",
       {sums, {affine([](V x, V weight, V bias) { return linear(x, weight, bias); }), affine([](V x, V weight, V bias) {
                 return composed_linear(x, weight, bias);
               })}}},
  };
}

std::map<std::string, Case> indexing_cases() {
  return {
      {"gather", one(sums, [](const Call& c) { return gather(c["input"], dim_of(c), c.tensor("index")); })},
      {"scatter_add",
       one(sums, [](const Call& c) { return scatter_add(c["input"], dim_of(c), c.tensor("index"), c["src"]); })},
      {"index_select", one(sums, [](const Call& c) { return index_select(c["input"], dim_of(c), c.tensor("index")); })},
      {"index_add",
       one(sums, [](const Call& c) { return index_add(c["input"], dim_of(c), c.tensor("index"), c["source"]); })},
      {"embedding", one(sums, [](const Call& c) { return embedding(c["weight"], c.tensor("input")); })},
      {"tril", one(exact, [](const Call& c) { return tril(c["input"], c.get<Index>("diagonal")); })},
      {"triu", one(exact, [](const Call& c) { return triu(c["input"], c.get<Index>("diagonal")); })},
      {"sort", {exact, {[](const Call& c) { return sorted(sort(c["x"], dim_of(c), c.get<bool>("descending"))); }}}},
      {"topk", {exact, {[](const Call& c) {
                  return sorted(topk(c["x"], c.get<Index>("k"), dim_of(c), c.get<bool>("largest")));
                }}}},
  };
}

std::map<std::string, Case> view_cases() {
  return {
      {"select", one(exact, [](const Call& c) { return select(c["x"], dim_of(c), c.get<Index>("index")); })},
      {"slice", one(exact,
                    [](const Call& c) {
                      return slice(c["x"], dim_of(c), c.get<Index>("start"), c.get<Index>("end"), c.get<Index>("step"));
                    })},
      {"transpose", one(exact, [](const Call& c) { return transpose(c["x"], c.get<int>("a"), c.get<int>("b")); })},
      {"transpose_last", one(exact, [](const Call& c) { return transpose(c["x"]); })},
      {"permute", one(exact, [](const Call& c) { return permute(c["x"], c.get<std::vector<int>>("dims")); })},
      {"reshape", one(exact, [](const Call& c) { return reshape(c["x"], shape_of(c)); })},
      {"flatten", one(exact, [](const Call& c) { return flatten(c["x"], c.get<int>("start"), c.get<int>("end")); })},
      {"squeeze", one(exact, [](const Call& c) { return squeeze(c["x"], dim_of(c)); })},
      {"squeeze_all", one(exact, [](const Call& c) { return squeeze(c["x"]); })},
      {"unsqueeze", one(exact, [](const Call& c) { return unsqueeze(c["x"], dim_of(c)); })},
      {"expand", one(sums, [](const Call& c) { return expand(c["x"], shape_of(c)); })},
      {"concat", one(exact,
                     [](const Call& c) {
                       return concat({c["a"], c["b"], c["c"]}, dim_of(c));
                     })},
      {"stack", one(exact,
                    [](const Call& c) {
                      return stack({c["a"], c["b"], c["c"]}, dim_of(c));
                    })},
      {"split", {exact, {[](const Call& c) { return split(c["x"], c.get<Index>("size"), dim_of(c)); }}}},
      {"split_sizes",
       {exact, {[](const Call& c) { return split(c["x"], c.get<std::vector<Index>>("sizes"), dim_of(c)); }}}},
      {"chunk", {exact, {[](const Call& c) { return chunk(c["x"], c.get<Index>("n"), dim_of(c)); }}}},
  };
}

}  // namespace

TEST_CASE("every operation gives PyTorch's values and gradients", "[reference]") {
  std::map<std::string, Case> cases;
  for (auto part : {elementwise_cases(), reduction_cases(), statistics_cases(), arrange_cases(), product_cases(),
                    indexing_cases(), view_cases()})
    cases.merge(part);
  check_records("operations.safetensors", cases);
}

}  // namespace glance
