// A training that the machine has no memory for is refused before it starts.
#include "examples/common/memory.h"

#include "glance/tensor/error.h"
#include "tests/catch.h"

using namespace glance;

TEST_CASE("what fits is let pass, and what does not says what to lower") {
  CHECK_NOTHROW(check_memory(1e6, "--width"));
  CHECK_THROWS_WITH(check_memory(3e18, "--width or --batch"),
                    Contains("about 3000000000 GB of memory") && Contains(": lower --width or --batch"));
}
