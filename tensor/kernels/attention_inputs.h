#pragma once

#include <algorithm>
#include <array>
#include <limits>

#include "glance/tensor/kernels/attention.h"
#include "glance/tensor/kernels/attention_rows.h"
#include "glance/tensor/stretched_rows.h"
#include "glance/tensor/walk.h"

// What attention reads, where it lies in memory: the matrices of each place of the leading dimensions, and the masks.
namespace glance::attention_rows {

struct Sizes {
  Shape leading;
  Index targets, sources, features, value_features;

  // The leading dimensions and a matrix.
  Shape with_matrix(Index rows, Index columns) const {
    Shape shape = leading;
    shape.push_back(rows);
    shape.push_back(columns);
    return shape;
  }
};

// A matrix for each place of the leading dimensions, its rows contiguous: as they lie, or else a copy.
template <class T>
class Matrices {
 public:
  explicit Matrices(const Tensor& x) : tensor_(x) {
    const auto row = static_cast<std::size_t>(x.rank() - 2);
    const Index rows = x.shape()[x.rank() - 2], columns = std::max<Index>(1, x.shape().back());
    // BLAS wants rows no closer than they are long, even where there is only one.
    if ((columns > 1 && x.strides()[row + 1] != 1) || (rows > 1 && x.strides()[row] < columns)) tensor_ = copy(x);
    row_step_ = rows > 1 ? tensor_.strides()[row] : columns;
    data_ = tensor_.read<T>();
  }

  const Strides& strides() const { return tensor_.strides(); }
  Rows<const T> at(Index offset) const { return {data_ + offset, row_step_}; }

 private:
  Tensor tensor_;
  const T* data_;
  Index row_step_;
};

// The matrices and masks of one place of the leading dimensions.
template <class T>
struct Place {
  Rows<const T> query, keys, values;
  Index visible, bias;  // where its masks begin
  Index end;            // no target sees a source from here on
  bool masked;          // whether a source before that may be hidden, and so have weight 0
};

// Scales the scores of what is seen, and hides those after it up to `whole`: in whole vectors where there are such, for
// their length is known.
template <class T>
void scale_and_hide(T* scores, T scale, Index seen, Index whole) {
  constexpr T hidden = -std::numeric_limits<T>::infinity();
  constexpr Index lanes = detail::softmax_lanes<T>;
  if (whole % lanes != 0) {
    for (Index s = 0; s < seen; ++s) scores[s] *= scale;
    std::fill(scores + seen, scores + whole, hidden);
    return;
  }
  for (Index from = 0; from < whole; from += lanes) {
    const T rest = static_cast<T>(seen - from);
    for (Index j = 0; j < lanes; ++j) scores[from + j] = static_cast<T>(j) < rest ? scale * scores[from + j] : hidden;
  }
}

template <class T>
class Inputs {
 public:
  Inputs(const AttentionArguments& a, const Sizes& sizes)
      : n(sizes),
        query_(a.query),
        keys_(a.keys),
        values_(a.values),
        visible_(a.visible, sizes.with_matrix(sizes.targets, sizes.sources)),
        bias_(a.bias, sizes.with_matrix(sizes.targets, sizes.sources)),
        scale_(static_cast<T>(a.scale)),
        causal_(a.causal) {}

  const Sizes& n;

  T scale() const { return scale_; }
  // How many targets are taken at a time: all, but where later ones see more, a few.
  Index block() const { return causal_ ? std::min<Index>(n.targets, 64) : n.targets; }
  // A target sees no source from here on.
  Index end(const Place<T>& at, Index target) const {
    return causal_ ? std::clamp<Index>(target + 1 + n.sources - n.targets, 0, at.end) : at.end;
  }

  // So many sources in whole vectors, or all: a few more than are seen cost less than a vector's remainder.
  Index whole_vectors(Index sources) const {
    constexpr Index lanes = detail::row_lanes<T> / 2;
    return std::min(n.sources, (sources + lanes - 1) / lanes * lanes);
  }

  // weights = softmax(scale · scores + bias) in place, over what this target sees.
  void softmax(const Place<T>& at, Index target, T* scores) const {
    const Index seen = end(at, target), whole = whole_vectors(seen);
    if (const T* bias = bias_.row(at.bias, target)) {
      constexpr T hidden = -std::numeric_limits<T>::infinity();
      for (Index s = 0; s < seen; ++s) scores[s] = bias[s] == hidden ? hidden : scale_ * scores[s] + bias[s];
      std::fill(scores + seen, scores + whole, hidden);
    } else {
      scale_and_hide(scores, scale_, seen, whole);
    }
    row_softmax(scores, scores, visible_.row(at.visible, target), whole);
    std::fill(scores + whole, scores + n.sources, T{0});
  }

  // Calls f(place, offsets) for each place in row-major order; offsets are those of further operands, whose strides
  // over the leading dimensions are `others`.
  template <std::size_t N, class F>
  void for_each_place(const std::array<Strides, N>& others, F&& f) const {
    constexpr int operands = static_cast<int>(5 + N);
    std::array<Strides, 5 + N> strides{query_.strides(), keys_.strides(), values_.strides(), visible_.strides(),
                                       bias_.strides()};
    std::copy(others.begin(), others.end(), strides.begin() + 5);
    const Walk<operands> walk(n.leading, strides);
    const auto steps = walk.row_steps();
    walk.for_each_row([&](auto offsets) {
      for (Index i = 0; i < walk.row_length(); ++i) {
        f(place(offsets.data()), offsets.data() + 5);
        for (std::size_t k = 0; k < offsets.size(); ++k) offsets[k] += steps[k];
      }
    });
  }

 private:
  Place<T> place(const Index* offsets) const {
    Place<T> at{query_.at(offsets[0]),
                keys_.at(offsets[1]),
                values_.at(offsets[2]),
                offsets[3],
                offsets[4],
                n.sources,
                visible_.defined() || bias_.defined() || causal_};
    // Pads stand at the end of what all targets see: no product need touch them. Often nothing else is hidden.
    if (visible_.defined() && visible_.is_one_row() && n.targets > 0) {
      const bool* visible = visible_.row(at.visible, 0);
      while (at.end > 0 && !visible[at.end - 1]) --at.end;
      if (!bias_.defined() && !causal_) at.masked = std::find(visible, visible + at.end, false) != visible + at.end;
    }
    return at;
  }

  Matrices<T> query_, keys_, values_;
  StretchedRows<bool> visible_;
  StretchedRows<T> bias_;
  T scale_;
  bool causal_;
};

}  // namespace glance::attention_rows
