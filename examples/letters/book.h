#pragma once

#include <cstdint>
#include <string>

#include "examples/letters/alphabet.h"

// The text that a model learns from: a file of a person's own, or sentences that the program makes.
namespace glance::gpt {

// Which text, and what is done with it.
struct BookOptions {
  std::string file;  // empty: the sentences of the built-in language
  Split split = Split::characters;
  double held_out = 0.1;       // the last part of the text, not trained on
  bool shuffle_lines = false;  // first put the lines in random order, for a list whose order says something
  std::uint64_t seed = 1;      // of that order
};

// A text that was read.
struct Book {
  Alphabet alphabet;
  Numbers train, held_out;  // held_out is empty where the text is too short to spare a part, or none was asked for
  std::string name;         // for the reader
  std::string fingerprint;  // the same for the same text, split the same
};

// Error, which names the file, for one that cannot be read, is empty, is no UTF-8 unless it is split into bytes, has
// fewer than two letters, or would not fit into memory.
Book read_book(const BookOptions& options);

}  // namespace glance::gpt
