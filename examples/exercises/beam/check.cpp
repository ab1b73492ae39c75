// beam: whole sentences are compared, and no more than `width` at a time.
#include <map>

#include "examples/exercises/promise.h"

using namespace exercises;

namespace {

constexpr Index begin = 0, end = 1;
using Words = std::vector<Index>;

// The log-probabilities of 6 words after each beginning that is listed; elsewhere the sentence ends.
Next model(const std::map<Words, std::map<Index, double>>& after) {
  return [after](const Words& written) {
    std::vector<double> probabilities(6, 1e-9);
    const auto found = after.find(Words(written.begin() + 1, written.end()));
    if (found == after.end())
      probabilities[end] = 1;
    else
      for (const auto& [word, probability] : found->second) probabilities[static_cast<std::size_t>(word)] = probability;
    return log(from_values(probabilities, {6}));
  };
}

}  // namespace

int main() {
  // The likeliest word, 2, leads to sentences of 0.6 · 0.4; the sentence 3 5 has 0.4 · 0.9.
  const Next garden =
      model({{{}, {{2, 0.6}, {3, 0.4}}}, {{2}, {{4, 0.4}, {5, 0.35}, {3, 0.25}}}, {{3}, {{5, 0.9}, {4, 0.1}}}});
  // The end comes at once with 0.4; whoever goes on ends with 0.6 · 0.9.
  const Next short_or_long = model({{{}, {{end, 0.4}, {2, 0.35}, {3, 0.25}}}, {{2}, {{4, 1}}}, {{3}, {{4, 1}}}});
  const Next overtaken = model({{{}, {{end, 0.4}, {2, 0.6}}}, {{2}, {{4, 0.95}, {5, 0.05}}}});
  return keep({
      {"a beam of width 1 is greedy search",
       [&] {
         same("the words", beam_search(garden, begin, end, 5, 1), {2, 4},
              {{{3, 5}, "more than `width` hypotheses were continued"}});
       }},
      {"the likeliest first word need not begin the likeliest sentence",
       [&] {
         same("the words, width 2", beam_search(garden, begin, end, 5, 2), {3, 5},
              {{{2, 4}, "only the likeliest beginning was continued"}});
       }},
      {"scores are sums over all words of a sentence",
       [] {
         const Next steep =
             model({{{}, {{2, 0.7}, {3, 0.3}}}, {{2}, {{4, 0.6}, {5, 0.4}}}, {{3}, {{5, 0.99}, {4, 0.01}}}});
         same("the words, width 2", beam_search(steep, begin, end, 5, 2), {2, 4},
              {{{3, 5}, "the score was that of the last word alone, and not the sum"}});
       }},
      {"a hypothesis that is open may overtake one that has ended",
       [&] {
         same("the words, width 2", beam_search(overtaken, begin, end, 5, 2), {2, 4},
              {{{}, "the first hypothesis that ended was taken"}});
       }},
      {"a finished sentence stays in the race: a short one may win",
       [&] { same("the words, width 3", beam_search(short_or_long, begin, end, 5, 3), {}); }},
      {"no more than `width` hypotheses are continued at a step",
       [&] {
         std::map<std::size_t, int> asked;
         const Next flat = [&asked](const Words& written) {
           ++asked[written.size()];
           return log(full({6}, 1.0 / 6, f64));
         };
         beam_search(flat, begin, end, 3, 2);
         for (const auto& [length, times] : asked)
           need(times <= 2, "more than `width` hypotheses were continued: " + std::to_string(times) + " with " +
                                std::to_string(length - 1) + " words, for a width of 2");
       }},
      {"it ends after `most` words",
       [] {
         const Next endless = [](const Words&) { return log(tensor({0.01, 0.01, 0.9, 0.04, 0.02, 0.02}, f64)); };
         same("the words", beam_search(endless, begin, end, 3, 1), {2, 2, 2});
       }},
      {"what is open then counts like what has finished, and may win",
       [&] {
         same("the words, `most` 2, width 2", beam_search(overtaken, begin, end, 2, 2), {2, 4},
              {{{}, "what was still open at the end was not counted, since something had finished"}});
       }},
  });
}
