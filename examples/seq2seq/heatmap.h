#pragma once

#include <string>
#include <vector>

#include "examples/seq2seq/terminal.h"

namespace glance::seq2seq {

// What attention looked like while a sentence was translated: a row of weights over the source words for each target
// word.
struct AttentionPicture {
  std::vector<std::string> source, target;
  std::vector<std::vector<double>> weights;  // [target words][source words]
};

// The picture in text: target words down, source words across, each weight as a shade (and a colour where it is
// welcome), beside each row the source words that had most of the weight, and below what the shades mean. It is never
// wider than the terminal: where the source words do not fit side by side they are written downwards, and where that
// is too wide as well the picture is cut into several, one below the other. Error unless the weights fit the words.
std::string heatmap(const AttentionPicture& picture, const Terminal& terminal);

}  // namespace glance::seq2seq
