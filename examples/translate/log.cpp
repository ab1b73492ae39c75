// The log as lines of JSON, and which of its lines a resumed training keeps.
#include "examples/translate/log.h"

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "glance/tensor/blas.h"
#include "glance/tensor/files/file.h"

namespace glance::seq2seq {

namespace {

// The lines up to a step's. A killed training may have logged a validation that its checkpoint does not have.
std::string kept_lines(const std::string& path, Index steps) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return {};  // a pipe would keep us waiting
  std::ifstream file(path);
  std::string kept, line;
  while (std::getline(file, line)) {
    const auto record = nlohmann::json::parse(line, nullptr, false);
    const auto step = record.is_object() ? record.find("step") : record.end();
    if (step == record.end() || !step->is_number_integer() || step->get<Index>() > steps) break;
    kept += line + "\n";
  }
  return kept;
}

}  // namespace

TrainingLog::TrainingLog(std::string path, Index steps) : path_(std::move(path)), text_(kept_lines(path_, steps)) {
  write_file(path_, text_);
}

void TrainingLog::add(const ValidationRecord& record) {
  nlohmann::ordered_json line;
  if (record.epoch == std::floor(record.epoch))
    line["epoch"] = static_cast<Index>(record.epoch);
  else
    line["epoch"] = std::round(1000 * record.epoch) / 1000;
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
  line["kernels"] = blas_kernels().kernels;  // on which the bits depend; a resumed training may have others
  text_ += line.dump() + "\n";
  write_file(path_, text_);
}

}  // namespace glance::seq2seq
