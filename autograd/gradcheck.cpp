// Differences, first and second, held against grad().
#include "glance/autograd/gradcheck.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "glance/autograd/engine.h"
#include "glance/autograd/modes.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/random.h"
#include "glance/tensor/reduce.h"

namespace glance {

namespace {

double inner_product(const Tensor& a, const Tensor& b) { return sum(a * b).item(); }

// How far element `i`, counted row-major, lies from the first.
Index offset_of(const Tensor& x, Index i) {
  Index offset = 0;
  for (int d = x.rank() - 1; d >= 0; --d) {
    offset += i % x.shape()[d] * x.strides()[static_cast<std::size_t>(d)];
    i /= x.shape()[d];
  }
  return offset;
}

std::string position_of(const Tensor& x, Index i) {
  Shape position = x.shape();
  for (int d = x.rank() - 1; d >= 0; --d) {
    position[d] = i % x.shape()[d];
    i /= x.shape()[d];
  }
  return to_string(position);
}

// A copy with the same strides, so that a strided input is checked as one. Elements that share memory are set apart:
// each is to be moved alone.
Tensor copy_as_laid_out(const Tensor& x) {
  Index last = 0;
  for (int d = 0; d < x.rank(); ++d) {
    const Index stride = x.strides()[static_cast<std::size_t>(d)];
    if (x.numel() == 0 || (stride == 0 && x.shape()[d] > 1)) return copy(x);
    last += (x.shape()[d] - 1) * stride;
  }
  Tensor result(zeros({last + 1}, x.dtype()), x.shape(), x.strides(), 0);
  assign(result, x);
  return result;
}

std::vector<VariableRef> references(std::span<const Variable> list) { return {list.begin(), list.end()}; }

class Check {
 public:
  Check(const Differentiable& f, std::span<const Tensor> inputs, const GradcheckOptions& options);

  void first_order();
  void second_order();

 private:
  // The outputs with a history, and the directions that belong to them.
  struct Outputs {
    std::vector<Variable> values;
    std::vector<Variable> directions;
  };
  Outputs outputs_with_history() const;

  std::vector<Variable> gradients(bool create_graph) const;
  double projected_outputs() const;
  double projected_gradients() const;

  template <class Value>
  void compare(int order, std::span<const Variable> moved, std::span<const Variable> derivatives, Value&& value) const;
  std::string name_of(std::size_t i) const;

  const Differentiable& f_;
  const GradcheckOptions& options_;
  std::vector<Variable> inputs_;
  std::vector<Variable> output_directions_;  // one per output, undefined for one that is no f64
  std::vector<Tensor> input_directions_;
};

Check::Check(const Differentiable& f, std::span<const Tensor> inputs, const GradcheckOptions& options)
    : f_(f), options_(options) {
  if (options.order != 1 && options.order != 2)
    throw Error(fmt::format("gradcheck: order {}: only 1 and 2 can be checked", options.order));
  if (!(options.step > 0 && options.tolerance > 0))
    throw Error(
        fmt::format("gradcheck: step {} and tolerance {}: both must be positive", options.step, options.tolerance));
  if (inputs.empty()) throw Error("gradcheck: no inputs: there is nothing to differentiate by");
  if (f.arity() != 0 && f.arity() != inputs.size())
    throw Error(
        fmt::format("gradcheck: the function takes {} Variables, but {} inputs were given", f.arity(), inputs.size()));
  Generator generator(options.seed);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].dtype() != f64)
      throw Error(fmt::format("gradcheck: input {} is {}, too coarse for differences: convert with to(x, f64)", i,
                              name(inputs[i].dtype())));
    inputs_.push_back(parameter(copy_as_laid_out(inputs[i])));
    input_directions_.push_back(normal(inputs[i].shape(), generator, 0, 1, f64));
  }
  for (const Variable& output : f_(inputs_)) {
    if (output.dtype() == f32)
      throw Error(fmt::format("gradcheck: output {} is f32 though the inputs are f64: the function must keep the dtype",
                              output_directions_.size()));
    output_directions_.push_back(output.dtype() == f64 ? parameter(normal(output.shape(), generator, 0, 1, f64))
                                                       : Variable());
  }
  const double value = projected_outputs();
  if (!std::isfinite(value)) throw Error("gradcheck: the function gives NaN or infinity at these inputs");
  if (projected_outputs() != value)
    throw Error(
        "gradcheck: the function gives different values for the same inputs: start its generator from the same "
        "seed in each call");
}

