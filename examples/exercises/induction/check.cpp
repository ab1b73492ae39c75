// induction: two layers of attention find what followed a word the last time.
#include "examples/exercises/promise.h"

using namespace exercises;

namespace {

// Words by number, of so many that there are.
Tensor text(std::initializer_list<double> numbers_of_words, Index known) {
  const Index time = static_cast<Index>(numbers_of_words.size());
  return one_hot(from_values(numbers_of_words, {time}, i64), known, f64);
}

// With these words before each place, and in sight of later places or not.
Tensor by_keys(const Tensor& words, const Tensor& keys, bool causal) {
  return attend(words, keys, words, {.scale = 50, .causal = causal}).context.value();
}

Tensor before(const Tensor& words) { return concat({zeros({1, words.shape(1)}, f64), slice(words, 0, 0, -1)}, 0); }

Tensor after(const Tensor& words) {
  return concat({slice(words, 0, 1, words.shape(0)), zeros({1, words.shape(1)}, f64)}, 0);
}

}  // namespace

int main() {
  const Tensor ada = text({0, 1, 2, 0}, 3), twice = text({0, 1, 0, 2, 0, 3}, 4);
  return keep({
      {"the result has the shape of the words",
       [&] {
         shape("the result", what_followed(ada), {4, 3});
       }},
      {"after \"a b c a\" comes b",
       [&] {
         same("the last row", slice(what_followed(ada), 0, 3, 4), text({1}, 3),
              {{text({0}, 3), "this is one layer: the word finds itself, and gets itself back"},
               {slice(by_keys(ada, after(ada), true), 0, 3, 4),
                "the first layer looked at the place after: what comes out is what stood before the word"},
               {slice(attend(ada, before(ada), ada, {.causal = true}).context.value(), 0, 3, 4),
                "the scores had another scale: with 50, a score of 1 takes all of the weight"},
               {slice(by_keys(ada, concat({slice(ada, 0, 3, 4), slice(ada, 0, 0, 3)}, 0), true), 0, 3, 4),
                "the first place took over the last word: it has none before it, and takes zeros"}});
       }},
      {"after \"a b a c a d\" the third a gets the average of b and c; d comes later and is not seen",
       [&] {
         same("the row of the third a", slice(what_followed(twice), 0, 4, 5), tensor({{0, 0.5, 0.5, 0}}, f64),
              {{slice(by_keys(twice, before(twice), false), 0, 4, 5), "a place saw later ones"},
               {tensor({{0, 0, 1, 0}}, f64), "only the last time was counted, and not each"}});
       }},
      {"a later place never changes an earlier one: another last word",
       [&] {
         const Tensor other = text({0, 1, 0, 2, 0, 1}, 4);
         same("the rows before the last", slice(what_followed(other), 0, 0, 5), slice(what_followed(twice), 0, 0, 5));
       }},
      {"any number of words: \"e d e d e d e\" of nine",
       [&] {
         same("the rows from the third on", slice(what_followed(text({4, 3, 4, 3, 4, 3, 4}, 9)), 0, 2, 7),
              text({3, 4, 3, 4, 3}, 9));
       }},
  });
}
