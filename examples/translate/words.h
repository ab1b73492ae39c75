#pragma once

#include <string>

// The command that lists words.
namespace glance::seq2seq {

struct WordsCommand {
  std::string model;    // a checkpoint, or the folder of a training; empty: the built-in language
  bool target = false;  // of a model: the words that it writes, not those that it reads
};

// Prints the words that a model reads, one a line, the commonest first; or, without a model, those of the built-in
// language by kind, each with its French.
void list_words(const WordsCommand& command);

}  // namespace glance::seq2seq
