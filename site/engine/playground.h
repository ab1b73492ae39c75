#pragma once

#include <memory>
#include <string>

// A translator that is trained while someone watches, one request at a time: what the site's playground talks to.
namespace glance::site {

// One translator, its pairs, and what was measured of it. Requests and answers are JSON objects. A request says in `do`
// what is wanted:
//
//   begin     a new translator. `model` (recurrent|transformer), `cell`, `attention`, `both_ways`, `width`, `rate`,
//   `seed`,
//             `epochs`; `pairs`, text of a pair a line with a tab between, split by `unit` (words|spaces|characters),
//             or none: the built-in language. Answers {data, words}: the report's data (examples/seq2seq/report.h) and
//             the source words it knows
//   step      trains one step. {step, total, loss, answers, seconds, snapshot, done}: its loss, words trained on and
//   seconds
//             spent; whether the data have a new snapshot, and whether it was the last step
//   data      {data}: as they are now
//   look      {sentence}: `text`, a sentence of a person's own, with all that is measured of it now. `own` is true,
//   `known`
//             says whether the right translation is known; where it is not, the model's own translation takes its
//             place. {sentence: null} where there is no text to look at
//   write     {written, ended}: the greedy translation of `text`, without the word number `hidden`, if it is given
//   score     {loss, forced, free, exact, entropy, sentences}: on all that are held out
//   weights   {bits, sum}: a fingerprint of all weights, the same only where every bit is, and the sum of their
//   magnitudes save      writes the translator to `path`, as `translate` reads it. {} open      the translator of the
//   file `path`. Answers as begin does
//
// What cannot be done is answered by {error}, a line for the reader, and changes nothing.
class Playground {
 public:
  Playground();
  ~Playground();
  Playground(const Playground&) = delete;
  Playground& operator=(const Playground&) = delete;

  std::string ask(const std::string& request);

 private:
  struct Training;
  std::unique_ptr<Training> training_;
};

}  // namespace glance::site
