#pragma once

#include <string>

#include "tests/fuzz/program.h"

// Random programs as text.
namespace glance::fuzz {

// The program as a C++ file of its own, which prints the gradients.
std::string to_cpp(const Program& program);

// One line of JSON: the inputs, the steps in PyTorch's words, and the outputs and gradients that glance gives. Empty
// when PyTorch has no word for one of the steps. tests/fuzz/against_pytorch.py reads it.
std::string to_json(const Program& program);

}  // namespace glance::fuzz
