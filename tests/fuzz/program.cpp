// Runs a program with its values in different dtypes and layouts, in parts of its batch, or by twins.
#include "tests/fuzz/program.h"

#include <algorithm>
#include <set>

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/engine.h"
#include "glance/autograd/reductions.h"
#include "glance/autograd/views.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/join.h"
#include "glance/tensor/random.h"
#include "glance/tensor/view.h"
#include "tests/fuzz/operations.h"

namespace glance::fuzz {

namespace {

// The same numbers with gaps between them, differentiably where x has a history.
template <class T>
T strided(const T& x) {
  if (x.rank() < 2) return select(stack({x, x}, -1), -1, 0);
  return transpose(concat({transpose(x)}, 0));  // concat makes a dense copy, of the columns
}

Variable lay_out(const Variable& x, Layout layout) {
  if (!x.defined() || layout == Layout::as_they_come) return x;
  return layout == Layout::strided ? strided(x) : x * 1;
}

// What of a batch's attribute belongs to a part of it.
Attribute cut(const std::string& name, const Attribute& attribute, const Part& part) {
  const auto* tensor = std::get_if<Tensor>(&attribute);
  if (!tensor || !tensor->defined()) return attribute;
  if (name == "targets") return slice(slice(*tensor, 0, part.from, part.to), 1, 0, part.time);
  if (name != "lengths" && name != "visible") return attribute;
  if (!part.padded) return Tensor();
  const Tensor of_part = slice(*tensor, 0, part.from, part.to);
  return name == "visible" ? slice(of_part, -1, 0, part.time) : of_part;
}

Attributes attributes_for(const Step& step, const Evaluation& how) {
  Attributes result = step.attributes;
  for (auto& named : result.all) {
    if (how.part) named.second = cut(named.first, named.second, *how.part);
    auto* tensor = std::get_if<Tensor>(&named.second);
    if (tensor && tensor->defined() && how.layout == Layout::strided) *tensor = strided(*tensor);
  }
  return result;
}

}  // namespace

Axes Attributes::axes(const char* name) const {
  std::vector<int> a;
  for (const Index axis : list(name)) a.push_back(static_cast<int>(axis));
  switch (a.size()) {
    case 0:
      return {};
    case 1:
      return {a[0]};
    case 2:
      return {a[0], a[1]};
    case 3:
      return {a[0], a[1], a[2]};
    default:
      return {a[0], a[1], a[2], a[3]};
  }
}

std::vector<Variable> parameters_of(const Program& program, const Evaluation& how) {
  std::vector<Variable> result;
  for (const Input& input : program.inputs) {
    const Tensor value = copy(to(input.value, how.dtype));
    result.push_back(parameter(how.layout == Layout::strided ? strided(value) : value));
  }
  return result;
}

std::map<int, Variable> evaluate(const Program& program, std::span<const Variable> inputs, const Evaluation& how) {
  std::map<int, Variable> values;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Input& input = program.inputs[i];
    values[input.id] = how.part && input.batched
                           ? slice(slice(inputs[i], 0, how.part->from, how.part->to), 1, 0, how.part->time)
                           : inputs[i];
  }
  for (const Step& step : program.steps) {
    std::vector<Variable> arguments;
    for (const int id : step.arguments)
      arguments.push_back(id == no_argument ? Variable() : lay_out(values.at(id), how.layout));
    const Evaluate& run = how.twins && step.operation->twin ? step.operation->twin : step.operation->run;
    const Values results = run(arguments, attributes_for(step, how));
    for (std::size_t i = 0; i < results.size(); ++i) values[step.results.at(i)] = results[i];
  }
  return values;
}

std::vector<Variable> outputs_of(const Program& program, std::span<const Variable> inputs, const Evaluation& how) {
  const auto values = evaluate(program, inputs, how);
  std::vector<Variable> result;
  for (const int id : program.outputs) result.push_back(values.at(id));
  return result;
}

Tensor direction_of(const Program& program, int id, const Shape& shape) {
  Generator generator(program.seed, static_cast<std::uint64_t>(id), 0);
  return normal(shape, generator, 0, 1, f64);
}

Results differentiate(const Program& program, const Evaluation& how) {
  const std::vector<Variable> inputs = parameters_of(program, how);
  const std::vector<Variable> outputs = outputs_of(program, inputs, how);
  Results results;
  Variable projection = scalar(0, how.dtype);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    results.outputs.push_back(to(outputs[i].value(), f64));
    const Tensor direction = direction_of(program, program.outputs[i], outputs[i].shape());
    projection = projection + sum(outputs[i] * to(direction, how.dtype));
  }
  if (!projection.requires_grad()) {  // a composed recurrent layer over no time: it has no step to remember
    for (const Variable& input : inputs) results.gradients.push_back(zeros(input.shape(), f64));
    return results;
  }
  for (const Variable& gradient : grad(projection, std::span<const Variable>(inputs)))
    results.gradients.push_back(to(gradient.value(), f64));
  return results;
}

void prune(Program& program) {
  std::set<int> needed(program.outputs.begin(), program.outputs.end());
  std::vector<Step> steps;
  for (auto step = program.steps.rbegin(); step != program.steps.rend(); ++step) {
    if (std::none_of(step->results.begin(), step->results.end(), [&](int id) { return needed.contains(id); })) continue;
    needed.insert(step->arguments.begin(), step->arguments.end());
    steps.push_back(*step);
  }
  program.steps.assign(steps.rbegin(), steps.rend());
  std::erase_if(program.inputs, [&](const Input& input) { return !needed.contains(input.id); });
}

namespace {

bool contains(const std::vector<int>& list, int id) { return std::find(list.begin(), list.end(), id) != list.end(); }

// Without the last step: what it was made from becomes the output.
Program without_end(Program program) {
  const Step last = program.steps.back();
  program.steps.pop_back();
  for (const int id : last.results) std::erase(program.outputs, id);
  for (const Step& step : program.steps)
    for (const int id : step.results)
      if (contains(last.arguments, id) && !contains(program.outputs, id)) program.outputs.push_back(id);
  prune(program);
  return program;
}

// With the results of one step given as inputs.
Program without_step(Program program, std::size_t number) {
  const auto values = evaluate(program, parameters_of(program, {}));
  for (const int id : program.steps[number].results)
    program.inputs.push_back({id, copy(values.at(id).value()), program.lengths.has_value()});
  for (const int id : program.steps[number].results) std::erase(program.outputs, id);
  program.steps.erase(program.steps.begin() + static_cast<std::ptrdiff_t>(number));
  prune(program);
  return program;
}

Program with_output(Program program, int id) {
  program.outputs = {id};
  prune(program);
  return program;
}

}  // namespace

Program shrink(Program program, const std::function<bool(const Program&)>& fails) {
  const auto try_smaller = [&](Program smaller) {
    if (smaller.steps.empty() || smaller.outputs.empty() || smaller.inputs.empty() || !fails(smaller)) return false;
    program = std::move(smaller);
    return true;
  };
  for (const int id : std::vector<int>(program.outputs))
    if (program.outputs.size() > 1 && try_smaller(with_output(program, id))) break;
  while (!program.lengths && program.steps.size() > 1 && try_smaller(without_end(program))) {
  }
  for (std::size_t i = 0; i + 1 < program.steps.size();)
    if (!try_smaller(without_step(program, i))) ++i;
  return program;
}

}  // namespace glance::fuzz
