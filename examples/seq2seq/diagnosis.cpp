// The measurements behind each complaint, and the limits from which on one is made.
#include "examples/seq2seq/diagnosis.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "examples/seq2seq/weights.h"
#include "glance/autograd/modes.h"

namespace glance::seq2seq {

namespace {

// Above this the weights are as good as even. A translator that has learnt to look is far below; none starts there.
constexpr double uniform_entropy = 0.9;
// A masked weight is 0 exactly.
constexpr double least_padding = 1e-6;
// In nats a word. A source that is read is worth far more.
constexpr double least_worth = 0.05;

// The mean weight behind the sentences' ends. The shortest sentences will do, and a sentence longer than all of them is
// put beside them, so that each has pads.
double weight_on_padding(const Translator& model, std::span<const Example> examples) {
  constexpr std::size_t enough = 64;
  std::vector<Example> batched;
  const auto batches = sorted_batches(examples, enough);
  for (const std::size_t i : batches.front()) batched.push_back(examples[i]);
  Example longest = *std::max_element(batched.begin(), batched.end(), [](const Example& a, const Example& b) {
    return a.source.size() < b.source.size();
  });
  longest.source.insert(longest.source.end(), 2, longest.source.back());
  batched.push_back(longest);
  std::vector<std::size_t> numbers(batched.size());
  std::iota(numbers.begin(), numbers.end(), std::size_t{0});

  const NoGrad no_grad;
  const Batch batch = make_batch(batched, numbers);
  const Tensor weights = model.decode(batch.sources, batch.fed).weights();
  double sum = 0;
  std::size_t rows = 0;
  for_each_answer(weights, batch.sources.lengths, batch.fed.lengths, [&](const AnswerWeights& of) {
    if (of.example + 1 == batched.size()) return;
    sum += std::accumulate(of.on_pads.begin(), of.on_pads.end(), 0.0);
    ++rows;
  });
  return sum / static_cast<double>(rows);
}

// Each target with the source of the next example that has another one. Nothing if all sources are the same.
std::vector<Example> with_others_sources(std::span<const Example> examples) {
  std::vector<Example> others(examples.begin(), examples.end());
  for (std::size_t i = 0; i < examples.size(); ++i) {
    std::size_t next = (i + 1) % examples.size();
    while (next != i && examples[next].source == examples[i].source) next = (next + 1) % examples.size();
    if (next == i) return {};
    others[i].source = examples[next].source;
  }
  return others;
}

}  // namespace

Diagnosis diagnose(const Translator& model, std::span<const Example> examples, const Evaluation& evaluation,
                   Workers& workers, const Meanwhile& meanwhile, const Ranks* ranks) {
  Diagnosis diagnosis;
  diagnosis.loss = evaluation.loss;
  if (examples.empty()) return diagnosis;
  diagnosis.unknown_sources = unknown_share(examples, &Example::source);
  diagnosis.unknown_targets = unknown_share(examples, &Example::target);
  diagnosis.right_ends = evaluation.right_ends;
  if (model.has_attention()) {
    diagnosis.entropy = evaluation.entropy;
    diagnosis.padding = weight_on_padding(model, examples);
  }
  const auto others = with_others_sources(examples);
  if (!others.empty()) diagnosis.other_loss = evaluate_forced(model, others, workers, meanwhile, ranks).loss;
  return diagnosis;
}

std::vector<Complaint> complaints(const Diagnosis& d) {
  std::vector<Complaint> result;
  if (d.entropy && *d.entropy > uniform_entropy)
    result.push_back({"attention is uniform", fmt::format("its entropy is {:.2f} of the largest", *d.entropy),
                      "usual at the start; later try more --epochs or a higher --rate"});
  if (d.padding && *d.padding > least_padding)
    result.push_back({"attention looks at padding",
                      fmt::format("{:.2g}% of its weight is behind the sentences' ends", 100 * *d.padding),
                      "hand `visible` on to the weights"});
  if (d.unknown_sources > 0.5)
    result.push_back({"most source words are unknown",
                      fmt::format("{:.0f}% of the held-out ones were never seen", 100 * d.unknown_sources),
                      "try --split characters, or more pairs"});
  if (d.unknown_targets > 0.5)
    result.push_back({"most target words are unknown",
                      fmt::format("{:.0f}% of the held-out ones were never seen{}", 100 * d.unknown_targets,
                                  d.right_ends > 0.99 ? "; only the sentences' ends are right" : ""),
                      "try --split characters, or more pairs"});
  else if (d.unknown_sources <= 0.5 && d.other_loss && *d.other_loss - d.loss < least_worth)
    result.push_back(
        {"ignores the source",
         fmt::format("the loss is {:.2f}, and {:.2f} with another sentence's source", d.loss, *d.other_loss),
         "try more --epochs, and see that each target stands beside its own source"});
  return result;
}

double unknown_share(std::span<const Example> examples, std::vector<Index> Example::*side) {
  std::size_t unknown = 0, words = 0;
  for (const Example& example : examples)
    for (const Index word : example.*side) {
      words += word != Vocabulary::end;
      unknown += word == Vocabulary::unknown;
    }
  return words > 0 ? static_cast<double>(unknown) / static_cast<double>(words) : 0;
}

}  // namespace glance::seq2seq
