// Induction by hand: what one layer of attention finds, and what two find. Nothing is trained: each vector holds what
// it is to hold, in places of its own.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "glance/glance.h"

namespace {

using namespace glance;

// [words]
const std::vector<std::string> known = {"<s>", "Ada", "Lovelace", "met", "Alan", "Turing", "and"};
const std::vector<std::string> text = {"<s>", "Ada", "Lovelace", "met", "Alan", "Turing", "and", "Ada"};
const Tensor words = one_hot(tensor({0, 1, 2, 3, 4, 5, 6, 1}, i64), 7, f64);  // [8, 7]: a 1 at the word's number
const Tensor places = eye(8, f64);                                            // [8, 8]: a 1 at the place's number
constexpr double sharp = 20;  // scores far apart: nearly all of the weight on one
// [words end]

void print_row(const char* name, const Tensor& weights) {
  fmt::print("{:<10}", name);
  for (const double weight : weights.to_vector<double>()) fmt::print("{:>10.2f}", weight);
  fmt::print("\n");
}

// What the last place saw: its weights, and the words in its context.
void show_last(const char* name, const Attended& attended) {
  print_row(name, select(attended.weights.value(), 0, -1));
  const auto context = select(attended.context.value(), 0, -1).to_vector<double>();
  fmt::print("{:<10}", "  it gets");
  for (std::size_t word = 0; word < known.size(); ++word)
    if (context[word] > 0.01) fmt::print("  {:.2f} {}", context[word], known[word]);
  fmt::print("\n");
}

// The word that a vector stands for.
const std::string& word_of(const Tensor& vector) { return known[static_cast<std::size_t>(argmax(vector, 0).item())]; }

}  // namespace

int main() {
  fmt::print("{:<10}", "");
  for (const std::string& word : text) fmt::print("{:>10}", word);
  fmt::print("\n\n");
  // [one]
  // One layer. "Ada" looks for the same word.
  const Attended one = attend(words, words, words, {.scale = sharp, .causal = true});
  // [one end]
  show_last("one layer", one);

  // [two]
  // The first of two: each place looks at the place before it, and takes over what stands there.
  const Tensor place_before = concat({slice(places, 0, 0, 1), slice(places, 0, 0, -1)}, 0);
  const Tensor before = attend(place_before, places, words, {.scale = sharp, .causal = true}).context.value();
  // The second: "Ada" looks for a place that has "Ada" before it.
  const Attended two = attend(words, before, words, {.scale = sharp, .causal = true});
  // [two end]
  fmt::print("\n{:<10}", "before");
  for (Index place = 0; place < before.shape()[0]; ++place) fmt::print("{:>10}", word_of(select(before, 0, place)));
  fmt::print("\n");
  show_last("two layers", two);
}
