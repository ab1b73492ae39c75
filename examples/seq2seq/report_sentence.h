#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "examples/seq2seq/batches.h"
#include "examples/seq2seq/corpus.h"
#include "examples/seq2seq/evidence.h"
#include "examples/seq2seq/grammar.h"
#include "examples/seq2seq/model.h"
#include "examples/seq2seq/search.h"
#include "examples/seq2seq/vocabulary.h"

// What a page shows of one sentence, as JSON; what the fields mean is said in report.h.
namespace glance::seq2seq {

// Letters of a word that are shown; what is longer is cut.
inline constexpr std::size_t most_letters = 40;
// Words that are shown of a translation that is longer than the right one.
inline constexpr std::size_t more_written = 3;

// With `digits` after the point, so that it is short to write.
double rounded(double value, int digits);

// Words as they are shown: a space can be seen, and very long words are cut between letters.
nlohmann::ordered_json shown(const std::vector<std::string>& words);

// A sentence before anything was measured of it. `grammar`: sentences of the built-in language, among which it may be.
nlohmann::ordered_json described_sentence(const Pair& words, const Example& numbers,
                                          const std::vector<Sentence>& grammar);

// What is measured of a sentence at one moment of the training. `seen`: of the whole sentence, with nothing hidden;
// `translation`: what the model writes of it by itself.
nlohmann::ordered_json measured_moment(const Translator& model, const Vocabulary& target, const Example& example,
                                       const Evidence& seen, const Translation& translation);

// Sets the queries and keys of a sentence, from which the page works out the scores as products; none for a model whose
// scores are no products.
void add_vectors(nlohmann::ordered_json& sentence, const Translator& model, const Evidence& seen);

}  // namespace glance::seq2seq
