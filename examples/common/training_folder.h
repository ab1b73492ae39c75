#pragma once

#include <string>

namespace glance {

// The folder that a training keeps its files in.
struct TrainingFolder {
  std::string path;

  std::string last() const;  // a checkpoint to go on from
  std::string best() const;  // the best of those that were scored
  std::string log() const;   // JSON lines

  // Error, before anything takes time, when there is no training to go on with, or one that must not be written over.
  void check(bool resume, bool overwrite) const;

  // Error when there is none and none can be made.
  void make() const;
};

}  // namespace glance
