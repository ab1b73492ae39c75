// The two tables of kinds, of cells and of attention, and what follows from a choice: its errors, its size, its
// description.
#include "examples/seq2seq/kinds.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "glance/nn/attention.h"
#include "glance/tensor/error.h"
#include "glance/tensor/files/safetensors.h"

namespace glance::seq2seq {

namespace {

double no_parameters(double, double) { return 0; }

// For a layer without parameters of its own.
template <class Layer>
Scorer plain(Index, Index, Generator&) {
  return Layer();
}

// To add a kind of attention, add its line. The layer is anything that Scorer takes.
const std::array attentions{
    AttentionChoice{"none", "no attention", false, [](Index, Index, Generator&) { return Scorer(); }, no_parameters},
    AttentionChoice{"dot", "dot attention", true, plain<DotAttention>, no_parameters},
    AttentionChoice{"scaled", "scaled dot attention", false, plain<ScaledDotAttention>, no_parameters},
    AttentionChoice{"general", "general attention", false,
                    [](Index query, Index key, Generator& g) { return Scorer(GeneralAttention(query, key, g)); },
                    [](double query, double key) { return query * key; }},
    AttentionChoice{"additive", "additive attention", false,
                    [](Index query, Index key, Generator& g) { return Scorer(AdditiveAttention(query, key, key, g)); },
                    [](double query, double key) { return key * (query + key + 1); }},
};

// To add a kind of cell that the library has, add its line.
const std::array cells{CellChoice{"lstm", CellKind::lstm}, CellChoice{"gru", CellKind::gru},
                       CellChoice{"rnn", CellKind::rnn}};

template <class Choice>
std::string joined(std::span<const Choice> choices, const char* between) {
  std::string text;
  for (const Choice& choice : choices) text += (text.empty() ? "" : between) + choice.name;
  return text;
}

template <class Choice>
const Choice& find(std::span<const Choice> choices, const char* what, const std::string& name) {
  const auto found = std::find_if(choices.begin(), choices.end(), [&](const Choice& c) { return c.name == name; });
  if (found == choices.end())
    throw Error(fmt::format("its {} {} is none of {}", what, detail::in_quotes(name), joined(choices, ", ")));
  return *found;
}

constexpr const char* out_of_range = "its model options are out of range";

bool in_range(Index extent) { return extent >= 1 && extent <= Index{1} << 31; }

}  // namespace

std::span<const AttentionChoice> attention_choices() { return attentions; }
std::span<const CellChoice> cell_choices() { return cells; }

const AttentionChoice& attention_choice(const std::string& name, std::span<const AttentionChoice> own) {
  for (const AttentionChoice& choice : own)
    if (choice.name == name) return choice;
  return find(attention_choices(), "attention", name);
}
CellKind cell_choice(const std::string& name) { return find(cell_choices(), "cell", name).kind; }

std::string names_of(std::span<const CellChoice> choices) { return joined(choices, "|"); }
std::string names_of(std::span<const AttentionChoice> choices) { return joined(choices, "|"); }

bool has_attention(const ModelOptions& o) { return o.model == ModelKind::transformer || o.attention != "none"; }

namespace {

std::optional<std::string> problem_of_recurrent(const ModelOptions& o) {
  if (!in_range(o.hidden)) return out_of_range;
  if (o.bidirectional && o.hidden % 2 != 0)
    return fmt::format("an encoder of two directions has half of the states' width for each: {} is odd", o.hidden);
  try {
    describe(o.cell);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

std::optional<std::string> problem_of_transformer(const ModelOptions& o) {
  if (!in_range(o.heads) || !in_range(o.feed_forward)) return out_of_range;
  if (o.positions < PositionKind::none || o.positions > PositionKind::rotary)
    return "its kind of positions is none that this program knows";
  if (o.embedding % o.heads != 0)
    return fmt::format("{} heads cannot share the {} features of --embedding evenly", o.heads, o.embedding);
  if (o.positions == PositionKind::rotary && o.embedding / o.heads % 2 != 0)
    return fmt::format("rotary positions turn pairs of features: {} of {} heads are {} each, an odd number",
                       o.embedding, o.heads, o.embedding / o.heads);
  if (o.positions == PositionKind::learned && !in_range(o.places))
    return "its learned positions have no number of places";
  return {};
}

double parameters_of_recurrent(const ModelOptions& o, const AttentionChoice& attention) {
  const auto embedding = static_cast<double>(o.embedding), hidden = static_cast<double>(o.hidden);
  const auto gates = static_cast<double>(describe(o.cell).gates);
  // A stack whose layers give `hidden` numbers, in as many directions as share them.
  const auto stack = [&](double directions) {
    const double each = hidden / directions;
    const auto layer = [&](double in) { return directions * gates * each * (in + each + 2); };
    return layer(embedding) + (o.layers - 1) * layer(hidden);
  };
  const double seen = attention.name == "none" ? hidden : 2 * hidden;
  return stack(o.bidirectional ? 2 : 1) + stack(1) + (seen + 1) * embedding + attention.parameters(hidden, hidden);
}

double parameters_of_transformer(const ModelOptions& o) {
  const auto width = static_cast<double>(o.embedding), hidden = static_cast<double>(o.feed_forward);
  const double norm = 2 * width, attention = 4 * width * (width + 1);
  const double network = 2 * width * hidden + hidden + width;
  const double encoder_layer = attention + network + 2 * norm, decoder_layer = 2 * attention + network + 3 * norm;
  const double last_norms = o.norm_first ? 2 * norm : 0;
  const double positions = o.positions == PositionKind::learned ? 2 * static_cast<double>(o.places) * width : 0;
  return o.layers * (encoder_layer + decoder_layer) + last_norms + positions;
}

}  // namespace

std::optional<std::string> problem_of(const ModelOptions& o) {
  if (o.model < ModelKind::recurrent || o.model > ModelKind::transformer)
    return "its kind of model is none that this program knows";
  if (o.layers < 1 || o.layers > 64 || !in_range(o.embedding) || !(o.dropout >= 0 && o.dropout < 1))
    return out_of_range;
  return o.model == ModelKind::transformer ? problem_of_transformer(o) : problem_of_recurrent(o);
}

double parameters_of(const ModelOptions& o, const AttentionChoice& attention) {
  const auto words = static_cast<double>(o.source_words) + static_cast<double>(o.target_words);
  const double between =
      o.model == ModelKind::transformer ? parameters_of_transformer(o) : parameters_of_recurrent(o, attention);
  return words * static_cast<double>(o.embedding) + between + static_cast<double>(o.target_words);
}

std::string described(const ModelOptions& o, const AttentionChoice& attention) {
  if (o.model == ModelKind::transformer) {
    const bool none = o.positions == PositionKind::none;
    return fmt::format("Transformer of {0}+{0} layers with {1} head{2}, {3}-norm, {4} positions", o.layers, o.heads,
                       o.heads == 1 ? "" : "s", o.norm_first ? "pre" : "post",
                       none ? "no" : position_names[static_cast<std::size_t>(o.positions)]);
  }
  return fmt::format("{}{} with {}", o.bidirectional ? "two-way " : "", describe(o.cell).layer, attention.article);
}

}  // namespace glance::seq2seq
