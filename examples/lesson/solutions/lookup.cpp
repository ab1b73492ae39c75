// Chapter 5: the look-up with east hidden. Its weight is 0, the others keep their proportions and fill the sum to 1.
#include <iostream>

#include "glance/glance.h"

using namespace glance;

int main() {
  const Tensor keys = tensor({{1, 0}, {0, 1}, {-1, 0}, {0, -1}}, f64);
  const Tensor values = tensor({{10}, {20}, {30}, {40}}, f64);
  const Tensor query = tensor({{2, 1}}, f64);
  const Tensor visible = from_values({0, 1, 1, 1}, {4}, boolean);

  const Attended all = attend(query, keys, values), hidden = attend(query, keys, values, {.visible = visible});
  std::cout << "all visible  weights " << to_string(all.weights.value()) << " context "
            << to_string(all.context.value()) << "\n";
  std::cout << "east hidden  weights " << to_string(hidden.weights.value()) << " context "
            << to_string(hidden.context.value()) << "\n";
}
