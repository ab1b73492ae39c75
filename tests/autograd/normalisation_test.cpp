// Layer normalisation of one row, worked out by hand.
#include "glance/autograd/normalisation.h"

#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "tests/catch.h"

using namespace glance;

TEST_CASE("layer norm by hand") {
  const Tensor y = layer_norm(tensor({{1, 3}, {-2, -2}}, f64), tensor({2, 1}, f64), tensor({0, 5}, f64), 0).value();
  CHECK(y.to_vector<double>()[0] == Approx(-2));
  CHECK(y.to_vector<double>()[1] == Approx(6));
  CHECK(all_close(layer_norm(tensor({{-2, -2}}, f64)).value(), zeros({1, 2}, f64)));
}
