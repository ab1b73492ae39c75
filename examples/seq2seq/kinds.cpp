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

std::optional<std::string> problem_of(const ModelOptions& o) {
  constexpr Index most = Index{1} << 31;
  if (o.layers < 1 || o.layers > 64 || o.embedding < 1 || o.embedding > most || o.hidden < 1 || o.hidden > most ||
      !(o.dropout >= 0 && o.dropout < 1))
    return "its model options are out of range";
  if (o.bidirectional && o.hidden % 2 != 0)
    return fmt::format("an encoder of two directions has half of the states' width for each: {} is odd", o.hidden);
  try {
    describe(o.cell);
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

double parameters_of(const ModelOptions& o, const AttentionChoice& attention) {
  const auto embedding = static_cast<double>(o.embedding), hidden = static_cast<double>(o.hidden);
  const auto words = static_cast<double>(o.source_words) + static_cast<double>(o.target_words);
  const auto gates = static_cast<double>(describe(o.cell).gates);
  // A stack whose layers give `hidden` numbers, in as many directions as share them.
  const auto stack = [&](double directions) {
    const double each = hidden / directions;
    const auto layer = [&](double in) { return directions * gates * each * (in + each + 2); };
    return layer(embedding) + (o.layers - 1) * layer(hidden);
  };
  const double seen = attention.name == "none" ? hidden : 2 * hidden;
  return words * embedding + stack(o.bidirectional ? 2 : 1) + stack(1) + (seen + 1) * embedding +
         static_cast<double>(o.target_words) + attention.parameters(hidden, hidden);
}

std::string described(const ModelOptions& o, const AttentionChoice& attention) {
  return fmt::format("{}{} with {}", o.bidirectional ? "two-way " : "", describe(o.cell).layer, attention.article);
}

}  // namespace glance::seq2seq
