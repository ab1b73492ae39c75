#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "glance/autograd/variable.h"

// What a function gave in PyTorch, read from the files that make.py writes, and held against what it gives here.
namespace glance {

// One call: the operation, its arguments, what went in and what came out.
struct Record {
  std::string name;       // "exp.corners.f32"
  std::string operation;  // "exp"
  nlohmann::json arguments;
  std::map<std::string, Tensor> inputs;
  std::vector<Tensor> outputs;
  std::map<std::string, Tensor> gradients;  // of the outputs, times weights_of(), summed up
};

// All records of tests/reference/FILE.
std::vector<Record> read_records(const std::string& file);

// What an output's elements are multiplied by before they are summed up: PyTorch's side does the same.
Tensor weights_of(const Tensor& output, int number);

// The inputs of a call, those with a gradient as parameters, and its arguments, each by PyTorch's name.
struct Call {
  std::map<std::string, Variable> inputs;
  nlohmann::json arguments;

  // Undefined when there is none of this name.
  Variable operator[](const std::string& name) const;
  Tensor tensor(const std::string& name) const { return inputs.at(name).value(); }
  Tensor tensor_or_none(const std::string& name) const { return (*this)[name].value(); }
  template <class T>
  T get(const std::string& name) const {
    return arguments.at(name).get<T>();
  }
  bool has(const std::string& name) const { return arguments.contains(name); }
};

using Operation = std::function<std::vector<Variable>(const Call&)>;

// a and b agree when |a - b| <= tolerance · max(|b|, floor), when both are NaN, or when they are the same infinity.
struct Tolerance {
  double f32 = 2e-6, f64 = 1e-13;
  double floor = 1;
};

struct Case {
  Tolerance tolerance;
  std::vector<Operation> operations;  // all the ways to compute it: the operation, then its composed twin or its steps
};

// Where `got` and `expected` disagree, in words; "" when they agree.
std::string difference(const Tensor& got, const Tensor& expected, const Tolerance& tolerance);

// Runs every record of a file through its case, with dense and with strided inputs, and holds outputs and gradients
// against the record's. A record without a case, or a case without a record, fails the test.
void check_records(const std::string& file, const std::map<std::string, Case>& cases);

}  // namespace glance
