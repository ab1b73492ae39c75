#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "glance/autograd/gradcheck.h"

// The table of what is proven: a line for each differentiable operation and layer, and each choice of its arguments.
// The programs of this folder derive every proof from it. docs/proof.md tells how to add a line.
namespace glance::proof {

// An input of f64 numbers evenly spread from low to high. Its shape is written in words: "..." for any leading
// dimensions, a letter for a dimension whose size may be anything, "4h" for four times that size, and a number for a
// size that the operation's arguments need. A letter means the same size in every input.
struct Input {
  Input(const char* shape_, double low_ = -2, double high_ = 2) : shape(shape_), low(low_), high(high_) {}

  std::string shape;
  double low, high;
};

// A variant (all whose names begin so) that the operation does not admit: it must fail, or the line is out of date.
struct Without {
  const char* variant;
  const char* reason;
};

// What a fused operation must be equal to; proven with it, it needs no line of its own.
struct Twin {
  std::string operation;
  Differentiable function;
};

struct More {
  const char* at = "";  // which choice of arguments this is
  std::optional<Twin> twin{};
  std::vector<Without> without{};
  double tolerance = 3e-5;  // between f32 and f64, of a value against 1 or its own size
};

struct Case {
  // The public function or layer as it is called: "exp", "Linear", "LSTM::step"; where it is overloaded, with the types
  // of its arguments: "pow(Variable, double)".
  std::string operation;
  Differentiable function;
  std::vector<Input> inputs;
  More more{};

  std::string name() const { return operation + (more.at[0] ? " " : "") + more.at; }
};

// A public function, with all its overloads, that has a Variable in its declaration and yet needs no line in the table.
struct Exemption {
  std::string function;
  const char* reason;
};

const std::vector<Case>& cases();
const std::vector<Exemption>& exemptions();

// The parts of the table, by kind of operation.
std::vector<Case> arithmetic_cases();
std::vector<Case> shape_cases();
std::vector<Case> reduction_cases();
std::vector<Case> fused_cases();
std::vector<Case> layer_cases();
std::vector<Case> attention_cases();
std::vector<Case> transformer_cases();

// Sizes for what shapes leave open.
struct Sizes {
  Shape lead;                     // "..."
  std::map<char, Index> letters;  // every letter of the case
};

Shape shape_of(const std::string& words, const Sizes& sizes);

// Small sizes that differ from letter to letter; and ones beyond a vector register's width that no width divides.
Sizes small_sizes(const Case& c);
Sizes wide_sizes(const Case& c);

bool has_lead(const Input& input);

// The inputs with these sizes, the same numbers each time.
std::vector<Tensor> inputs_of(const Case& c, const Sizes& sizes);

}  // namespace glance::proof
