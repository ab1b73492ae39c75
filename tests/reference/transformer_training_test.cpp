// Whole training runs of an encoder-decoder Transformer and of a GPT, held against PyTorch's.
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/engine.h"
#include "glance/autograd/loss.h"
#include "glance/autograd/products.h"
#include "glance/autograd/views.h"
#include "glance/nn/embedding.h"
#include "glance/nn/no_decay.h"
#include "glance/nn/positions.h"
#include "glance/nn/transformer.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/view.h"
#include "tests/catch.h"
#include "tests/reference/records.h"

namespace glance {
namespace {

constexpr Index words = 11, pad = 0;

// EncoderDecoder of transformer.py.
struct EncoderDecoder {
  Embedding source, target;
  TransformerEncoder encoder;
  TransformerDecoder decoder;
  Linear output;

  explicit EncoderDecoder(Generator& g)
      : source(words, 8, g),
        target(words, 8, g),
        encoder(8, 2, g, {.layers = 2}, {.feed_forward = 12}),
        decoder(8, 2, g, {.layers = 1}, {.feed_forward = 12}),
        output(8, words, g) {}

  static Variable placed(const Embedding& table, const Tensor& symbols) {
    const Variable x = table(symbols);
    return x * std::sqrt(8.0) + sinusoidal_positions(symbols.shape(1), 8, 0, x.dtype());
  }

  Variable operator()(const Tensor& sources, const Tensor& fed) const {
    const Tensor visible = unsqueeze(not_equal(sources, pad), 1);
    const Variable memory = encoder(placed(source, sources), {.visible = visible}).output;
    return output(decoder(placed(target, fed), memory, visible).output);
  }

  static void visit(auto& self, auto&& f) {
    f("source", self.source);
    f("target", self.target);
    f("encoder", self.encoder);
    f("decoder", self.decoder);
    f("output", self.output);
  }
};

// GPT of transformer.py.
struct GPT {
  Embedding table;
  Positions positions;
  TransformerEncoder blocks;

  explicit GPT(Generator& g)
      : table(words, 8, g),
        positions(PositionKind::learned, 8, 8, g),
        blocks(8, 2, g, {.layers = 2}, {.feed_forward = 16, .activation = Activation::gelu, .norm_first = true}) {}

  Variable operator()(const Tensor& symbols) const {
    return matmul(blocks(positions(table(symbols)), {.causal = true}).output, transpose(table.weight));
  }

  static void visit(auto& self, auto&& f) {
    f("words", self.table);
    f("positions", self.positions);
    f("blocks", self.blocks);
  }
};

struct Run {
  Tensor losses;                        // [steps], f64
  std::map<std::string, Tensor> after;  // the weights
};

// The record's model with its weights before the first step.
template <class Model>
Model model_of(const Record& record, DType dtype) {
  Generator generator(1);
  Model model(generator);
  const auto take = [&](const std::string& name, Variable& variable) {
    if (variable.defined()) variable = parameter(copy(to(record.inputs.at(name), dtype)));
  };
  visit_variables("", model, take);
  return model;
}

// loss(number of the batch, as it stands behind its names)
template <class Model>
Run train(const Record& record, const Model& model, Adam adam,
          const std::function<Variable(const std::string&)>& loss) {
  const std::vector<Variable> weights = parameters(model);
  const int batches = record.arguments.at("batches");
  std::vector<double> losses(static_cast<std::size_t>(record.outputs[0].numel()));
  for (std::size_t step = 0; step < losses.size(); ++step) {
    const Variable value = loss("." + std::to_string(static_cast<int>(step) % batches));
    losses[step] = value.item();
    const auto gradients = grad(value, weights);
    adam.step(gradients, clip_scale(global_norm(gradients), record.arguments.at("clip")));
  }
  return {from_values(std::span<const double>(losses), record.outputs[0].shape()), state_dict(model)};
}

AdamRule rule_of(const Record& record) {
  return {.learning_rate = record.arguments.at("learning_rate"), .epsilon = record.arguments.at("epsilon")};
}

Run train_encoder_decoder(const Record& record, DType dtype) {
  const auto model = model_of<EncoderDecoder>(record, dtype);
  return train(record, model, Adam(model, rule_of(record)), [&](const std::string& number) {
    const Variable logits = model(record.inputs.at("sources" + number), record.inputs.at("fed" + number));
    return softmax_cross_entropy(logits, record.inputs.at("answers" + number),
                                 {.ignore_index = pad, .label_smoothing = record.arguments.at("label_smoothing")});
  });
}

Run train_gpt(const Record& record, DType dtype) {
  const auto model = model_of<GPT>(record, dtype);
  AdamRule rule = rule_of(record);
  rule.weight_decay = record.arguments.at("weight_decay");
  return train(record, model, adam_w(model, rule, {no_decay(model)}), [&](const std::string& number) {
    return softmax_cross_entropy(model(record.inputs.at("symbols" + number)), record.inputs.at("next" + number));
  });
}

}  // namespace

TEST_CASE("whole training runs of Transformers have PyTorch's losses, and end at its weights", "[reference]") {
  constexpr Tolerance in_f32{.f64 = 1e-4};
  constexpr Tolerance in_f64{.f64 = 1e-9};
  const std::map<std::string, Run (*)(const Record&, DType)> runs = {{"encoder_decoder", train_encoder_decoder},
                                                                     {"gpt", train_gpt}};
  const std::vector<Record> records = read_records("transformer_training.safetensors");
  CHECK(records.size() == runs.size());
  for (const Record& record : records)
    for (const DType dtype : {f32, f64}) {
      INFO(record.name << " in " << name(dtype));
      const Tolerance& tolerance = dtype == f32 ? in_f32 : in_f64;
      const Run run = runs.at(record.operation)(record, dtype);
      CHECK(difference(run.losses, record.outputs[0], tolerance) == "");
      const auto names = record.arguments.at("weights").get<std::vector<std::string>>();
      CHECK(names.size() == run.after.size());
      for (std::size_t i = 0; i < names.size(); ++i) {
        INFO(names[i]);
        CHECK(difference(to(run.after.at(names[i]), f64), record.outputs[i + 1], tolerance) == "");
      }
    }
}

}  // namespace glance
