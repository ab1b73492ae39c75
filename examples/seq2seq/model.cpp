// A translator of any kind: which one is held decides, once per call.
#include "examples/seq2seq/model.h"

#include <utility>

#include "glance/autograd/views.h"

namespace glance::seq2seq {

namespace {

using Held = std::variant<RecurrentTranslator, TransformerTranslator>;

Held make(const ModelOptions& options, Generator& generator, std::span<const AttentionChoice> own) {
  if (options.model == ModelKind::transformer) return TransformerTranslator(options, generator);
  return RecurrentTranslator(options, generator, own);
}

std::vector<LayerAttention> attention_of(const RecurrentTranslator::Encoded&, RecurrentTranslator::Decoded& decoded) {
  if (!decoded.weights.defined()) return {};
  return {{AttentionPlace::cross, 0, unsqueeze(decoded.weights, 1)}};
}

std::vector<LayerAttention> attention_of(const TransformerTranslator::Encoded& encoded,
                                         TransformerTranslator::Decoded& decoded) {
  std::vector<LayerAttention> all;
  const auto add = [&](AttentionPlace place, const std::vector<Variable>& layers) {
    for (std::size_t i = 0; i < layers.size(); ++i) all.push_back({place, i, layers[i]});
  };
  add(AttentionPlace::cross, decoded.cross_weights);
  add(AttentionPlace::encoder, encoded.weights);
  add(AttentionPlace::decoder, decoded.weights);
  return all;
}

}  // namespace

Translator::Translator(const ModelOptions& options, Generator& generator, std::span<const AttentionChoice> own)
    : held(make(options, generator, own)) {}

const ModelOptions& Translator::options() const {
  return std::visit([](const auto& model) -> const ModelOptions& { return model.options; }, held);
}

std::string Translator::description() const {
  const auto* recurrent = std::get_if<RecurrentTranslator>(&held);
  return described(options(), recurrent ? recurrent->kind : attention_choice("none"));
}

bool Translator::has_attention() const {
  const auto* recurrent = std::get_if<RecurrentTranslator>(&held);
  return !recurrent || recurrent->attention;
}

bool Translator::is_product() const {
  const auto* recurrent = std::get_if<RecurrentTranslator>(&held);
  return recurrent && recurrent->kind.is_product;
}

Index Translator::most_words(Index source_length) const {
  return std::visit([&](const auto& model) { return model.most_words(source_length); }, held);
}

std::optional<Index> Translator::most_source() const {
  const ModelOptions& o = options();
  if (o.model == ModelKind::transformer && o.positions == PositionKind::learned) return o.places;
  return {};
}

Translator::Decoded Translator::decode(const PaddedBatch& sources, const PaddedBatch& fed, Generator* noise,
                                       const Tensor& visible) const {
  return std::visit(
      [&](const auto& model) -> Decoded {
        auto encoded = model.encode(sources, noise);
        if (visible.defined()) encoded.visible = visible;
        auto decoded = model.decode(encoded, fed, noise);
        auto attention = attention_of(encoded, decoded);
        return {std::move(decoded.logits), std::move(attention)};
      },
      held);
}

}  // namespace glance::seq2seq
