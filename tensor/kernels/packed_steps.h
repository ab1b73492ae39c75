#pragma once

#include "glance/tensor/tensor.h"

// Sequences of different lengths without pads, for recurrent layers.
namespace glance {

// Sequences of different lengths without their pads, step by step: first every sequence's first step, then the second
// step of those that have one, and so on. Sequences stand longest first, so that those still running at a step are the
// first rows of the step before, and a recurrent layer does its work on contiguous blocks, without a mask:
//
//   lengths 2, 3, 1    places 1, 0, 2    rows  1₀ 0₀ 2₀ | 1₁ 0₁ | 1₂
//
class PackedSteps {
 public:
  // For a padded [batch, time, …]. `lengths` is i64 [batch], each from 0 to `time`, or undefined: all of `time`.
  // `reverse` reads each sequence from its own last step. Error, which names `operation`, for any other lengths.
  PackedSteps(const char* operation, Index batch, Index time, const Tensor& lengths, bool reverse);

  // How the steps lie. `step` counts from 0 to steps(), `place` from 0 to the batch; neither is checked.
  Index steps() const { return steps_; }                     // the longest length
  Index rows() const { return offsets_[steps_]; }            // the sum of lengths
  Index offset(Index step) const { return offsets_[step]; }  // the rows before this step
  // The number of sequences that have this step; 0 after the last.
  Index running(Index step) const { return step < steps_ ? offsets_[step + 1] - offsets_[step] : 0; }
  Index batch_row(Index place) const { return order_[place]; }  // the sequence that stands at a place
  Index length(Index place) const { return lengths_[place]; }   // its length

  bool in_order() const { return in_order_; }  // whether each stands at the place of its number

  // The time at which the sequence at `place` takes a step.
  Index time(Index place, Index step) const { return reverse_ ? lengths_[place] - 1 - step : step; }

  // [batch, time, features] without the pads -> [rows, features].
  template <class T>
  Tensor pack(const Tensor& padded) const;

  // The way back: over or onto a dense [batch, time, features]; pads become zeros, or stay with `accumulate`.
  template <class T>
  void unpack(const Tensor& packed, const Tensor& padded, bool accumulate) const;

 private:
  Index batch_, time_, steps_;
  bool reverse_, in_order_;
  Tensor table_;  // i64, what the pointers look into
  Index *order_, *lengths_, *offsets_;
};

}  // namespace glance
