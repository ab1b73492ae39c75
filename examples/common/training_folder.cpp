// Where the files of a training are, and whether they may be written or gone on with.
#include "examples/common/training_folder.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>
#include <utility>

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

HeldFolder::HeldFolder(const Ranks& ranks, std::string path, std::function<void()> check)
    : folder_{std::move(path)}, check_(std::move(check)) {
  ranks.together([&] {
    if (!ranks.is_first()) return;
    check_();
    std::error_code error;
    if (fs::is_directory(folder_.path, error)) lock_.emplace(folder_.path);
  });
}

void HeldFolder::make() {
  folder_.make();
  if (!lock_) lock_.emplace(folder_.path);
  check_();
}

void throw_with_file(const Error& error, const std::string& path) {
  const std::string text = fmt::format("{}; what was learnt before is in {}", error.what(), path);
  if (dynamic_cast<const JobError*>(&error)) throw JobError(text);
  throw Error(text);
}

}  // namespace glance
