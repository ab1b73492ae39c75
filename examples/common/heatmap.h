#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "examples/common/terminal.h"

// Pictures of attention for the terminal.
namespace glance {

// What attention looked like while a sentence was translated, or a text was read: a row of weights over the source
// words for each target word.
struct AttentionPicture {
  std::vector<std::string> source, target;
  std::vector<std::vector<double>> weights;  // [target words][source words]
  bool triangle = false;                     // row t has weights for the words 0 … t alone: it saw nothing later
};

// Error unless there is a row for each target word and in it a weight for each source word that it may see.
void check_fits(const AttentionPicture& picture);

// How evenly weights are spread, Σ -a log a / log n: 1 when all are equal, 0 when one has all (and when there is only
// one, or all are 0).
double normalised_entropy(std::span<const double> weights);

// "cat 62%, the 31%": at most `most` source words that together had most of the weight.
std::string looked_at(const std::vector<std::string>& source, const std::vector<double>& weights, std::size_t most);

// The picture in text: target words down, source words across, each weight as a shade (and a colour where it is
// welcome), beside each row its normalised entropy and the source words that had most of the weight, and
// below what the shades mean. It is never
// wider than the terminal: where the source words do not fit side by side they are written downwards, and where that
// is too wide as well the picture is cut into several, one below the other. Error unless the weights fit the words.
std::string heatmap(const AttentionPicture& picture, const Terminal& terminal);

}  // namespace glance
