// A whole training run against PyTorch's: every loss, and the weights at the end.
#include "examples/seq2seq/model.h"
#include "examples/seq2seq/vocabulary.h"
#include "glance/autograd/engine.h"
#include "glance/autograd/loss.h"
#include "glance/nn/optimiser.h"
#include "glance/tensor/create.h"
#include "tests/catch.h"
#include "tests/reference/records.h"

namespace glance::seq2seq {
namespace {

// The record's translator with its weights before the first step.
RecurrentTranslator translator_of(const Record& record, DType dtype) {
  const nlohmann::json& a = record.arguments;
  Generator generator(1);
  RecurrentTranslator model({.source_words = a.at("source_words"),
                             .target_words = a.at("target_words"),
                             .embedding = a.at("embedding"),
                             .hidden = a.at("hidden"),
                             .layers = a.at("layers"),
                             .attention = a.at("attention") ? "dot" : "none",
                             .cell = a.at("cell") == "lstm" ? CellKind::lstm : CellKind::rnn},
                            generator);
  auto take = [&](const std::string& name, Variable& variable) {
    variable = parameter(copy(to(record.inputs.at(name), dtype)));
  };
  visit_variables("", model, take);
  return model;
}

PaddedBatch padded(const Record& record, const std::string& symbols, const std::string& lengths) {
  const Tensor padded_symbols = record.inputs.at(symbols);
  return {padded_symbols, Lengths(record.inputs.at(lengths).to_vector<Index>(), padded_symbols.shape(1))};
}

struct Run {
  Tensor losses;                        // [steps], f64
  std::map<std::string, Tensor> after;  // the weights
};

Run train(const Record& record, DType dtype) {
  const RecurrentTranslator model = translator_of(record, dtype);
  const std::vector<Variable> weights = parameters(model);
  Adam adam(model, {.learning_rate = record.arguments.at("learning_rate")});
  const int batches = record.arguments.at("batches");
  std::vector<double> losses(static_cast<std::size_t>(record.outputs[0].numel()));
  for (std::size_t step = 0; step < losses.size(); ++step) {
    const std::string number = "." + std::to_string(static_cast<int>(step) % batches);
    const auto encoded = model.encode(padded(record, "sources" + number, "source_lengths" + number));
    const auto decoded = model.decode(encoded, padded(record, "fed" + number, "fed_lengths" + number));
    const Variable loss = softmax_cross_entropy(
        decoded.logits, record.inputs.at("answers" + number),
        {.ignore_index = Vocabulary::pad, .label_smoothing = record.arguments.at("label_smoothing")});
    losses[step] = loss.item();
    const auto gradients = grad(loss, weights);
    adam.step(gradients, clip_scale(global_norm(gradients), record.arguments.at("clip")));
  }
  return {from_values(std::span<const double>(losses), record.outputs[0].shape()), state_dict(model)};
}

}  // namespace

TEST_CASE("a whole training run has PyTorch's losses, and ends at its weights", "[reference]") {
  constexpr Tolerance in_f32{.f64 = 1e-4};
  constexpr Tolerance in_f64{.f64 = 1e-9};
  const std::vector<Record> records = read_records("training.safetensors");
  CHECK(records.size() == 2);  // with attention, and without
  for (const Record& record : records)
    for (const DType dtype : {f32, f64}) {
      INFO(record.name << " in " << name(dtype));
      const Tolerance& tolerance = dtype == f32 ? in_f32 : in_f64;
      const Run run = train(record, dtype);
      CHECK(difference(run.losses, record.outputs[0], tolerance) == "");
      const auto names = record.arguments.at("weights").get<std::vector<std::string>>();
      CHECK(names.size() == run.after.size());
      for (std::size_t i = 0; i < names.size(); ++i) {
        INFO(names[i]);
        CHECK(difference(to(run.after.at(names[i]), f64), record.outputs[i + 1], tolerance) == "");
      }
    }
}

}  // namespace glance::seq2seq
