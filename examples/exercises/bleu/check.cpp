// bleu: precisions, counts that are clipped, and the punishment of what is short.
#include <cmath>
#include <iterator>
#include <sstream>

#include "examples/exercises/promise.h"

using namespace exercises;

namespace {

std::vector<std::string> words(const std::string& text) {
  std::istringstream in(text);
  return {std::istream_iterator<std::string>(in), {}};
}

struct Slip {
  double gives;
  std::string words;
};

void score(const std::string& candidate, const std::string& reference, double expected,
           const std::vector<Slip>& slips = {}) {
  std::vector<Mistake> mistakes;
  for (const Slip& slip : slips) mistakes.push_back({scalar(slip.gives, f64), slip.words});
  same("bleu_of(\"" + candidate + "\", \"" + reference + "\")",
       scalar(bleu_of(words(candidate), words(reference)), f64), scalar(expected, f64), mistakes);
}

}  // namespace

int main() {
  return keep({
      {"the reference itself has 1", [] { score("the cat ate the apple", "the cat ate the apple", 1); }},
      {"precisions of 5/6, 3/5, 2/4 and 1/3: one word of six is wrong",
       [] {
         const double product = 5.0 / 6 * 3 / 5 * 2 / 4 * 1 / 3;
         score("the cat ate the big apple", "the cat ate the red apple", std::pow(product, 0.25),
               {{product, "the fourth root was left out"},
                {(5.0 / 6 + 3.0 / 5 + 2.0 / 4 + 1.0 / 3) / 4, "precisions were added, and not multiplied"}});
       }},
      {"an n-gram counts at most as often as it stands in the reference",
       [] {
         score("a b c d a b c d", "a b c d e f g h", std::pow(4.0 / 8 * 3 / 7 * 2 / 6 * 1 / 5, 0.25),
               {{std::pow(8.0 / 8 * 6 / 7 * 4 / 6 * 2 / 5, 0.25),
                 "an n-gram counted more often than it stands in the reference"}});
       }},
      {"a candidate that is too short is punished: 4 words of 6, all right",
       [] {
         score("the cat ate the", "the cat ate the red apple", std::exp(1 - 6.0 / 4),
               {{1, "a short candidate was not punished"}});
       }},
      {"one that is too long is not, beyond its lower precisions",
       [] {
         const double expected = std::pow(4.0 / 6 * 3 / 5 * 2 / 4 * 1 / 3, 0.25);
         score(
             "the cat ate the red apple", "the cat ate the", expected,
             {{expected * std::exp(1 - 4.0 / 6), "a long candidate was punished, or rather rewarded, by the brevity"}});
       }},
      {"no run of four words in common: 0", [] { score("a b c x d", "a b c y d", 0); }},
      {"fewer than four words: 0", [] { score("a b c", "a b c", 0); }},
  });
}
