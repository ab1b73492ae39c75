#pragma once

#include <string>
#include <vector>

#include "examples/seq2seq/model.h"
#include "examples/translate/data.h"

namespace glance::seq2seq {

struct TranslateCommand {
  std::string model;                   // a checkpoint, or the folder of a training: its best
  std::vector<std::string> sentences;  // none: lines from standard input
  Index beam = 1;                      // hypotheses kept; 1 is greedy
  bool json = false;
};

struct EvaluateCommand {
  std::string model;
  DataOptions data;  // without pairs: the built-in language
  int threads = 0;
  bool json = false;
};

// Each prints its result on standard output.
void translate(const TranslateCommand& command);
void explain(const TranslateCommand& command);
void evaluate(const EvaluateCommand& command);

}  // namespace glance::seq2seq
