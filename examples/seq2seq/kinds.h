#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "examples/seq2seq/length_bound.h"
#include "examples/seq2seq/scorer.h"
#include "glance/nn/positions.h"
#include "glance/nn/recurrent.h"

// What kinds of translator there are. This is the one place that says so: command line and help, checkpoints, memory
// and construction all go by the tables and the options here. How to add a kind is said in docs/kinds.md.
namespace glance::seq2seq {

using glance::CellKind;

// The two families of translators.
enum class ModelKind {
  recurrent,   // a recurrent encoder and decoder, with or without attention between them
  transformer  // attention alone (Vaswani et al., 2017)
};

// What each is called, in the order of ModelKind.
inline constexpr std::array<const char*, 2> model_names = {"recurrent", "transformer"};

// A kind of attention. A program may have some of its own beside those of the table: a translator that is made with one
// is trained, saved, gone on with, explained and reported as any other, where it is loaded with the same.
struct AttentionChoice {
  std::string name;     // on the command line and in checkpoints
  std::string article;  // in a sentence: "LSTM with dot attention"
  bool is_product;      // a score is query · key, and so the sum of the products of their coordinates
  // The layer, for queries and keys of these features; no layer for "none".
  Scorer (*make)(Index query_features, Index key_features, Generator& generator);
  // How many parameters it has.
  double (*parameters)(double query_features, double key_features);
};

// The kinds of attention: none, dot, scaled, general, additive, and whatever else is in the table.
std::span<const AttentionChoice> attention_choices();

// The one of that name, among a program's own or the table's. Error, with the table's names, when there is none.
const AttentionChoice& attention_choice(const std::string& name, std::span<const AttentionChoice> own = {});

// A kind of recurrent cell and its name on the command line.
struct CellChoice {
  std::string name;
  CellKind kind;
};

// The kinds of cells: lstm, gru, rnn.
std::span<const CellChoice> cell_choices();

// The one of that name. Error, with the names there are, when there is none.
CellKind cell_choice(const std::string& name);

// "lstm|gru|rnn", and the same of the kinds of attention.
std::string names_of(std::span<const CellChoice> choices);
std::string names_of(std::span<const AttentionChoice> choices);

// Which translator. An option that only the other family has is left as it is, and not looked at.
struct ModelOptions {
  Index source_words = 0;
  Index target_words = 0;
  Index embedding = 64;  // width of the word vectors; of a Transformer, of everything between its parts
  Index hidden = 128;    // recurrent: width of the states
  int layers = 1;        // of the encoder, and of the decoder
  double dropout = 0;
  std::string attention = "dot";  // recurrent: the name of an AttentionChoice
  CellKind cell = CellKind::lstm;
  bool bidirectional = false;  // recurrent: the encoder reads both ways, each with half of `hidden`
  LengthBound length = {};     // of what it writes

  ModelKind model = ModelKind::recurrent;
  Index heads = 4;           // Transformer: of each attention
  Index feed_forward = 256;  // Transformer: hidden numbers of each network between the attentions
  PositionKind positions = PositionKind::sinusoidal;
  bool norm_first = true;  // Transformer: pre-norm; or else post-norm, as in the paper
  Index places = 0;        // Transformer: words of a sentence that learned positions reach to

  // The list of what a checkpoint keeps of them: calls f(name, option), with `true` as a third argument for one that
  // older files do not have. A family's own options are listed after the family, by which they are chosen.
  static void fields(auto& o, auto&& f) {
    constexpr bool newer = true;
    f("model", o.model, newer);
    f("source_words", o.source_words);
    f("target_words", o.target_words);
    f("embedding", o.embedding);
    f("layers", o.layers);
    f("dropout", o.dropout);
    f("length_ratio", o.length.ratio, newer);
    f("longest_source", o.length.longest_source, newer);
    f("longest_target", o.length.longest_target, newer);
    f("length_fixed", o.length.fixed, newer);
    if (o.model == ModelKind::transformer) {
      f("heads", o.heads);
      f("feed_forward", o.feed_forward);
      f("positions", o.positions);
      f("norm_first", o.norm_first);
      f("places", o.places);
    } else {
      f("hidden", o.hidden);
      f("attention", o.attention);
      f("cell", o.cell);
      f("bidirectional", o.bidirectional, newer);
    }
  }
};

// Whether such a translator looks back at the source.
bool has_attention(const ModelOptions& options);

// What is wrong with the options, in words; nothing when they make a translator. The attention is not looked up.
std::optional<std::string> problem_of(const ModelOptions& options);

// How many parameters such a translator has, without making it. `attention`: of a recurrent one.
double parameters_of(const ModelOptions& options, const AttentionChoice& attention);

// "LSTM with dot attention", "two-way GRU with no attention", "Transformer of 2+2 layers with 4 heads, pre-norm,
// sinusoidal positions".
std::string described(const ModelOptions& options, const AttentionChoice& attention);

}  // namespace glance::seq2seq
