#include "examples/translate/log.h"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "glance/tensor/files/file.h"

namespace glance::seq2seq {

namespace {

// The lines up to an epoch's. A killed training may have logged an epoch that its checkpoint does not have.
std::string kept_lines(const std::string& path, Index epochs) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return {};  // a pipe would keep us waiting
  std::ifstream file(path);
  std::string kept, line;
  while (std::getline(file, line)) {
    const auto record = nlohmann::json::parse(line, nullptr, false);
    const auto epoch = record.is_object() ? record.find("epoch") : record.end();
    if (epoch == record.end() || !epoch->is_number_integer() || epoch->get<Index>() > epochs) break;
    kept += line + "\n";
  }
  return kept;
}

}  // namespace

TrainingLog::TrainingLog(std::string path, Index epochs) : path_(std::move(path)), text_(kept_lines(path_, epochs)) {
  write_file(path_, text_);
}

void TrainingLog::add(const EpochRecord& record) {
  nlohmann::ordered_json line;
  line["epoch"] = record.epoch;
  line["step"] = record.step;
  line["seconds"] = record.seconds;
  line["train_loss"] = record.train_loss;
  const auto add_score = [&](const char* key, double Evaluation::*score) {
    if (record.test)
      line[key] = (*record.test).*score;
    else
      line[key] = nullptr;
  };
  add_score("test_loss", &Evaluation::loss);
  add_score("test_token_accuracy", &Evaluation::token_accuracy);
  add_score("test_exact", &Evaluation::exact);
  add_score("test_bleu", &Evaluation::bleu);
  add_score("test_entropy", &Evaluation::entropy);
  auto& norms = line["gradient_norms"] = nlohmann::ordered_json::object();
  for (const auto& [layer, norm] : record.gradient_norms) norms[layer] = norm;
  text_ += line.dump() + "\n";
  write_file(path_, text_);
}

}  // namespace glance::seq2seq
