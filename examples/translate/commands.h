#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "examples/seq2seq/evidence.h"
#include "examples/seq2seq/model.h"
#include "examples/translate/data.h"

// The commands that use a trained translator, with their options.
namespace glance::seq2seq {

struct TranslateCommand {
  std::string model;                   // a checkpoint, or the folder of a training: its best
  std::vector<std::string> sentences;  // none: lines from standard input
  Index beam = 1;                      // hypotheses kept; 1 is greedy
  int threads = 0;                     // 0: as many as the machine has
  Index max_output = 0;                // most words of a translation; 0: as the model has it
  std::vector<Head> hide_heads;        // of a Transformer: heads that say nothing
  bool json = false;
};

struct ExplainCommand {
  struct Swap {
    std::size_t place;
    std::string word;
  };

  std::string model;
  std::vector<std::string> sentences;
  Index beam = 1;
  Index max_output = 0;
  bool json = false;
  bool steps = false;               // the three steps in numbers, of the one attention of a recurrent model
  std::optional<std::size_t> word;  // only this target word; words are counted from 1
  std::optional<std::size_t> hide;  // what if attention might not see this source word
  std::vector<Head> hide_heads;     // what if these heads of a Transformer said nothing
  std::optional<Swap> swap;         // what if this source word were another
  // Which weights of a Transformer are shown: of cross-attention, the last layer and the mean over its heads unless
  // said; layers and heads are counted from 1.
  std::optional<AttentionPlace> attention;
  std::optional<std::size_t> layer, head;
  std::string svg;    // a file to save the picture to; empty: none
  std::string graph;  // a file for the graph of the loss; empty: none
};

struct EvaluateCommand {
  std::string model;
  DataOptions data;  // without pairs: those that its training held out, or the built-in language
  Index beam = 1;
  Index max_output = 0;
  int threads = 0;
  bool json = false;
  bool mistakes = false;  // also each sentence whose translation is not the right one
};

// Each prints its result on standard output. UsageError for a word that the sentence does not have.
void translate(const TranslateCommand& command);
void explain(const ExplainCommand& command);
void evaluate(const EvaluateCommand& command);

}  // namespace glance::seq2seq
