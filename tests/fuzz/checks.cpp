// What must hold for every program, and how a program that fails is cut down to a small one.
#include "tests/fuzz/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "glance/autograd/engine.h"
#include "glance/autograd/gradcheck.h"
#include "glance/nn/parallel.h"
#include "glance/nn/workers.h"
#include "glance/tensor/error.h"
#include "glance/tensor/storage.h"
#include "tests/fuzz/operations.h"
#include "tests/fuzz/print.h"

namespace glance::fuzz {

namespace {

std::string compare(const std::string& what, const std::vector<Tensor>& a, const std::vector<Tensor>& b,
                    double tolerance) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!(a[i].shape() == b[i].shape()))
      return fmt::format("{} {} has shape {} rather than {}", what, i, to_string(a[i].shape()),
                         to_string(b[i].shape()));
    const auto x = a[i].to_vector<double>(), y = b[i].to_vector<double>();
    const double largest =
        std::accumulate(y.begin(), y.end(), 1.0, [](double most, double v) { return std::max(most, std::abs(v)); });
    for (std::size_t e = 0; e < x.size(); ++e)
      if (!(std::abs(x[e] - y[e]) <= tolerance * largest))
        return fmt::format("{} {} {}, element {}: {} rather than {}", what, i, to_string(a[i].shape()), e, x[e], y[e]);
  }
  return "";
}

std::string compare(const Results& a, const Results& b, double tolerance) {
  const std::string outputs = compare("output", a.outputs, b.outputs, tolerance);
  return outputs.empty() ? compare("the gradient of input", a.gradients, b.gradients, tolerance) : outputs;
}

// Differences cost two evaluations per element, so large programs are checked in the first order, or not at all.
std::string by_differences(const Program& program, double tolerance) {
  std::vector<Tensor> inputs;
  Index elements = 0;
  for (const Input& input : program.inputs) {
    inputs.push_back(input.value);
    elements += input.value.numel();
  }
  if (elements > 200) return "";
  gradcheck([&](std::span<const Variable> x) { return outputs_of(program, x); }, inputs,
            {.order = elements > 60 ? 1 : 2, .tolerance = tolerance});
  return "";
}

std::string in_f32(const Program& program, double tolerance) {
  return compare(differentiate(program, {.dtype = f32}), differentiate(program), tolerance);
}

// The kernels of f32 and f64 see gaps and none.
std::string strided_in_f32(const Program& program, double tolerance) {
  return compare(differentiate(program, {.dtype = f32, .layout = Layout::strided}), differentiate(program), tolerance);
}

std::string strided(const Program& program, double tolerance) {
  return compare(differentiate(program, {.layout = Layout::strided}),
                 differentiate(program, {.layout = Layout::contiguous}), tolerance);
}

std::string with_twins(const Program& program, double tolerance) {
  const bool has_twin = std::any_of(program.steps.begin(), program.steps.end(),
                                    [](const Step& step) { return static_cast<bool>(step.operation->twin); });
  return has_twin ? compare(differentiate(program), differentiate(program, {.twins = true}), tolerance) : "";
}

Results sum_of_parts(const Program& program, const std::vector<Part>& parts) {
  const std::vector<Variable> inputs = parameters_of(program, {});
  Workers workers(2);
  const LossAndGradients sum = sharded_gradients(static_cast<int>(parts.size()), inputs, workers, [&](int shard) {
    return outputs_of(program, inputs, {.part = parts[static_cast<std::size_t>(shard)]})[0];
  });
  Results results;
  for (const Variable& gradient : sum.gradients) results.gradients.push_back(gradient.value());
  return results;
}

// In one part.
Results whole(const Program& program) {
  const Index batch = static_cast<Index>(program.lengths->size());
  const Index time = std::find_if(program.inputs.begin(), program.inputs.end(), [](const Input& input) {
                       return input.batched;
                     })->value.shape(1);
  return sum_of_parts(program, {{0, batch, time}});
}

std::string sharded(const Program& program, double tolerance) {
  if (!program.lengths) return "";
  const Index batch = static_cast<Index>(program.lengths->size());
  const Index time = *std::max_element(program.lengths->begin(), program.lengths->end());
  const Index cut = batch / 2;
  std::vector<Part> parts{{0, cut, time}, {cut, batch, time}};
  if (cut == 0) parts.erase(parts.begin());
  return compare(sum_of_parts(program, parts), whole(program), tolerance);
}

// Each sequence by itself, without what stands beyond its end.
std::string unpadded(const Program& program, double tolerance) {
  if (!program.lengths) return "";
  std::vector<Part> parts;
  for (std::size_t b = 0; b < program.lengths->size(); ++b) {
    const Index length = (*program.lengths)[b], from = static_cast<Index>(b);
    if (length > 0) parts.push_back({from, from + 1, length, false});
  }
  return compare(sum_of_parts(program, parts), whole(program), tolerance);
}

std::string leaves_nothing(const Program& program, double) {
  const std::int64_t before = storage_statistics().live_blocks;
  {
    const auto inputs = parameters_of(program, {});
    const auto outputs = outputs_of(program, inputs);
  }
  differentiate(program);
  const std::int64_t left = storage_statistics().live_blocks - before;
  return left == 0 ? "" : fmt::format("{} blocks of memory are never given back", left);
}

}  // namespace

const std::vector<Check>& checks() {
  static const std::vector<Check> all{
      {"derivatives of orders 1 and 2 against differences", 1e-4, by_differences},
      {"f32 against f64", 1e-3, in_f32},
      {"f32, strided, against f64", 1e-3, strided_in_f32},
      {"strided against contiguous", 1e-9, strided},
      {"fused against composed", 1e-9, with_twins},
      {"sharded against whole", 1e-10, sharded},
      {"padded against unpadded", 1e-10, unpadded},
      {"memory given back", 0, leaves_nothing},
  };
  return all;
}

std::string run_check(const Check& check, const Program& program) {
  try {
    return check.run(program, check.tolerance);
  } catch (const Error& error) {
    return error.what();
  }
}

std::string find_fault(const Program& program) {
  for (const Check& check : checks()) {
    if (run_check(check, program).empty()) continue;
    const Program smallest =
        shrink(program, [&](const Program& smaller) { return !run_check(check, smaller).empty(); });
    return fmt::format("seed {}: {}, within {}: {}\n\n{}", program.seed, check.name, check.tolerance,
                       run_check(check, smallest), to_cpp(smallest));
  }
  return "";
}

}  // namespace glance::fuzz
