#pragma once

#include <initializer_list>
#include <span>
#include <vector>

#include "glance/autograd/variable.h"

// Other arrangements of the same elements, with a history. What each does to shapes, and every error, is as for the
// function of the same name in tensor/view.h and tensor/join.h; the values of views share memory.
namespace glance {

// The slice at `index` along `dim`, without that dimension.
Variable select(const Variable& x, int dim, Index index);
// Entries from, from + step, … before `to` along `dim`.
Variable slice(const Variable& x, int dim, Index from, Index to, Index step = 1);
// Dimensions a and b swapped; without them, the last two.
Variable transpose(const Variable& x, int a, int b);
Variable transpose(const Variable& x);
// Dimension i of the result is dimension dims[i] of x.
Variable permute(const Variable& x, std::initializer_list<int> dims);
Variable permute(const Variable& x, std::span<const int> dims);
// The same elements in row-major order with another shape; one extent may be -1 and is worked out.
Variable reshape(const Variable& x, const Shape& shape);
// Dimensions from `from` to `to`, both included, made one.
Variable flatten(const Variable& x, int from = 0, int to = -1);
// Without dimension `dim` if its extent is 1, else x; without `dim`, no dimension of extent 1 is left.
Variable squeeze(const Variable& x, int dim);
Variable squeeze(const Variable& x);
// With a new dimension of extent 1 before `dim`; -1 puts it last.
Variable unsqueeze(const Variable& x, int dim);
// Extents of 1 stretched, and leading dimensions added, to give `shape`; -1 keeps an extent.
Variable expand(const Variable& x, const Shape& shape);

// The values one after the other along `dim`. Error for an empty list.
Variable concat(std::span<const Variable> list, int dim = 0);
Variable concat(std::initializer_list<Variable> list, int dim = 0);
// The values side by side along a new dimension `dim`. Error for an empty list.
Variable stack(std::span<const Variable> list, int dim = 0);
Variable stack(std::initializer_list<Variable> list, int dim = 0);

// Parts of `size` entries each along `dim`, of which the last may be shorter; or of sizes[i] entries each.
std::vector<Variable> split(const Variable& x, Index size, int dim = 0);
std::vector<Variable> split(const Variable& x, std::span<const Index> sizes, int dim = 0);
std::vector<Variable> split(const Variable& x, std::initializer_list<Index> sizes, int dim = 0);
// At most `n` parts of equal extent along `dim`, of which the last may be shorter.
std::vector<Variable> chunk(const Variable& x, Index n, int dim = 0);

}  // namespace glance
