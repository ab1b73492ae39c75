#pragma once

#include <string>

#include "glance/tensor/shape.h"

// The log of a training, which a person or a program may read while it goes on.
namespace glance {

// A training's file of JSON lines, each with a "step". It is written anew for each line, whole or not at all, as
// checkpoints are.
class StepLog {
 public:
  // Goes on after the lines up to step `steps` of the file that is there, if any; from 0 it starts anew. Error, naming
  // the file, when it cannot be written.
  StepLog(std::string path, Index steps);

  // Adds a line, given without its end. Error as above.
  void add(const std::string& line);

 private:
  std::string path_, text_;
};

}  // namespace glance
