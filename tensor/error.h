#pragma once

#include <stdexcept>

// The type of glance's errors.
namespace glance {

// What every function of glance throws: one line that says the operation, the shapes (or the file and line) and what to
// change.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace glance
