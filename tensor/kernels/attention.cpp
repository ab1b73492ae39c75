#include "glance/tensor/kernels/attention.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "glance/tensor/check.h"
#include "glance/tensor/error.h"
#include "glance/tensor/formatted.h"
#include "glance/tensor/matmul.h"
#include "glance/tensor/row_kernels.h"
#include "glance/tensor/view.h"

namespace glance {

namespace {

struct Sizes {
  Index batch;  // the product of the leading dimensions
  Index targets, sources, features, value_features;
};

// `shape` with other extents for its last two dimensions.
Shape with_matrix(Shape shape, Index rows, Index columns) {
  shape[shape.rank() - 2] = rows;
  shape[shape.rank() - 1] = columns;
  return shape;
}

[[noreturn]] void throw_misfit(const char* operation, const char* name, const Shape& shape, const char* other_name,
                               const Shape& other, const char* wanted) {
  throw Error(formatted("{}: {} {} and {} {}: wanted {}", operation, name, to_string(shape), other_name,
                        to_string(other), wanted));
}

Sizes check(const char* operation, const AttentionArguments& a) {
  const auto is_matrix = [](const Tensor& x) { return x.defined() && x.rank() >= 2; };
  if (!is_matrix(a.query)) check_rank(operation, "query", a.query, 2, "[..., targets, features]");
  if (!is_matrix(a.keys)) check_rank(operation, "keys", a.keys, 2, "[..., sources, features]");
  if (!is_matrix(a.values)) check_rank(operation, "values", a.values, 2, "[..., sources, value features]");
  const DType dtype = a.query.dtype();
  if (!is_floating(dtype)) throw_not_floating(operation, dtype);

  const Shape& query = a.query.shape();
  const int rank = query.rank();
  const Sizes n{with_matrix(query, 1, 1).numel(), query[rank - 2], a.keys.shape()[a.keys.rank() - 2], query[rank - 1],
                a.values.shape().back()};
  const Shape keys = with_matrix(query, n.sources, n.features);
  const Shape values = with_matrix(query, n.sources, n.value_features);
  if (a.keys.shape() != keys)
    throw_misfit(operation, "query", query, "keys", a.keys.shape(),
                 "[..., targets, features] and [..., sources, features]");
  if (a.values.shape() != values)
    throw_misfit(operation, "keys", keys, "values", a.values.shape(),
                 "[..., sources, features] and [..., sources, value features]");
  check_argument(operation, "keys", a.keys, keys, dtype);
  check_argument(operation, "values", a.values, values, dtype);
  if (a.visible.defined()) {
    const Shape scores = with_matrix(query, n.targets, n.sources);
    if (!broadcasts_to(a.visible.shape(), scores))
      throw_misfit(operation, "visible", a.visible.shape(), "scores", scores,
                   "what broadcasts to [..., targets, sources]");
    check_argument(operation, "visible", a.visible, a.visible.shape(), boolean);
  }
  return n;
}

// x as one batch of matrices whose rows are contiguous, wherever they lie.
Tensor as_batch(const Tensor& x) {
  const Tensor batch = x.rank() == 3 ? x : x.rank() == 2 ? unsqueeze(x, 0) : flatten(x, 0, -3);
  return batch.shape()[2] > 1 && batch.strides()[2] != 1 ? copy(batch) : batch;
}

template <class T>
class Matrices {
 public:
  explicit Matrices(const Tensor& x) : tensor_(as_batch(x)) {
    // BLAS wants rows no closer than they are long, even where there is only one.
    const Index columns = std::max<Index>(1, tensor_.shape()[2]);
    if (tensor_.shape()[1] > 1 && tensor_.strides()[1] < columns) tensor_ = copy(tensor_);
    data_ = tensor_.read<T>();
    row_step_ = tensor_.shape()[1] > 1 ? tensor_.strides()[1] : columns;
  }

  Index row_step() const { return row_step_; }
  const T* operator[](Index batch) const { return data_ + batch * tensor_.strides()[0]; }

