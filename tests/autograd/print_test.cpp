// A printed variable says where its value comes from.
#include "glance/autograd/print.h"

#include <sstream>

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/modes.h"
#include "glance/tensor/create.h"
#include "tests/catch.h"

using namespace glance;

TEST_CASE("a variable prints as its value and where it comes from") {
  const Variable x = parameter(tensor({1, 2}));
  CHECK(to_string(x) == "[1, 2] f32[2], a parameter");
  CHECK(to_string(x * 2) == "[2, 4] f32[2], made by multiply");
  CHECK(to_string(Variable(tensor({1, 2}))) == "[1, 2] f32[2]");
  CHECK(to_string(x.detach()) == "[1, 2] f32[2]");
  CHECK(to_string(Variable()) == "undefined");
  std::ostringstream out;
  out << x << '\n' << 2 * x;
  CHECK(out.str() == "[1, 2] f32[2], a parameter\n[2, 4] f32[2], made by multiply");
  const NoGrad no_grad;
  CHECK(to_string(x * 2) == "[2, 4] f32[2]");
}
