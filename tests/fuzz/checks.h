#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/fuzz/program.h"

// The checks that random programs are put through.
namespace glance::fuzz {

// Something that holds for every program. Numbers a and b agree when |a - b| <= tolerance · max(1, the largest |b| of
// the tensor).
struct Check {
  std::string name;
  double tolerance;
  std::function<std::string(const Program& program, double tolerance)> run;  // what is wrong; empty: nothing
};

const std::vector<Check>& checks();

// What one check says, with an Error that it meets as its answer.
std::string run_check(const Check& check, const Program& program);

// All checks; empty when all hold. Else the first that fails, and the smallest program found that fails it, as C++.
std::string find_fault(const Program& program);

}  // namespace glance::fuzz