 private:
  Tensor tensor_;
  const T* data_;
  Index row_step_;
};

// A gradient's place, a dense batch of matrices; null where it is not wanted.
template <class T>
struct Target {
  T* data;
  Index size;
  bool accumulate;

  Target(const Destination& to, Index rows, Index columns)
      : data(to.wanted() ? to.tensor.write<T>() : nullptr), size(rows * columns), accumulate(to.accumulate) {}
  T* operator[](Index batch) const { return data + batch * size; }
};

// Which sources each target may see.
class Visible {
 public:
  Visible(const Tensor& visible, const Shape& scores)
      : mask_(visible.defined() ? as_batch(expand(visible, scores)) : Tensor()) {}

  // weights = softmax(scale · scores) in place, over what this target sees.
  template <class T>
  void softmax(Index batch, Index target, T* scores, Index sources, T scale) const {
    if (scale != 1)
      for (Index s = 0; s < sources; ++s) scores[s] *= scale;
    if (mask_.defined())
      row_softmax(scores, scores, mask_.read<bool>() + batch * mask_.strides()[0] + target * mask_.strides()[1],
                  sources);
    else
      row_softmax(scores, scores, sources);
  }

 private:
  Tensor mask_;
};

// The dot products of `query` and four rows. Adding up lanes costs more than the products of a row as short as these
// are, so four are added up together: three times as fast as one by one (20 rows of 128: 91 ns, not 301).
void dot_four_rows(const float* query, const float* rows, Index row_step, Index features, float* out) {
  using Lanes [[gnu::vector_size(64)]] = float;
  // A row begins at any address: a copy is the unaligned load that both compilers know.
  const auto load = [](Lanes& to, const float* from) { std::memcpy(&to, from, sizeof to); };
  const float *b_row = rows + row_step, *c_row = b_row + row_step, *d_row = c_row + row_step;
  Lanes a{}, b{}, c{}, d{}, x, row;
  Index j = 0;
  for (; j + 16 <= features; j += 16) {
    load(x, query + j);
    load(row, rows + j);
    a += x * row;
    load(row, b_row + j);
    b += x * row;
    load(row, c_row + j);
    c += x * row;
    load(row, d_row + j);
    d += x * row;
  }
  // Neighbours added: a0+a1 b0+b1 a2+a3 …, and again: a b c d in each group of four lanes.
  const Lanes ab = __builtin_shufflevector(a, b, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30) +
                   __builtin_shufflevector(a, b, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
  const Lanes cd = __builtin_shufflevector(c, d, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30) +
                   __builtin_shufflevector(c, d, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
  const Lanes abcd = __builtin_shufflevector(ab, cd, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29) +
                     __builtin_shufflevector(ab, cd, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
  for (int r = 0; r < 4; ++r) {
    out[r] = (abcd[r] + abcd[r + 4]) + (abcd[r + 8] + abcd[r + 12]);
    for (Index k = j; k < features; ++k) out[r] += query[k] * rows[r * row_step + k];
  }
}

// out[r] = query · rows[r].
template <class T>
void dot_rows(Index count, const T* query, const T* rows, Index row_step, Index features, T* out) {
  Index r = 0;
  if constexpr (std::is_same_v<T, float>)
    for (; r + 4 <= count; r += 4) dot_four_rows(query, rows + r * row_step, row_step, features, out + r);
  for (; r < count; ++r) out[r] = row_dot(query, rows + r * row_step, features);
}

// out = Σ weights[r] rows[r], or +=. Four rows at a time, so that `out` is loaded and stored once for four.
template <class T>
void sum_rows(Index count, const T* __restrict weights, const T* __restrict rows, Index row_step, Index features,
              T* __restrict out, bool accumulate) {
  if (!accumulate) std::fill_n(out, features, T{0});
  Index r = 0;
  for (; r + 4 <= count; r += 4) {
    const T *a = rows + r * row_step, *b = a + row_step, *c = b + row_step, *d = c + row_step;
    for (Index j = 0; j < features; ++j)
      out[j] += weights[r] * a[j] + weights[r + 1] * b[j] + weights[r + 2] * c[j] + weights[r + 3] * d[j];
  }
  for (; r < count; ++r)
    for (Index j = 0; j < features; ++j) out[j] += weights[r] * rows[r * row_step + j];
}

// out = factor · row, or +=.
template <class T>
void scale_row(T factor, const T* __restrict row, Index features, T* __restrict out, bool accumulate) {
  if (accumulate)
    for (Index j = 0; j < features; ++j) out[j] += factor * row[j];
  else
    for (Index j = 0; j < features; ++j) out[j] = factor * row[j];
}

// out += a · x + b · y.
template <class T>
void add_two_rows(T a, const T* __restrict x, T b, const T* __restrict y, Index features, T* __restrict out) {
  for (Index j = 0; j < features; ++j) out[j] += a * x[j] + b * y[j];
}

template <class T>
AttentionResult forward(const AttentionArguments& a, const Sizes& n) {
  const Shape scores = with_matrix(a.query.shape(), n.targets, n.sources);
  AttentionResult result{Tensor(with_matrix(a.query.shape(), n.targets, n.value_features), dtype_of<T>),
                         Tensor(scores, dtype_of<T>)};
  const Matrices<T> query(a.query), keys(a.keys), values(a.values);
  const Visible visible(a.visible, scores);
  const T scale = static_cast<T>(a.scale);
  T* weights = result.weights.write<T>();
  T* context = result.context.write<T>();
  for (Index i = 0; i < n.batch; ++i) {
    // A single query is no work for a matrix product.
    if (n.targets == 1) {
      dot_rows(n.sources, query[i], keys[i], keys.row_step(), n.features, weights);
      visible.softmax(i, 0, weights, n.sources, scale);
      sum_rows(n.sources, weights, values[i], values.row_step(), n.value_features, context, false);
    } else {
      multiply(false, true, n.targets, n.sources, n.features, query[i], query.row_step(), keys[i], keys.row_step(),
               weights, n.sources, false);
      for (Index t = 0; t < n.targets; ++t) visible.softmax(i, t, weights + t * n.sources, n.sources, scale);
      multiply(false, false, n.targets, n.value_features, n.sources, weights, n.sources, values[i], values.row_step(),
               context, n.value_features, false);
    }
    weights += n.targets * n.sources;
    context += n.targets * n.value_features;
  }
  return result;
}

// From dL/dweights to dL/dscores, in place: the derivative of softmax, w ⊙ (dw - w · dw), and of the scale.
template <class T>
void softmax_backward(const T* weights, T* d_weights, Index sources, T scale) {
  const T mean = row_dot(weights, d_weights, sources);
  for (Index s = 0; s < sources; ++s) d_weights[s] = scale * weights[s] * (d_weights[s] - mean);
}

template <class T>
void backward(const AttentionArguments& a, const Sizes& n, const Tensor& weight_rows, const Tensor& d_context_rows,
              const Tensor& d_weight_rows, const AttentionDestinations& to) {
  const Matrices<T> query(a.query), keys(a.keys), values(a.values), weights(weight_rows), d_context(d_context_rows);
  const Target<T> d_query(to.query, n.targets, n.features), d_keys(to.keys, n.sources, n.features),
      d_values(to.values, n.sources, n.value_features);
  const bool from_weights = d_weight_rows.defined();
  const Matrices<T> d_weights(from_weights ? d_weight_rows : weight_rows);
  const T scale = static_cast<T>(a.scale);
  const bool shared = d_keys.data && d_keys.data == d_values.data && d_keys.accumulate;  // the memory is both
  const Tensor scratch({n.targets, n.sources}, dtype_of<T>);
  T* d_scores = scratch.write<T>();  // dL/dweights, and then dL/dscores, of one sequence

  for (Index i = 0; i < n.batch; ++i) {
    if (n.targets == 1) {
      dot_rows(n.sources, d_context[i], values[i], values.row_step(), n.value_features, d_scores);
      if (from_weights)
        for (Index s = 0; s < n.sources; ++s) d_scores[s] += d_weights[i][s];
      softmax_backward(weights[i], d_scores, n.sources, scale);
      if (d_query.data)
        sum_rows(n.sources, d_scores, keys[i], keys.row_step(), n.features, d_query[i], d_query.accumulate);
      if (shared) {
        for (Index s = 0; s < n.sources; ++s)
          add_two_rows(d_scores[s], query[i], weights[i][s], d_context[i], n.features, d_keys[i] + s * n.features);
        continue;
      }
      if (d_keys.data)
        for (Index s = 0; s < n.sources; ++s)
          scale_row(d_scores[s], query[i], n.features, d_keys[i] + s * n.features, d_keys.accumulate);
      if (d_values.data)
        for (Index s = 0; s < n.sources; ++s)
          scale_row(weights[i][s], d_context[i], n.value_features, d_values[i] + s * n.value_features,
                    d_values.accumulate);
    } else {
      if (from_weights)
        for (Index t = 0; t < n.targets; ++t)
          std::copy_n(d_weights[i] + t * d_weights.row_step(), n.sources, d_scores + t * n.sources);
      multiply(false, true, n.targets, n.sources, n.value_features, d_context[i], d_context.row_step(), values[i],
               values.row_step(), d_scores, n.sources, from_weights);
      for (Index t = 0; t < n.targets; ++t)
        softmax_backward(weights[i] + t * weights.row_step(), d_scores + t * n.sources, n.sources, scale);
      if (d_query.data)
        multiply(false, false, n.targets, n.features, n.sources, d_scores, n.sources, keys[i], keys.row_step(),
                 d_query[i], n.features, d_query.accumulate);
      if (d_keys.data)
        multiply(true, false, n.sources, n.features, n.targets, d_scores, n.sources, query[i], query.row_step(),
                 d_keys[i], n.features, d_keys.accumulate);
      if (d_values.data)
        multiply(true, false, n.sources, n.value_features, n.targets, weights[i], weights.row_step(), d_context[i],
                 d_context.row_step(), d_values[i], n.value_features, d_values.accumulate);
    }
  }
}

template <class T>
Tensor zeros(const Shape& shape) {
  Tensor x(shape, dtype_of<T>);
  std::fill_n(x.write<T>(), x.numel(), T{0});
  return x;
}

}  // namespace

AttentionResult attention_forward(const AttentionArguments& arguments) {
  const Sizes n = check("attend", arguments);
  return dispatch_floating("attend", arguments.query.dtype(), [&]<class T>() { return forward<T>(arguments, n); });
}

void attention_backward(const AttentionArguments& arguments, const Tensor& weights, const Tensor& d_context,
                        const Tensor& d_weights, const AttentionDestinations& destinations) {
  const char* operation = "attend";
  const Sizes n = check(operation, arguments);
  const DType dtype = arguments.query.dtype();
  const Shape scores = with_matrix(arguments.query.shape(), n.targets, n.sources);
  const Shape context = with_matrix(arguments.query.shape(), n.targets, n.value_features);
  check_argument(operation, "weights", weights, scores, dtype);
  if (d_context.defined()) check_argument(operation, "the gradient of context", d_context, context, dtype);
  if (d_weights.defined()) check_argument(operation, "the gradient of weights", d_weights, scores, dtype);
  check_destination(operation, "the gradient of query", destinations.query, arguments.query.shape(), dtype);
  check_destination(operation, "the gradient of keys", destinations.keys, arguments.keys.shape(), dtype);
  check_destination(operation, "the gradient of values", destinations.values, arguments.values.shape(), dtype);
  dispatch_floating(operation, dtype, [&]<class T>() {
    backward<T>(arguments, n, weights, d_context.defined() ? d_context : zeros<T>(context), d_weights, destinations);
  });
}

}  // namespace glance
