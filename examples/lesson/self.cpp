// Self-attention: the three steps with one sequence as query, key and value. It does not notice the order of words.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <vector>

#include "glance/glance.h"

namespace {

using namespace glance;

// [words]
const Tensor the = tensor({1, 0, 0}, f64), dog = tensor({0, 2, 1}, f64), man = tensor({0, 1, 2}, f64),
             bites = tensor({-1, 1, 1}, f64);
const Tensor one = stack({the, dog, bites, the, man}), other = stack({the, man, bites, the, dog});  // [5, 3]

Tensor self_attention(const Tensor& x) { return attend(x, x, x).context.value(); }  // [5, 3] -> [5, 3]
// [words end]

// [positions]
// A vector for each place, which is added to the word that stands there.
const Tensor places = tensor({{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {-1, 0, 0}, {0, -1, 0}}, f64);
// [positions end]

void show(const char* word, const Tensor& row) {
  fmt::print("  {:<6}{: .3f}\n", word, fmt::join(row.to_vector<double>(), "  "));
}

}  // namespace

int main() {
  const std::vector<const char*> words = {"the", "dog", "bites", "the", "man"};
  fmt::print("the dog bites the man\n");
  for (std::size_t i = 0; i < words.size(); ++i) show(words[i], select(self_attention(one), 0, static_cast<Index>(i)));
  fmt::print("the man bites the dog\n");
  const std::vector<const char*> swapped = {"the", "man", "bites", "the", "dog"};
  for (std::size_t i = 0; i < words.size(); ++i)
    show(swapped[i], select(self_attention(other), 0, static_cast<Index>(i)));

  // [shuffle]
  Generator generator(1);
  const Tensor x = normal({6, 4}, generator, 0, 1, f64), order = permutation(6, generator);
  const Tensor shuffled_first = self_attention(index_select(x, 0, order));
  const Tensor shuffled_after = index_select(self_attention(x), 0, order);
  const double difference = max(abs(shuffled_first - shuffled_after)).item();
  // [shuffle end]
  fmt::print("\nsix random words, shuffled before or after: {}\n", difference < 1e-12 ? "the same" : "not the same");

  fmt::print("\n\"bites\", with a vector for its place added to each word\n");
  show("one", select(self_attention(one + places), 0, 2));
  show("other", select(self_attention(other + places), 0, 2));
}
