// The bound on a translation's length follows from the examples or from what was asked for.
#include "examples/seq2seq/length_bound.h"

#include "tests/catch.h"

using namespace glance;
using namespace glance::seq2seq;

namespace {

Example of(std::size_t source, std::size_t target) {
  return {std::vector<Index>(source, 4), std::vector<Index>(target, 4)};
}

}  // namespace

TEST_CASE("what was not measured is bounded by twice the source and ten words") {
  CHECK(LengthBound()(1) == 12);
  CHECK(LengthBound()(30) == 70);
  CHECK(length_bound_of({}) == LengthBound());
}

TEST_CASE("the bound follows from the longest ratio and the longest target of the examples") {
  const std::vector<Example> examples = {of(4, 24), of(9, 49), of(2, 1), of(20, 8)};
  const LengthBound bound = length_bound_of(examples);
  CHECK(bound.ratio == 7.5);  // a quarter more than 24 for 4
  CHECK(bound.longest_target == 62);
  CHECK(bound.longest_source == 20);
  CHECK(bound(1) == 10 + 8);
  CHECK(bound(4) == 10 + 30);
  CHECK(bound(9) == 10 + 62);  // and not 68: no target is as long
  CHECK(bound(20) == 10 + 62);
  CHECK(bound(40) == 10 + 124);  // in proportion, beyond the longest source
  for (const Example& example : examples)
    CHECK(bound(static_cast<Index>(example.source.size())) > static_cast<Index>(example.target.size()));
  for (Index n = 1; n < 100; ++n) CHECK(bound(n) <= bound(n + 1));
}

TEST_CASE("one odd pair does not let every translation become endless") {
  std::vector<Example> examples(100, of(10, 10));
  examples.push_back(of(1, 300));
  CHECK(length_bound_of(examples)(10) == 10 + 375);
}

TEST_CASE("what a person asks for is the bound of every source") {
  const LengthBound bound{.fixed = 7};
  CHECK(bound(1) == 7);
  CHECK(bound(100) == 7);
}
