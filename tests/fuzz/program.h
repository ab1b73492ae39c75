#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "glance/autograd/variable.h"

// A random program as data: inputs, and steps that each apply one operation of the table (operations.h) to values
// before it. Values are known by number; a number never changes when a program is cut down.
namespace glance::fuzz {

// What a step is told beside its arguments.
using Attribute = std::variant<bool, Index, double, std::vector<Index>, Tensor>;

struct Attributes {
  std::map<std::string, Attribute> all;

  bool flag(const char* name) const { return std::get<bool>(all.at(name)); }
  Index integer(const char* name) const { return std::get<Index>(all.at(name)); }
  int dim(const char* name) const { return static_cast<int>(integer(name)); }
  double number(const char* name) const { return std::get<double>(all.at(name)); }
  const std::vector<Index>& list(const char* name) const { return std::get<std::vector<Index>>(all.at(name)); }
  const Tensor& tensor(const char* name) const { return std::get<Tensor>(all.at(name)); }
  Shape shape(const char* name) const { return Shape(std::span<const Index>(list(name))); }
  Axes axes(const char* name) const;
};

struct Operation;

inline constexpr int no_argument = -1;  // stands for an undefined Variable

struct Input {
  int id = 0;
  Tensor value;          // f64
  bool batched = false;  // in a program over sequences: [batch, time, features] rather than weights
};

struct Step {
  const Operation* operation = nullptr;
  std::vector<int> arguments;  // numbers of values, or no_argument
  Attributes attributes;
  std::vector<int> results;
};

struct Program {
  std::uint64_t seed = 0;
  std::vector<Input> inputs = {};
  std::vector<Step> steps = {};
  std::vector<int> outputs = {};
  // Of a program over sequences: where each ends. Its one output is then a sum over sequences and their steps, divided
  // by a fixed count, so that it may be computed in parts. Attributes named "lengths", "visible" and "targets" belong
  // to the batch.
  std::optional<std::vector<Index>> lengths = {};
};

// How the arguments of every step lie in memory.
enum class Layout { as_they_come, contiguous, strided };

// Some of the sequences of a batch, of which only the first `time` steps are looked at.
struct Part {
  Index from = 0, to = 0, time = 0;
  bool padded = true;  // false: `time` is where each of them ends, so nothing is told of lengths
};

struct Evaluation {
  DType dtype = f64;
  Layout layout = Layout::as_they_come;
  bool twins = false;  // composed twins in place of fused operations
  std::optional<Part> part = {};
};

// The inputs as parameters of that dtype, laid out as `how` says.
std::vector<Variable> parameters_of(const Program& program, const Evaluation& how);

// Every value of the program by its number.
std::map<int, Variable> evaluate(const Program& program, std::span<const Variable> inputs, const Evaluation& how = {});

// The outputs alone, in order.
std::vector<Variable> outputs_of(const Program& program, std::span<const Variable> inputs, const Evaluation& how = {});

struct Results {
  std::vector<Tensor> outputs;    // f64
  std::vector<Tensor> gradients;  // f64, of the outputs' projection on fixed random directions, by each input
};

Results differentiate(const Program& program, const Evaluation& how = {});

// The direction on which an output is projected, f64.
Tensor direction_of(const Program& program, int id, const Shape& shape);

// Drops the steps and the inputs that no output depends on.
void prune(Program& program);

// The smallest program found for which `fails` still holds: steps dropped from the end, and steps at the beginning
// replaced by what they gave.
Program shrink(Program program, const std::function<bool(const Program&)>& fails);

}  // namespace glance::fuzz
