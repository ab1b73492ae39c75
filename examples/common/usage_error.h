#pragma once

#include "glance/tensor/error.h"

// The error of a program that was asked for what makes no sense.
namespace glance {

// A command that makes no sense for what it is given: the same as a wrong option.
class UsageError : public Error {
 public:
  using Error::Error;
};

}  // namespace glance
