// What is left behind, and two threads at once.
#include <thread>
#include <vector>

#include "autograd/engine.h"
#include "autograd/reductions.h"
#include "nn/module.h"
#include "nn/recurrent.h"
#include "tensor/create.h"
#include "tensor/elementwise.h"
#include "tensor/random.h"
#include "tests/catch.h"

namespace glance {
namespace {

// Not run with the others: CTest runs it to see that storage left behind fails a program.
TEST_CASE("a tensor is left behind on purpose", "[.leaves-storage]") {
  static Tensor kept;
  kept = zeros({3});
  CHECK(kept.defined());
}

}  // namespace
}  // namespace glance
