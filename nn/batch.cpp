// Pads sequences to one length and remembers where each ends.
#include "glance/nn/batch.h"

#include <algorithm>

#include "glance/tensor/create.h"
#include "glance/tensor/formatted.h"
#include "glance/tensor/view.h"

namespace glance {

Lengths::Lengths(std::span<const Index> lengths, Index time)
    : values(from_values(lengths, {static_cast<Index>(lengths.size())})),
      visible({static_cast<Index>(lengths.size()), time}, boolean) {
  bool* row = visible.write<bool>();
  for (std::size_t i = 0; i < lengths.size(); ++i, row += time) {
    if (lengths[i] < 0 || lengths[i] > time)
      throw Error(
          formatted("lengths: sequence {} has length {}, but the batch has room for 0 to {}", i, lengths[i], time));
    std::fill_n(row, lengths[i], true);
    std::fill(row + lengths[i], row + time, false);
  }
}

Tensor Lengths::visible_to_queries() const { return visible.given() ? unsqueeze(visible, 1) : Tensor(); }

PaddedBatch pad_sequences(std::span<const std::vector<Index>> sequences, Index pad) {
  std::vector<Index> lengths;
  Index time = 0;
  for (const auto& sequence : sequences) {
    lengths.push_back(static_cast<Index>(sequence.size()));
    time = std::max(time, lengths.back());
  }
  const Tensor symbols({static_cast<Index>(sequences.size()), time}, i64);
  auto* row = symbols.write<Index>();
  for (const auto& sequence : sequences) {
    std::fill(std::copy(sequence.begin(), sequence.end(), row), row + time, pad);
    row += time;
  }
  return {symbols, Lengths(lengths, time)};
}

}  // namespace glance
