#pragma once

#include <initializer_list>
#include <span>
#include <vector>

#include "glance/tensor/tensor.h"

// Several tensors into one, and one into several.
namespace glance {

// The tensors one after the other along `dim`: [2, 3] and [4, 3] along 0 give [6, 3]. A new tensor, even of one. Error
// for an empty list, or when dtypes, ranks or the other extents differ.
Tensor concat(std::span<const Tensor> tensors, int dim = 0);
Tensor concat(std::initializer_list<Tensor> tensors, int dim = 0);

// The tensors side by side along a new dimension `dim`: n times [2, 3] along 0 give [n, 2, 3]. Error for an empty list,
// or when dtypes or shapes differ.
Tensor stack(std::span<const Tensor> tensors, int dim = 0);
Tensor stack(std::initializer_list<Tensor> tensors, int dim = 0);

// Views of `size` entries each along `dim`; the last may be shorter. Error when size < 1.
std::vector<Tensor> split(const Tensor& x, Index size, int dim = 0);

// Views of sizes[i] entries each along `dim`. Error when they do not add up to the extent.
std::vector<Tensor> split(const Tensor& x, std::span<const Index> sizes, int dim = 0);
std::vector<Tensor> split(const Tensor& x, std::initializer_list<Index> sizes, int dim = 0);

// At most `n` views of equal extent along `dim`; the last may be shorter, and as in PyTorch there may be fewer than n.
// Error when n < 1.
std::vector<Tensor> chunk(const Tensor& x, Index n, int dim = 0);

}  // namespace glance
