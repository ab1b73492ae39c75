#include "examples/translate/log.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "tensor/file.h"

namespace glance::seq2seq {

namespace {

// The lines up to an epoch's. A killed training may have logged an epoch that its checkpoint does not have, or half a
// line.
std::string kept_lines(const std::string& path, Index epochs) {
  std::ifstream file(path);
  std::string kept, line;
  while (std::getline(file, line)) {
    const auto record = nlohmann::json::parse(line, nullptr, false);
    if (!record.is_object() || !record.contains("epoch") || record["epoch"].get<Index>() > epochs) break;
    kept += line + "\n";
  }
  return kept;
}

}  // namespace

TrainingLog::TrainingLog(std::string path, Index epochs_kept) : path_(std::move(path)) {
  write_file(path_, epochs_kept >= 0 ? kept_lines(path_, epochs_kept) : std::string());
}

void TrainingLog::add(const EpochRecord& record) const {
  nlohmann::ordered_json line;
  line["epoch"] = record.epoch;
  line["step"] = record.step;
  line["seconds"] = record.seconds;
  line["train_loss"] = record.train_loss;
  line["test_loss"] = record.test.loss;
  line["test_token_accuracy"] = record.test.token_accuracy;
  line["test_exact"] = record.test.exact;
  line["test_bleu"] = record.test.bleu;
  std::ofstream file(path_, std::ios::app);
  file << line.dump() << "\n" << std::flush;
  if (!file) throw Error(fmt::format("{}: cannot be written", path_));
}

}  // namespace glance::seq2seq
