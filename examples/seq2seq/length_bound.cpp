// The bound on a translation's length, and how it is measured on the training pairs.
#include "examples/seq2seq/length_bound.h"

#include <algorithm>
#include <cmath>

namespace glance::seq2seq {
namespace {

constexpr double room = 1.25;  // times what was met in training
constexpr Index more = 10;     // words: short sentences vary more than by a quarter

}  // namespace

Index LengthBound::operator()(Index source_length) const {
  if (fixed > 0) return fixed;
  const auto n = static_cast<double>(source_length);
  double most = ratio * n;
  if (longest_target > 0) {
    const double beyond = std::max(1.0, n / static_cast<double>(std::max<Index>(longest_source, 1)));
    most = std::min(most, static_cast<double>(longest_target) * beyond);
  }
  return more + static_cast<Index>(std::ceil(most));
}

LengthBound length_bound_of(std::span<const Example> examples) {
  if (examples.empty()) return {};
  LengthBound bound{.ratio = 0};
  for (const Example& example : examples) {
    const auto source = static_cast<Index>(example.source.size()), target = static_cast<Index>(example.target.size());
    bound.ratio = std::max(bound.ratio, static_cast<double>(target) / static_cast<double>(std::max<Index>(source, 1)));
    bound.longest_source = std::max(bound.longest_source, source);
    bound.longest_target = std::max(bound.longest_target, target);
  }
  bound.ratio *= room;
  bound.longest_target = static_cast<Index>(std::ceil(room * static_cast<double>(bound.longest_target)));
  return bound;
}

}  // namespace glance::seq2seq
