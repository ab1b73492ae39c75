// Where the files of a training are, and whether they may be written or gone on with.
#include "examples/common/training_folder.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "glance/tensor/error.h"

namespace glance {

namespace fs = std::filesystem;

std::string TrainingFolder::last() const { return (fs::path(path) / "last").string(); }
std::string TrainingFolder::best() const { return (fs::path(path) / "best").string(); }
std::string TrainingFolder::average() const { return (fs::path(path) / "average").string(); }
std::string TrainingFolder::log() const { return (fs::path(path) / "log.jsonl").string(); }

void TrainingFolder::check(bool resume, bool overwrite) const {
  std::error_code error;
  if (resume) {
    if (!fs::exists(last(), error))
      throw Error(fmt::format("{}: no training to go on with: start one without --resume", last()));
  } else if (!overwrite) {
    for (const auto& file : {last(), best(), log()})
      if (fs::exists(file, error))
        throw Error(
            fmt::format("{}: there is a training already: go on with --resume, or start anew with --overwrite", file));
  }
}

void TrainingFolder::make() const {
  std::error_code error;
  fs::create_directories(path, error);
  if (error || !fs::is_directory(path, error))
    throw Error(fmt::format("{}: cannot be made a folder{}", path, error ? ": " + error.message() : ""));
}

}  // namespace glance
