// Sorts sequences by length, and copies between padded and packed memory.
#include "glance/tensor/kernels/packed_steps.h"

#include <algorithm>
#include <numeric>

#include "glance/tensor/check.h"
#include "glance/tensor/formatted.h"

namespace glance {

PackedSteps::PackedSteps(const char* operation, Index batch, Index time, const Tensor& lengths, bool reverse)
    : batch_(batch),
      time_(time),
      steps_(0),
      reverse_(reverse),
      in_order_(!lengths.defined()),
      table_({2 * batch + time + 1}, i64) {
  order_ = table_.write<Index>();
  lengths_ = order_ + batch;
  offsets_ = lengths_ + batch;

  std::iota(order_, order_ + batch, Index{0});
  if (lengths.given()) {
    check_argument(operation, "lengths", lengths, {batch}, i64);
    const Tensor dense = contiguous(lengths);
    const Index* given = dense.read<Index>();
    for (Index row = 0; row < batch; ++row)
      if (given[row] < 0 || given[row] > time)
        throw Error(
            formatted("{}: length {} of row {} is not from 0 to {}, the steps of x", operation, given[row], row, time));
    std::sort(order_, order_ + batch,
              [given](Index a, Index b) { return given[a] != given[b] ? given[a] > given[b] : a < b; });
    for (Index place = 0; place < batch; ++place) lengths_[place] = given[order_[place]];
  } else {
    std::fill_n(lengths_, batch, time);
  }

  if (batch > 0) steps_ = lengths_[0];
  offsets_[0] = 0;
  for (Index step = 0, count = batch; step < steps_; ++step) {
    while (lengths_[count - 1] <= step) --count;
    offsets_[step + 1] = offsets_[step] + count;
  }
}

template <class T>
Tensor PackedSteps::pack(const Tensor& padded) const {
  const Index features = padded.shape().back();
  const Tensor source = features > 1 && padded.strides()[2] != 1 ? contiguous(padded) : padded;
  const Index batch_stride = source.strides()[0], time_stride = source.strides()[1];
  const T* from = source.read<T>();
  Tensor packed({rows(), features}, padded.dtype());
  T* to = packed.write<T>();
  for (Index step = 0; step < steps_; ++step) {
    const Index count = running(step);
    for (Index place = 0; place < count; ++place, to += features)
      std::copy_n(from + order_[place] * batch_stride + time(place, step) * time_stride, features, to);
  }
  return packed;
}

template <class T>
void PackedSteps::unpack(const Tensor& packed, const Tensor& padded, bool accumulate) const {
  const Index features = packed.shape().back();
  const T* from = packed.read<T>();
  T* to = padded.write<T>();
  const auto row = [&](Index place, Index at) { return to + (order_[place] * time_ + at) * features; };
  for (Index step = 0; step < steps_; ++step) {
    const Index count = running(step);
    for (Index place = 0; place < count; ++place, from += features) {
      T* target = row(place, time(place, step));
      if (accumulate)
        for (Index j = 0; j < features; ++j) target[j] += from[j];
      else
        std::copy_n(from, features, target);
    }
  }
  if (accumulate) return;
  for (Index place = 0; place < batch_; ++place) std::fill(row(place, lengths_[place]), row(place, time_), T{0});
}

template Tensor PackedSteps::pack<float>(const Tensor&) const;
template Tensor PackedSteps::pack<double>(const Tensor&) const;
template void PackedSteps::unpack<float>(const Tensor&, const Tensor&, bool) const;
template void PackedSteps::unpack<double>(const Tensor&, const Tensor&, bool) const;

}  // namespace glance
