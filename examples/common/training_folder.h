#pragma once

#include <functional>
#include <optional>
#include <string>

#include "examples/common/folder_lock.h"
#include "glance/nn/ranks.h"
#include "glance/tensor/error.h"

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

// The folder of a training, which its first rank keeps for itself from before anything is read until the training ends.
class HeldFolder {
 public:
  // Runs `check` and locks the folder where there is one already. JobError on all ranks when either fails.
  HeldFolder(const Ranks& ranks, std::string path, std::function<void()> check);

  // On the first rank: makes the folder, locks it, and checks again, since another training may have ended there
  // meanwhile. Error when any of it fails.
  void make();

 private:
  TrainingFolder folder_;
  std::function<void()> check_;
  std::optional<FolderLock> lock_;
};

// Throws the error of a step again, of its own kind, with the file that keeps what was learnt before.
[[noreturn]] void throw_with_file(const Error& error, const std::string& path);

}  // namespace glance
