// A user's program, built against the installed library.
#include <glance/glance.h>

#include <cstdio>

// Uses each room, and what the library links: a product needs OpenBLAS, an error message needs fmt.
int main() {
  const auto x = glance::parameter(glance::tensor({{1, 2}, {3, 4}}));
  glance::Generator generator(1);
  const glance::Linear layer(2, 3, generator);

  const auto y = glance::sum(glance::matmul(x, x));
  const auto gradients = glance::grad(y, {x});
  const glance::Tensor expected = glance::tensor({{7, 11}, {9, 13}});  // row sums of x + column sums of x
  if (y.item() != 54 || !glance::same(gradients[0].value(), expected)) return 1;
  if (layer(x).shape() != glance::Shape{2, 3}) return 1;

  try {
    layer(glance::tensor({1, 2, 3}));
    return 1;
  } catch (const glance::Error& error) {
    std::puts(error.what());
  }
}
