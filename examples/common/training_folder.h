#pragma once

#include <string>

// The names of the files of a training, and the checks before any is written.
namespace glance {

// The folder that a training keeps its files in.
struct TrainingFolder {
  std::string path;

  std::string last() const;     // a checkpoint to go on from
  std::string best() const;     // the best of those that were scored
  std::string average() const;  // the mean of the last few that were scored, where one was asked for
  std::string log() const;      // JSON lines

  // Error, before anything takes time, when there is no training to go on with, or one that must not be written over.
  void check(bool resume, bool overwrite) const;

  // Error when there is none and none can be made.
  void make() const;
};

}  // namespace glance
