// A translator's file: options and vocabularies as JSON in its metadata, and checks that nothing in it is taken on
// trust.
#include "examples/seq2seq/checkpoint.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "examples/common/checkpoint_file.h"
#include "examples/common/json_fields.h"
#include "glance/nn/module.h"
#include "glance/tensor/files/tensor_file.h"

namespace glance::seq2seq {

namespace {

using nlohmann::json;

constexpr const char* format_key = "glance.translator";
constexpr const char* format_version = "1";

// What files from before it was there do not have; it is then as a new one begins.
constexpr bool newer = true;

void visit_text_options(auto& o, auto&& f) {
  f("unit", o.unit);
  f("keep_case", o.keep_case);
}

void visit_progress(auto& p, auto&& f) {
  f("epochs", p.epochs);
  f("batches", p.batches);
  f("steps", p.steps);
  f("loss_sum", p.loss_sum);
  f("answers", p.answers);
  f("seconds", p.seconds);
  f("gradient_norms", p.gradient_norms);
}

// The sizes a file claims decide how much memory the model takes, so they are held against the file's own tensors
// first.
void check_options(const ModelOptions& o, const Vocabulary& source, const Vocabulary& target,
                   const std::map<std::string, Tensor>& tensors, std::span<const AttentionChoice> own) {
  const AttentionChoice attention = attention_choice(o.attention, own);
  if (const auto problem = problem_of(o)) throw Error(*problem);
  const LengthBound& length = o.length;
  constexpr Index most_words = 1000000;
  const auto fits = [](Index words) { return words >= 0 && words <= most_words; };
  if (!(length.ratio > 0 && length.ratio <= most_words) || !fits(length.longest_source) ||
      !fits(length.longest_target) || !fits(length.fixed))
    throw Error("its bound for the length of a translation is out of range");
  if (o.source_words != source.size() || o.target_words != target.size())
    throw Error("its vocabularies do not have the sizes its options say");
  // Any other difference is named by load_state_dict(), which needs a model.
  if (parameters_of(o, attention) > 4 * element_count(tensors) + 1e6)
    throw Error("its weights do not have the shapes its options say");
}

// Numbers that a training divides by, counts to or allocates for.
void check_training(const SavedTraining& t) {
  const TrainingOptions& o = t.options;
  const Progress& p = t.progress;
  const auto share = [](double x) { return x >= 0 && x <= 1; };
  constexpr Index most = Index{1} << 31;
  const bool options_fit = o.epochs >= 1 && o.epochs < most && o.batch >= 1 && o.batch < most && o.shards >= 1 &&
                           o.learning_rate > 0 && o.clip > 0 && o.beta2 >= 0 && o.beta2 < 1 && share(o.warmup) &&
                           o.warmup < 1 && share(o.final_rate) && share(o.label_smoothing) && o.label_smoothing < 1 &&
                           o.schedule >= Decay::constant && o.schedule <= Decay::inverse_square_root &&
                           o.warmup_steps.value_or(0) >= 0 && o.validate_every >= 0 && o.patience >= 0 &&
                           o.average >= 0 && o.average <= most_averaged;
  const bool progress_fits = p.epochs >= 0 && p.epochs <= o.epochs && p.batches >= 0 && p.steps >= p.batches &&
                             p.steps < most && p.answers >= 0 && t.since_best >= 0;
  if (!options_fit || !progress_fits) throw Error("its training options or its progress are out of range");
}

Checkpoint read(const std::string& path, std::span<const AttentionChoice> own) {
  TensorFile file = load_safetensors(path);
  auto [weights, optimiser, recent] = take_tensors(file, format_key, format_version, "translator", "glance");
  const auto part = [&](const char* key) { return json::parse(file.metadata.at(key)); };
  ModelOptions options;
  json model = part("model");
  // Before what only its own family has is looked for.
  if (const auto family = model.find("model"); family != model.end() && *family != 0 && *family != 1)
    throw Error("its kind of model is none that this program knows");
  if (const auto attention = model.find("attention"); attention != model.end() && attention->is_boolean())
    *attention = attention->get<bool>() ? "dot" : "none";  // of a file from before it had kinds
  ModelOptions::fields(options, json_reader(model));
  Checkpoint result{nullptr,
                    Vocabulary(part("source").get<std::vector<std::string>>()),
                    Vocabulary(part("target").get<std::vector<std::string>>()),
                    {},
                    {}};
  if (file.metadata.contains("text")) visit_text_options(result.text, json_reader(part("text")));
  if (result.text.unit < Unit::words || result.text.unit > Unit::characters)
    throw Error("its text is split in a way that this program does not know");
  check_options(options, result.source, result.target, weights, own);
  Generator generator(0);
  result.model = std::make_unique<Translator>(options, generator, own);
  load_state_dict(*result.model, weights);
  if (file.metadata.contains("training")) {
    const json stored = part("training");
    auto& training = result.training.emplace();
    TrainingOptions::fields(training.options, json_reader(stored.at("options")));
    visit_progress(training.progress, json_reader(stored.at("progress")));
    training.best_score = stored.at("best_score");
    json_reader(stored)("since_best", training.since_best, newer);
    json_reader(stored)("unvalidated", training.unvalidated, newer);
    training.data = stored.at("data");
    training.optimiser = std::move(optimiser);
    training.recent = std::move(recent);
    check_training(training);
  }
  return result;
}

}  // namespace

void save_checkpoint(const std::string& path, const Translator& model, const Vocabulary& source,
                     const Vocabulary& target, const std::optional<SavedTraining>& training, const TextOptions& text) {
  std::map<std::string, Tensor> tensors = state_dict(model);
  json options, text_options;
  ModelOptions::fields(model.options(), json_writer(options));
  visit_text_options(text, json_writer(text_options));
  Metadata metadata{{format_key, format_version},
                    {"model", options.dump()},
                    {"source", json(source.words()).dump()},
                    {"target", json(target.words()).dump()},
                    {"text", text_options.dump()}};
  if (training) {
    json stored{{"best_score", training->best_score},
                {"since_best", training->since_best},
                {"unvalidated", training->unvalidated},
                {"data", training->data}};
    TrainingOptions::fields(training->options, json_writer(stored["options"]));
    visit_progress(training->progress, json_writer(stored["progress"]));
    metadata["training"] = stored.dump();
    add_tensors(tensors, optimiser_prefix, training->optimiser);
    add_tensors(tensors, recent_prefix, training->recent);
  }
  save_safetensors(path, tensors, metadata);
}

Checkpoint load_checkpoint(const std::string& path, std::span<const AttentionChoice> own) {
  return read_checkpoint(path, [&] { return read(path, own); });
}

}  // namespace glance::seq2seq
