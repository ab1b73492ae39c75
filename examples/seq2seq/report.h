#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "examples/common/meanwhile.h"
#include "examples/seq2seq/batches.h"
#include "examples/seq2seq/corpus.h"
#include "examples/seq2seq/grammar.h"
#include "examples/seq2seq/model.h"
#include "examples/seq2seq/training.h"
#include "examples/seq2seq/vocabulary.h"
#include "glance/nn/workers.h"

// The page about a training: what a translator looked at, and when it learnt to.
namespace glance::seq2seq {

// What a report shows and measures.
struct ReportSubject {
  std::string pairs;                      // what they are called, for the reader
  std::span<const Pair> words = {};       // sentences to measure on, as words
  std::span<const Example> numbers = {};  // the same as the model meets them
  std::size_t trained_on = 0;             // pairs trained on
  bool held_out = true;                   // false when `words` are among these
  TextOptions text = {};                  // how they were split
  std::size_t shown = 9;                  // sentences to choose from
  std::vector<Sentence> grammar = {};     // of the built-in language: the sentences behind the pairs, in any order
};

// The steps after which a training of `last` steps is looked at, dense early, when most happens: 0, 5, 10, 20, 30, 40,
// 60, 80, 100, 120, 150, 200, 250, 300, 400, 500, 700, 1000, 1500, 2000, 3000, … and the last.
std::vector<Index> snapshot_steps(Index last);

// Watches a training and makes a page of what it saw: one HTML file that needs no network, of less than 3 MB. Watching
// draws no random number and changes no weight, so that the training's bits are the same.
//
// The page holds its data as one JSON object (weights and probabilities in ten-thousandths):
//   about      what was trained, on what
//   loss       [step, mean training loss since the one before]
//   snapshots  step, and on a sample: held-out loss, word accuracy fed the right words (forced) and its own (free),
//              share of whole sentences right (exact), mean normalised entropy of the weights (entropy); and, where the
//              trainer measured them, the gradient norms (norms) of the layers that `about` names (gradient_layers)
//   sentences  source and target words, where the grammar has them from (says, agrees), queries and keys of the last
//              snapshot, and for each snapshot (moments) weights [targets · sources] and probabilities [targets] while
//              fed the right words; the same with each source word hidden in turn (hidden); and what the model then
//              wrote by itself (written). Of a Transformer also of every head (heads), in hundredths, its weights, and
//              the probabilities when it says nothing (without): cross, encoder, decoder; by layer and head. The
//              weights that stand for all are then the mean over heads of the last cross-attention
class Report {
 public:
  // What every page begins with.
  static constexpr std::string_view beginning = "<!DOCTYPE html>";

  // Shares the parameters of the model; keeps references to the rest but the subject's name and grammar.
  Report(const Translator& model, const Vocabulary& target, const Trainer& trainer, ReportSubject subject,
         Workers& workers);
  ~Report();
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;

  // Goes on from the page of the same training, as far as the trainer has come. False, and nothing is taken over, when
  // `page` is none of this training's.
  bool go_on_from(const std::string& page);

  // Looks, if it is time to. To be called before the first step and after each. When `meanwhile` throws, it is as if it
  // had not been called, but for the loss.
  void observe(const Meanwhile& meanwhile = {});

  // What the page holds as data, as it is now: JSON. Error when nothing was observed.
  std::string data() const;

  // The page as it is now. Error when nothing was observed.
  std::string page() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace glance::seq2seq