Check::Outputs Check::outputs_with_history() const {
  Outputs result;
  const std::vector<Variable> outputs = f_(inputs_);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    if (!outputs[i].requires_grad() || !output_directions_[i].defined()) continue;
    result.values.push_back(outputs[i]);
    result.directions.push_back(output_directions_[i]);
  }
  if (result.values.empty()) throw Error("gradcheck: no output depends on the inputs by differentiable operations");
  return result;
}

std::vector<Variable> Check::gradients(bool create_graph) const {
  const auto [values, directions] = outputs_with_history();
  return grad(references(values), references(inputs_), references(directions), {.create_graph = create_graph});
}

double Check::projected_outputs() const {
  const NoGrad no_grad;
  const std::vector<Variable> outputs = f_(inputs_);
  double result = 0;
  for (std::size_t i = 0; i < outputs.size(); ++i)
    if (output_directions_[i].defined()) result += inner_product(outputs[i].value(), output_directions_[i].value());
  return result;
}

double Check::projected_gradients() const {
  const std::vector<Variable> values = gradients(false);
  double result = 0;
  for (std::size_t i = 0; i < values.size(); ++i) result += inner_product(values[i].value(), input_directions_[i]);
  return result;
}

// Moves each element of `moved` and compares what `value` does with `derivatives`.
template <class Value>
void Check::compare(int order, std::span<const Variable> moved, std::span<const Variable> derivatives,
                    Value&& value) const {
  for (std::size_t i = 0; i < moved.size(); ++i) {
    const Tensor& x = moved[i].value();
    const std::vector<double> expected = derivatives[i].value().to_vector<double>();
    Index wrong = 0;
    double worst = 0;
    std::string report;
    for (Index e = 0; e < x.numel(); ++e) {
      double* const element = x.write<double>() + offset_of(x, e);
      const double before = *element;
      const double up = before + options_.step;
      const double down = before - options_.step;
      *element = up;
      const double value_up = value();
      *element = down;
      const double value_down = value();
      *element = before;
      const double numeric = (value_up - value_down) / (up - down);
      const double analytic = expected[static_cast<std::size_t>(e)];
      const double error = std::abs(analytic - numeric) / std::max({1.0, std::abs(analytic), std::abs(numeric)});
      if (error <= options_.tolerance) continue;
      ++wrong;
      if (!report.empty() && !(error > worst)) continue;
      worst = error;
      report = fmt::format("gradcheck, order {}: {} {} at {}: {:.10g} by autograd but {:.10g} by differences", order,
                           name_of(i), to_string(x.shape()), position_of(x, e), analytic, numeric);
    }
    if (wrong > 0) throw Error(fmt::format("{} ({} of {} elements disagree)", report, wrong, x.numel()));
  }
}

std::string Check::name_of(std::size_t i) const {
  return i < inputs_.size() ? fmt::format("input {}", i) : fmt::format("the gradient of output {}", i - inputs_.size());
}

void Check::first_order() {
  compare(1, inputs_, gradients(false), [this] { return projected_outputs(); });
}

// The gradients are functions of the inputs, and of the gradients of the outputs that came in.
void Check::second_order() {
  const auto [values, directions] = outputs_with_history();
  const std::vector<Variable> first =
      grad(references(values), references(inputs_), references(directions), {.create_graph = true});
  const std::vector<Variable> projections(input_directions_.begin(), input_directions_.end());
  std::vector<Variable> moved = inputs_;
  moved.insert(moved.end(), directions.begin(), directions.end());
  const std::vector<Variable> second = grad(references(first), references(moved), references(projections));
  compare(2, moved, second, [this] { return projected_gradients(); });
}

}  // namespace

void gradcheck(const Differentiable& f, std::span<const Tensor> inputs, const GradcheckOptions& options) {
  const ModesGuard guard({.recording = true, .detect_anomaly = current_modes().detect_anomaly});
  Check check(f, inputs, options);
  check.first_order();
  if (options.order == 2) check.second_order();
}

void gradcheck(const Differentiable& f, std::initializer_list<Tensor> inputs, const GradcheckOptions& options) {
  gradcheck(f, std::span(inputs.begin(), inputs.size()), options);
}

}  // namespace glance
