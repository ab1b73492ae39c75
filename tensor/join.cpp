// Joins tensors by a copy, and takes them apart into views.
#include "glance/tensor/join.h"

#include <algorithm>

#include "glance/tensor/formatted.h"
#include "glance/tensor/view.h"

namespace glance {

namespace {

void check_list(const char* operation, std::span<const Tensor> tensors) {
  if (tensors.empty()) throw Error(formatted("{}: no tensors given: give at least one", operation));
  const DType dtype = tensors[0].dtype();
  for (std::size_t i = 1; i < tensors.size(); ++i)
    if (tensors[i].dtype() != dtype)
      throw Error(formatted("{}: tensor {} is {}, but the first is {}: convert with to(x, {})", operation, i,
                            name(tensors[i].dtype()), name(dtype), name(dtype)));
}

// `length` entries from `from` along `dim`, which is not negative.
Tensor piece(const Tensor& x, int dim, Index from, Index length) {
  Shape shape = x.shape();
  shape[dim] = length;
  return Tensor(x, shape, x.strides(), length > 0 ? from * x.strides()[static_cast<std::size_t>(dim)] : 0);
}

std::vector<Tensor> pieces_of(const Tensor& x, int dim, Index size) {
  const Index extent = x.shape()[dim];
  std::vector<Tensor> pieces;
  // One empty piece of an empty extent, so that there is always one.
  Index from = 0;
  do {
    pieces.push_back(piece(x, dim, from, std::min(size, extent - from)));
    from += pieces.back().shape()[dim];
  } while (from < extent);
  return pieces;
}

}  // namespace

Tensor concat(std::span<const Tensor> tensors, int dim) {
  check_list("concat", tensors);
  Shape shape = tensors[0].shape();
  const int d = resolve_dim("concat", dim, shape);
  for (std::size_t i = 1; i < tensors.size(); ++i) {
    Shape other = tensors[i].shape();
    bool fits = other.rank() == shape.rank();
    if (fits) {
      if (__builtin_add_overflow(shape[d], other[d], &shape[d]))
        throw Error(formatted("concat: {} tensors like {} have too many entries in dimension {}", tensors.size(),
                              to_string(tensors[i].shape()), d));
      other[d] = tensors[0].shape()[d];
      fits = other == tensors[0].shape();
    }
    if (!fits)
      throw Error(formatted("concat: tensor {} is {}, but the first is {}: they may differ in dimension {} only", i,
                            to_string(tensors[i].shape()), to_string(tensors[0].shape()), d));
  }
  Tensor result(shape, tensors[0].dtype());
  Index from = 0;
  for (const Tensor& x : tensors) {
    const Index length = x.shape()[d];
    assign(piece(result, d, from, length), x);
    from += length;
  }
  return result;
}

Tensor concat(std::initializer_list<Tensor> tensors, int dim) {
  return concat(std::span(tensors.begin(), tensors.size()), dim);
}

Tensor stack(std::span<const Tensor> tensors, int dim) {
  check_list("stack", tensors);
  const Shape& first = tensors[0].shape();
  for (std::size_t i = 1; i < tensors.size(); ++i)
    if (tensors[i].shape() != first)
      throw Error(formatted("stack: tensor {} is {}, but the first is {}: all must have one shape", i,
                            to_string(tensors[i].shape()), to_string(first)));
  const int d = resolve_new_dim("stack", dim, first);
  Shape shape = first;
  shape.insert(d, static_cast<Index>(tensors.size()));
  Tensor result(shape, tensors[0].dtype());
  for (std::size_t i = 0; i < tensors.size(); ++i) assign(select(result, d, static_cast<Index>(i)), tensors[i]);
  return result;
}

Tensor stack(std::initializer_list<Tensor> tensors, int dim) {
  return stack(std::span(tensors.begin(), tensors.size()), dim);
}

std::vector<Tensor> split(const Tensor& x, Index size, int dim) {
  const int d = resolve_dim("split", dim, x.shape());
  if (size < 1) throw Error(formatted("split: size {} for {}: give at least 1", size, to_string(x.shape())));
  return pieces_of(x, d, size);
}

std::vector<Tensor> split(const Tensor& x, std::span<const Index> sizes, int dim) {
  const int d = resolve_dim("split", dim, x.shape());
  Index left = x.shape()[d];
  bool fit = true;
  for (const Index size : sizes) {
    fit = fit && size >= 0 && size <= left;
    if (fit) left -= size;
  }
  if (!fit || left != 0)
    throw Error(formatted("split: the sizes do not add up to {}, the extent of dimension {} of {}", x.shape()[d], d,
                          to_string(x.shape())));
  std::vector<Tensor> pieces;
  pieces.reserve(sizes.size());
  Index from = 0;
  for (const Index size : sizes) {
    pieces.push_back(piece(x, d, from, size));
    from += size;
  }
  return pieces;
}

std::vector<Tensor> split(const Tensor& x, std::initializer_list<Index> sizes, int dim) {
  return split(x, std::span(sizes.begin(), sizes.size()), dim);
}

std::vector<Tensor> chunk(const Tensor& x, Index n, int dim) {
  const int d = resolve_dim("chunk", dim, x.shape());
  if (n < 1) throw Error(formatted("chunk: {} pieces of {}: ask for at least 1", n, to_string(x.shape())));
  const Index extent = x.shape()[d];
  return pieces_of(x, d, std::max<Index>(1, extent / n + (extent % n != 0)));
}

}  // namespace glance
