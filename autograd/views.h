#pragma once

#include <initializer_list>
#include <span>
#include <vector>

#include "glance/autograd/variable.h"

// Other arrangements of the same elements, with a history. What each does to shapes, and every error, is as for the
// function of the same name in tensor/view.h and tensor/join.h; the values of views share memory.
namespace glance {

// Parts of x, or all of it with its dimensions in another order, of other extents, or more or fewer of them.
Variable select(const Variable& x, int dim, Index index);
Variable slice(const Variable& x, int dim, Index from, Index to, Index step = 1);
Variable transpose(const Variable& x, int a, int b);
Variable transpose(const Variable& x);  // the last two dimensions
Variable permute(const Variable& x, std::initializer_list<int> dims);
Variable permute(const Variable& x, std::span<const int> dims);
Variable reshape(const Variable& x, const Shape& shape);
Variable flatten(const Variable& x, int from = 0, int to = -1);
Variable squeeze(const Variable& x, int dim);
Variable squeeze(const Variable& x);
Variable unsqueeze(const Variable& x, int dim);
Variable expand(const Variable& x, const Shape& shape);

// Several into one, along a dimension that is there or along a new one. Error for an empty list.
Variable concat(std::span<const Variable> list, int dim = 0);
Variable concat(std::initializer_list<Variable> list, int dim = 0);
Variable stack(std::span<const Variable> list, int dim = 0);
Variable stack(std::initializer_list<Variable> list, int dim = 0);

// One into several along `dim`: parts of equal size, parts of these sizes, or at most `n` parts.
std::vector<Variable> split(const Variable& x, Index size, int dim = 0);
std::vector<Variable> split(const Variable& x, std::span<const Index> sizes, int dim = 0);
std::vector<Variable> split(const Variable& x, std::initializer_list<Index> sizes, int dim = 0);
std::vector<Variable> chunk(const Variable& x, Index n, int dim = 0);

}  // namespace glance
