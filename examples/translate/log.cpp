// The log as lines of JSON, and which of its lines a resumed training keeps.
#include "examples/translate/log.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "glance/tensor/blas.h"

namespace glance::seq2seq {

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
  if (record.average)
    line["average"] = {{"of", record.averaged},
                       {"test_loss", record.average->loss},
                       {"test_token_accuracy", record.average->token_accuracy},
                       {"test_exact", record.average->exact},
                       {"test_bleu", record.average->bleu}};
  auto& norms = line["gradient_norms"] = nlohmann::ordered_json::object();
  for (const auto& [layer, norm] : record.gradient_norms) norms[layer] = norm;
  line["kernels"] = blas_kernels().kernels;  // on which the bits depend; a resumed training may have others
  log_.add(line.dump());
}

void TrainingLog::add_failure(Index step, const std::string& why) {
  log_.add(nlohmann::ordered_json{{"step", step}, {"failure", why}}.dump());
}

}  // namespace glance::seq2seq
