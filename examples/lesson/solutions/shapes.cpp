// Chapter 1: the shapes with 4 heads, each of which looks with its own 8 of the 32 features.
#include <iostream>

#include "glance/glance.h"

using namespace glance;

// [batch, words, 32] -> [batch, heads, words, 8]
Variable heads(const Variable& x) { return transpose(reshape(x, {x.shape(0), x.shape(1), 4, 8}), 1, 2); }

int main() {
  Generator generator(1);
  const Tensor states = normal({1, 7, 32}, generator), memory = normal({1, 5, 32}, generator);
  const Attended attended = attend(heads(states), heads(memory), heads(memory));
  std::cout << "weights " << to_string(attended.weights.shape()) << "\n";
  std::cout << "context " << to_string(attended.context.shape()) << "\n";
}
