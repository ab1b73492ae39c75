#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "examples/seq2seq/length_bound.h"
#include "examples/seq2seq/scorer.h"
#include "glance/nn/recurrent.h"

// What kinds of translator there are. This is the one place that says so: command line and help, checkpoints, memory
// and construction all go by the two tables and the options here. How to add a kind is said in docs/training.md.
namespace glance::seq2seq {

using glance::CellKind;

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

// Which translator.
struct ModelOptions {
  Index source_words = 0;
  Index target_words = 0;
  Index embedding = 64;
  Index hidden = 128;
  int layers = 1;
  double dropout = 0;
  std::string attention = "dot";  // the name of an AttentionChoice
  CellKind cell = CellKind::lstm;
  bool bidirectional = false;  // the encoder reads both ways, each with half of `hidden`
  LengthBound length = {};     // of what it writes

  // The list of what a checkpoint keeps of them: calls f(name, option), with `true` as a third argument for one that
  // older files do not have.
  static void fields(auto& o, auto&& f) {
    constexpr bool newer = true;
    f("source_words", o.source_words);
    f("target_words", o.target_words);
    f("embedding", o.embedding);
    f("hidden", o.hidden);
    f("layers", o.layers);
    f("dropout", o.dropout);
    f("attention", o.attention);
    f("cell", o.cell);
    f("bidirectional", o.bidirectional, newer);
    f("length_ratio", o.length.ratio, newer);
    f("longest_source", o.length.longest_source, newer);
    f("longest_target", o.length.longest_target, newer);
    f("length_fixed", o.length.fixed, newer);
  }
};

// What is wrong with the options, in words; nothing when they make a translator. The attention is not looked up.
std::optional<std::string> problem_of(const ModelOptions& options);

// How many parameters such a translator has, without making it.
double parameters_of(const ModelOptions& options, const AttentionChoice& attention);

// "LSTM with dot attention", "two-way GRU with no attention".
std::string described(const ModelOptions& options, const AttentionChoice& attention);

}  // namespace glance::seq2seq
