// The engine's table numbers each node once and gives the latest first.
#include "glance/autograd/visits.h"

#include <algorithm>
#include <vector>

#include "glance/autograd/arithmetic.h"
#include "tests/autograd/layouts.h"
#include "tests/catch.h"

namespace glance {
namespace {

TEST_CASE("visits: each node has one number, few or many") {
  for (const std::size_t count : {1u, 8u, 9u, 10u, 16u, 17u, 1000u}) {
    INFO(count);
    std::vector<Variable> values{parameter(ones({1}))};
    while (values.size() < count) values.push_back(values.back() * 2);
    detail::Visits visits;
    for (std::size_t round = 0; round < 2; ++round)
      for (std::size_t i = 0; i < count; ++i) CHECK(visits.number_of(values[i].node().get()) == i);
    CHECK(visits.size() == count);
    CHECK(visits.outputs() == count);
    for (std::size_t i = 0; i < count; ++i) CHECK(visits[i].first_gradient == i);
  }
}

TEST_CASE("visits: the latest node comes first, however they were found") {
  std::vector<Variable> values{parameter(ones({1}))};
  while (values.size() < 30) values.push_back(values.back() * 2);
  for (const std::size_t step : {1u, 7u, 29u}) {  // 29 finds them from the last but one to the first
    INFO(step);
    detail::Visits visits;
    for (std::size_t i = 0; i < 30; ++i) visits.number_of(values[(i + 1) * step % 30].node().get());
    std::vector<std::uint64_t> numbers;
    for (const std::uint32_t at : visits.latest_first()) numbers.push_back(visits[at].node->number());
    CHECK(numbers.size() == 30);
    CHECK(std::is_sorted(numbers.rbegin(), numbers.rend()));
  }
}

}  // namespace
}  // namespace glance
