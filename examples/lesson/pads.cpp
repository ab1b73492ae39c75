// Attention that does not hide the pads: what a sentence's neighbours in the batch do to it. The number on the command
// line is the seed.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "examples/common/arguments.h"
#include "examples/lesson/translator.h"

using namespace lesson;

namespace {

// [unmasked]
Attended unmasked(const Variable& query, const Variable& keys, const Variable& values, const Tensor&) {
  return attend(query, keys, values);  // whatever is visible
}
// [unmasked end]

// [neighbour]
// The probabilities of a sentence's words alone in its batch, and beside a sentence that is longer: how far apart?
double difference(const RecurrentTranslator& model, const Example& example, const Example& longest) {
  const NoGrad no_grad;
  const std::vector<Example> both{example, longest};
  const auto probabilities = [&](const std::vector<std::size_t>& numbers) {
    const Batch batch = make_batch(both, numbers);
    const Tensor logits = select(model.decode(model.encode(batch.sources), batch.fed).logits.value(), 0, 0);
    return softmax(slice(logits, 0, 0, static_cast<Index>(example.target.size())), -1);
  };
  return max(abs(probabilities({0, 1}) - probabilities({0}))).item();
}
// [neighbour end]

void show(const char* name, const RecurrentTranslator& model, const Numbered& data) {
  const auto shorter = [](const Example& a, const Example& b) { return a.source.size() < b.source.size(); };
  const Example longest = *std::max_element(data.test.begin(), data.test.end(), shorter);
  double moved = 0, largest = 0, count = 0;
  for (const Example& example : data.test) {
    if (example.source.size() == longest.source.size()) continue;
    const double by = difference(model, example, longest);
    ++count, moved += by > 0.001, largest = std::max(largest, by);
  }
  fmt::print("{:<34}{:>15.2f}{:>18.2f}{:>10.1e}\n", name, score(model, data).exact, moved / count, largest);
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t seed = seed_argument(argc, argv);

  // [worst]
  const Tensor query = tensor({{1, 0}}), keys = tensor({{-4, 1}, {-5, 2}, {-6, 3}});  // scores of -4, -5 and -6
  const Tensor padded = concat({keys, zeros({9, 2})});                                // and 9 pads, which score 0
  const Tensor alone = attend(query, keys, keys).weights.value();
  const Tensor beside = attend(query, padded, padded).weights.value();
  // [worst end]
  fmt::print("three words alone       {:.4f}   together {:.4f}\n", fmt::join(alone.to_vector<float>(), " "),
             sum(alone).item());
  const auto words = slice(beside, 1, 0, 3);
  fmt::print("beside nine pads        {:.4f}   together {:.4f}\n\n", fmt::join(words.to_vector<float>(), " "),
             sum(words).item());

  const Data data = make_data(seed);
  fmt::print("{:<34}{:>15}{:>18}{:>10}\n", "", "whole sentences", "moved by > 0.001", "largest");
  RecurrentTranslator model = train(data.numbered, seed);
  show("pads hidden", model, data.numbered);
  model.attention = unmasked;
  show("hidden in training, not any more", model, data.numbered);
  show("never hidden", train(data.numbered, seed, unmasked), data.numbered);
}
