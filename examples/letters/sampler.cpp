// From scores to probabilities, and from probabilities to one letter.
#include "examples/letters/sampler.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "glance/tensor/error.h"

namespace glance::gpt {

namespace {

void check(std::span<const float> logits, const SamplingOptions& o) {
  if (!(o.temperature >= 0 && std::isfinite(o.temperature)))
    throw Error(fmt::format("sampling: a temperature of {}: it must be 0 or more", o.temperature));
  if (o.top_k < 0) throw Error(fmt::format("sampling: the likeliest {} letters: at least 1, or 0 for all", o.top_k));
  if (!(o.top_p > 0 && o.top_p <= 1))
    throw Error(fmt::format("sampling: letters up to a probability of {}: it must be over 0 and at most 1", o.top_p));
  bool any = false;
  for (const float logit : logits) {
    if (std::isnan(logit) || logit == std::numeric_limits<float>::infinity())
      throw Error("sampling: a logit is not a finite number: the model is damaged");
    any = any || std::isfinite(logit);
  }
  if (!any) throw Error("sampling: no letter is possible");
}

// The letters from the likeliest to the least likely.
std::vector<std::size_t> by_likelihood(std::span<const float> logits) {
  std::vector<std::size_t> order(logits.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return logits[a] > logits[b]; });
  return order;
}

}  // namespace

std::vector<double> sampling_probabilities(std::span<const float> logits, const SamplingOptions& options) {
  check(logits, options);
  const std::vector<std::size_t> order = by_likelihood(logits);
  std::vector<double> probabilities(logits.size());
  const auto highest = static_cast<double>(logits[order.front()]);
  std::size_t kept =
      options.top_k > 0 ? std::min(logits.size(), static_cast<std::size_t>(options.top_k)) : logits.size();
  if (options.temperature == 0) kept = 1;
  double sum = 0;
  for (std::size_t i = 0; i < kept; ++i) {
    const double below = static_cast<double>(logits[order[i]]) - highest;
    sum += probabilities[order[i]] = below == 0 ? 1 : std::exp(below / options.temperature);
  }
  double reached = 0, left = 0;
  for (std::size_t i = 0; i < kept; ++i) {
    double& probability = probabilities[order[i]];
    if (reached >= options.top_p * sum) probability = 0;
    reached += probability;
    left += probability;
  }
  for (double& probability : probabilities) probability /= left;
  return probabilities;
}

Index draw(std::span<const double> probabilities, Generator& generator) {
  const double where = generator.uniform01<double>();
  double sum = 0;
  Index last = 0;  // a letter that is possible, should rounding leave the sum below `where`
  for (std::size_t i = 0; i < probabilities.size(); ++i) {
    if (!(probabilities[i] > 0)) continue;
    last = static_cast<Index>(i);
    sum += probabilities[i];
    if (where < sum) return last;
  }
  return last;
}

}  // namespace glance::gpt
