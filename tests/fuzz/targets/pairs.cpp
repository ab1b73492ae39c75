// Any bytes as a file of sentence pairs: refused in a line that names the place, or read into words.
#include <sstream>

#include "examples/seq2seq/corpus.h"
#include "glance/tensor/error.h"
#include "tests/fuzz/targets/hostile.h"

using namespace glance;
using namespace glance::seq2seq;

namespace {

void check_words(const std::vector<std::string>& words) {
  hostile::require(!words.empty(), "each side has words");
  for (const std::string& word : words)
    hostile::require(!word.empty() && word.find_first_of(" \t\r\n") == word.npos, "words have no spaces: " + word);
}

void check_read(const std::string& text, const ReadOptions& options) {
  const std::string name = "pairs.tsv";
  try {
    std::istringstream stream(text);
    const Corpus corpus = read_pairs(stream, name, options);
    hostile::require(!corpus.pairs.empty(), "there are pairs");
    hostile::require(corpus.pairs.size() + corpus.too_long + corpus.blank == corpus.lines, "every line is counted");
    for (const Pair& pair : corpus.pairs) {
      check_words(pair.source);
      check_words(pair.target);
      hostile::require(options.max_words == 0 || std::max(pair.source.size(), pair.target.size()) <= options.max_words,
                       "long pairs are dropped");
    }
    describe(corpus, options);
  } catch (const Error& error) {
    hostile::check_message(error, name);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check_read(text, {});
  check_read(text, {.reverse = true, .max_words = 3, .limit = 2});
  return 0;
}
