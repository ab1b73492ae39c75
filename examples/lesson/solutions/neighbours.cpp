// Chapter 7: each state is mixed with the one before it. The number on the command line is the seed.
#include <fmt/format.h>

#include "examples/arguments.h"
#include "examples/lesson/translator.h"

using namespace lesson;

namespace {

// Every state and the one before it, added; there is nothing before the first.
Variable with_previous(const Variable& states) {
  const Variable first = slice(states, 1, 0, 1);
  return states + concat({0.0 * first, slice(states, 1, 0, -1)}, 1);
}

Attended mixed(const Variable& query, const Variable& keys, const Variable& values, const Tensor& visible) {
  return attend(query, with_previous(keys), with_previous(values), visible);
}

void show(const char* name, const Translator& model, const Data& data) {
  const double exact = score(model, data.numbered).exact;
  const double noun = score_looking(model, data.test, data.numbered.test).article_noun;
  const Articles articles = hide_words(model, data);
  fmt::print("{:<18}{:>15.2f}{:>20.2f}{:>16.2f}{:>18.2f}\n", name, exact, noun, articles.seen, articles.noun_hidden);
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t seed = seed_argument(argc, argv);
  const Data data = make_data(seed);
  fmt::print("{:<18}{:>15}{:>20}{:>16}{:>18}\n", "states", "whole sentences", "weight on the noun", "right article",
             "its noun hidden");
  show("with the previous", train(data.numbered, seed, mixed), data);
}
