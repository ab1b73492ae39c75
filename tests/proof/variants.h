#pragma once

#include <string>
#include <vector>

#include "tests/proof/cases.h"

// What is derived from a line of the table: the operation on inputs of every kind.
namespace glance::proof {

struct Variant {
  std::string name;
  Differentiable function;
  std::vector<Tensor> inputs;
};

// As written, and with other numbers of leading dimensions.
std::vector<Variant> plain(const Case& c);

// Leading dimensions of one input dropped or made 1, so that it is stretched to the others.
std::vector<Variant> broadcast(const Case& c);

// Inputs that are transposed or cut out of larger tensors, all and one at a time; and gradients that come in so.
std::vector<Variant> strided(const Case& c);

// One value in two places, one that depends on another, and values that are used elsewhere as well.
std::vector<Variant> aliased(const Case& c);

// Each size that is left open as 0, and all of them as 1.
std::vector<Variant> zero_size(const Case& c);
std::vector<Variant> single_element(const Case& c);

// The reason why the case leaves a variant out, or null.
const char* left_out(const Case& c, const Variant& variant);

}  // namespace glance::proof
