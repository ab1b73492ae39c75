// greedy: what is fed, and when it ends.
#include "examples/exercises/promise.h"

using namespace exercises;

namespace {

constexpr Index begin = 0, end = 1;

// The scores of 6 words, of which `word` has the highest; all are below 0, as log-probabilities are.
Tensor best(Index word) { return log(one_hot(scalar(static_cast<double>(word), i64), 6, f64) * 0.5 + 0.1); }

// Says 4, 2, 4, 5 and then the end, as long as it is fed what it said.
Tensor sentence(const std::vector<Index>& written) {
  const std::vector<Index> words = {begin, 4, 2, 4, 5, end};
  if (written.size() >= words.size()) return best(end);
  for (std::size_t i = 0; i < written.size(); ++i)
    if (written[i] != words[i]) return best(3);
  return best(words[written.size()]);
}

}  // namespace

int main() {
  return keep({
      {"it writes the likeliest word each time, and is fed all that it has written",
       [] {
         same("the words", greedy_search(sentence, begin, end, 10), {4, 2, 4, 5},
              {{{4, 2, 4, 5, 1}, "the word `end` was written, too"},
               {{0, 4, 2, 4, 5}, "the word `begin` was given back, too"},
               {{4, 3, 3, 3, 3, 3, 3, 3, 3, 3}, "only the last word was fed, and not all that was written"},
               {{4, 4, 4, 4, 4, 4, 4, 4, 4, 4}, "what was written was not fed: it heard `begin` again and again"}});
       }},
      {"a sentence may have no word at all",
       [] {
         same("the words", greedy_search([](const auto&) { return best(end); }, begin, end, 10), {},
              {{{1}, "the word `end` was written, too"}});
       }},
      {"it ends after `most` words, whether or not the model wants to",
       [] {
         same("the words", greedy_search([](const auto&) { return best(2); }, begin, end, 3), {2, 2, 2});
       }},
      {"with room for no word it writes none", [] { same("the words", greedy_search(sentence, begin, end, 0), {}); }},
  });
}
