#pragma once

#include <initializer_list>
#include <span>

#include "glance/autograd/variable.h"

// Elements turned round, with a margin, or repeated, with a history. Shapes and errors are as for the function of the
// same name in tensor/arrange.h.
namespace glance {

// x with the order of its entries reversed along the dimensions that `axes` names, or along all.
Variable flip(const Variable& x, const Axes& axes);

// x with `value` before and after it, by pairs of amounts from the last dimension backwards. What a negative amount
// cuts off gets the gradient 0.
Variable pad(const Variable& x, std::span<const Index> amounts, double value = 0);
Variable pad(const Variable& x, std::initializer_list<Index> amounts, double value = 0);

// Each entry along `dim` several times in a row: all of them equally often, or entry i repeats[i] times (i64). An
// entry's gradient is the sum of those of its repeats.
Variable repeat_interleave(const Variable& x, Index repeats, int dim);
Variable repeat_interleave(const Variable& x, const Tensor& repeats, int dim);

}  // namespace glance
