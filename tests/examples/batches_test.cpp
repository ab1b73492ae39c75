// Batches hold every example once, with like lengths, in an order that the generator decides.
#include "examples/seq2seq/batches.h"

#include <algorithm>
#include <set>

#include "tests/catch.h"

using namespace glance;
using namespace glance::seq2seq;
using Numbers = std::vector<std::vector<std::size_t>>;

namespace {

// Examples whose targets have 2 to 11 words, in no order.
std::vector<Example> some_examples(std::size_t count) {
  std::vector<Example> examples;
  for (std::size_t i = 0; i < count; ++i)
    examples.push_back({std::vector<Index>(1 + i % 3, 4), std::vector<Index>(2 + i * 7 % 10, 2)});
  return examples;
}

bool has_each_once(const Numbers& batches, std::size_t count) {
  std::vector<std::size_t> all;
  for (const auto& batch : batches) all.insert(all.end(), batch.begin(), batch.end());
  const std::set<std::size_t> different(all.begin(), all.end());
  return all.size() == count && different.size() == count && *different.rbegin() == count - 1;
}

}  // namespace

TEST_CASE("a batch feeds each word's predecessor and asks for the word") {
  const std::vector<Example> examples = {{{4, 5, 6}, {7, 8, 2}}, {{9}, {2}}, {{4, 4}, {8, 2}}};
  const std::vector<std::size_t> numbers = {2, 0};
  const Batch batch = make_batch(examples, numbers);
  CHECK(batch.sources.symbols.to_vector<Index>() == std::vector<Index>{4, 4, 0, 4, 5, 6});
  CHECK(batch.sources.lengths.values.to_vector<Index>() == std::vector<Index>{2, 3});
  CHECK(batch.fed.symbols.to_vector<Index>() == std::vector<Index>{1, 8, 0, 1, 7, 8});
  CHECK(batch.fed.lengths.values.to_vector<Index>() == std::vector<Index>{2, 3});
  CHECK(batch.answers.to_vector<Index>() == std::vector<Index>{8, 2, 0, 7, 8, 2});
  CHECK(batch.count == 5);
}

TEST_CASE("an epoch has every example once, in batches of like length") {
  const auto examples = some_examples(130);
  Generator generator(3);
  const Numbers batches = shuffled_batches(examples, 16, generator);
  CHECK(batches.size() == 9);
  CHECK(has_each_once(batches, 130));
  std::size_t spread = 0;
  for (const auto& batch : batches) {
    CHECK(batch.size() <= 16);
    const auto [least, most] = std::minmax_element(batch.begin(), batch.end(), [&](std::size_t a, std::size_t b) {
      return examples[a].target.size() < examples[b].target.size();
    });
    spread += examples[*most].target.size() - examples[*least].target.size();
  }
  CHECK(spread <= 2 * batches.size());  // of 9 that there are
}

TEST_CASE("the generator decides the order") {
  const auto examples = some_examples(100);
  Generator one(1), again(1), other(2);
  const Numbers first = shuffled_batches(examples, 8, one);
  CHECK(first == shuffled_batches(examples, 8, again));
  CHECK(first != shuffled_batches(examples, 8, other));
  CHECK(first != shuffled_batches(examples, 8, one));  // the next epoch
}

TEST_CASE("for scoring, batches go from short to long") {
  const auto examples = some_examples(50);
  const Numbers batches = sorted_batches(examples, 16);
  CHECK(has_each_once(batches, 50));
  std::size_t longest = 0;
  for (const auto& batch : batches)
    for (const std::size_t number : batch) {
      CHECK(examples[number].target.size() >= longest);
      longest = examples[number].target.size();
    }
  CHECK(sorted_batches({}, 16).empty());
}
