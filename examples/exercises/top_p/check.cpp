// top_p: which words are kept, with which probabilities they are drawn, and what the temperature does.
#include "examples/exercises/promise.h"

using namespace exercises;

namespace {

// Words 0 to 3 with the probabilities 0.15, 0.5, 0.05 and 0.3.
Tensor logits() { return log(tensor({0.15, 0.5, 0.05, 0.3}, f64)) + 7.0; }

void word(double temperature, double p, double u, Index expected,
          const std::vector<std::pair<std::vector<Index>, std::string>>& mistakes = {}) {
  char call[96];
  std::snprintf(call, sizeof call, "the word drawn at temperature %g, p = %g, u = %g", temperature, p, u);
  same(call, std::vector<Index>{sample_top_p(logits(), temperature, p, u)}, {expected}, mistakes);
}

}  // namespace

int main() {
  return keep({
      {"the fewest that reach p are kept: for 0.7 the words of 0.5 and 0.3",
       [] {
         word(1, 0.7, 0.99, 3,
              {{{1}, "the word that reaches p was left out"},
               {{0}, "too many were kept"},
               {{2}, "nothing was cut off"}});
       }},
      {"with p = 1 each word is drawn as often as it is probable, from the likeliest down",
       [] {
         word(1, 1, 0.49, 1);
         word(1, 1, 0.51, 3);
         word(1, 1, 0.79, 3);
         word(1, 1, 0.81, 0);
         word(1, 1, 0.96, 2);
       }},
      {"what is kept is divided by its sum: 0.5 of 0.8 is 0.625",
       [] {
         word(1, 0.7, 0.6, 1, {{{3}, "the kept probabilities do not add up to 1"}});
         word(1, 0.7, 0.64, 3);
       }},
      {"at least one is kept: p = 0 is the likeliest word", [] { word(1, 0, 0.999, 1); }},
      {"a low temperature sharpens: at 0.5 the likeliest has 0.68",
       [] {
         word(0.5, 1, 0.75, 3, {{{0}, "the temperature multiplied the logits, and has to divide them"}});
         word(0.5, 1, 0.6, 1, {{{3}, "the temperature was not used"}});
       }},
      {"a high temperature flattens: at 2 the likeliest has 0.38", [] { word(2, 1, 0.45, 3); }},
  });
}
