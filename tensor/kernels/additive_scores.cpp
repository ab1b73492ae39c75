// Additive scores and their gradients, a pair of rows at a time, without a tensor of every query beside every key.
#include "glance/tensor/kernels/additive_scores.h"

#include <algorithm>
#include <vector>

#include "glance/tensor/check.h"
#include "glance/tensor/error.h"
#include "glance/tensor/formatted.h"
#include "glance/tensor/kernels/attention_inputs.h"

namespace glance {

namespace {

using namespace attention_rows;

Sizes check(const char* operation, const Tensor& query, const Tensor& keys, const Tensor& v) {
  if (!query.given() || query.rank() < 2) check_rank(operation, "query", query, 2, "[..., targets, features]");
  if (!keys.given() || keys.rank() < 2) check_rank(operation, "keys", keys, 2, "[..., sources, features]");
  const DType dtype = query.dtype();
  if (!is_floating(dtype)) throw_not_floating(operation, dtype);
  const Shape& shape = query.shape();
  const int rank = shape.rank();
  const Sizes n{Shape(std::span(shape.begin(), static_cast<std::size_t>(rank - 2))), shape[rank - 2],
                keys.shape()[keys.rank() - 2], shape[rank - 1], 0};
  if (keys.shape() != n.with_matrix(n.sources, n.features))
    throw Error(formatted("{}: query {} and keys {}: wanted [..., targets, features] and [..., sources, features]",
                          operation, to_string(shape), to_string(keys.shape())));
  check_argument(operation, "keys", keys, keys.shape(), dtype);
  check_argument(operation, "v", v, {n.features}, dtype);
  return n;
}

// The gradient d of one score, carried back: h = tanh(q + k),  dv = d h,  dq = dk = d v (1 - h²).
template <class T>
void add_gradients(T d, const T* __restrict q, const T* __restrict k, const T* __restrict v, Index features,
                   T* __restrict dq, T* __restrict dk, T* __restrict dv) {
  for (Index j = 0; j < features; ++j) {
    const T h = vector_math::tanh(q[j] + k[j]);
    const T slope = d * v[j] * (1 - h * h);
    dq[j] += slope;
    dk[j] += slope;
    dv[j] += d * h;
  }
}

// Calls f(query, keys) for each place of the leading dimensions, in row-major order.
template <class T, class F>
void for_each_place(const Sizes& n, const Matrices<T>& query, const Matrices<T>& keys, F&& f) {
  const Walk<2> walk(n.leading, {query.strides(), keys.strides()});
  walk.for_each_row([&](const auto& offsets) {
    for (Index i = 0; i < walk.row_length(); ++i)
      f(query.at(offsets[0] + i * walk.row_steps()[0]), keys.at(offsets[1] + i * walk.row_steps()[1]));
  });
}

// Where one of the gradients is added up: its destination, made zero first unless it accumulates.
template <class T>
T* begin(const Destination& to) {
  if (!to.wanted()) return nullptr;
  T* data = to.tensor.write<T>();
  if (!to.accumulate) std::fill_n(data, to.tensor.numel(), T{0});
  return data;
}

template <class T>
void backward(const Sizes& n, const Tensor& query_matrices, const Tensor& key_matrices, const T* v, const T* d_scores,
              T* d_query, T* d_keys, T* d_v) {
  const Matrices<T> queries(query_matrices), all_keys(key_matrices);
  // Sums of a pair of rows, whose gradients may share a buffer; what nobody wants is added up and forgotten.
  std::vector<T> query_sum(static_cast<std::size_t>(n.features)), v_sum(query_sum.size()), forgotten(query_sum.size());
  for_each_place(n, queries, all_keys, [&](Rows<const T> query, Rows<const T> keys) {
    for (Index t = 0; t < n.targets; ++t, d_scores += n.sources) {
      std::fill(query_sum.begin(), query_sum.end(), T{0});
      for (Index s = 0; s < n.sources; ++s)
        if (d_scores[s] != 0)
          add_gradients(d_scores[s], query[t], keys[s], v, n.features, query_sum.data(),
                        d_keys ? d_keys + s * n.features : forgotten.data(), v_sum.data());
      if (d_query) {
        for (Index j = 0; j < n.features; ++j) d_query[j] += query_sum[static_cast<std::size_t>(j)];
        d_query += n.features;
      }
    }
    if (d_keys) d_keys += n.sources * n.features;
  });
  for (Index j = 0; d_v && j < n.features; ++j) d_v[j] += v_sum[static_cast<std::size_t>(j)];
}

}  // namespace

Tensor additive_scores_forward(const Tensor& query, const Tensor& keys, const Tensor& v) {
  const char* operation = "additive_scores";
  const Sizes n = check(operation, query, keys, v);
  const Tensor result(n.with_matrix(n.targets, n.sources), query.dtype());
  const Tensor factors = contiguous(v);
  dispatch_floating(operation, query.dtype(), [&]<class T>() {
    T* score = result.write<T>();
    const T* factor = factors.read<T>();
    for_each_place(n, Matrices<T>(query), Matrices<T>(keys), [&](Rows<const T> queries, Rows<const T> rows) {
      for (Index t = 0; t < n.targets; ++t)
        for (Index s = 0; s < n.sources; ++s) {
          const T *q = queries[t], *k = rows[s];
          *score++ =
              detail::sum_terms<T>(n.features, [=](Index j) { return factor[j] * vector_math::tanh(q[j] + k[j]); });
        }
    });
  });
  return result;
}

void additive_scores_backward(const Tensor& query, const Tensor& keys, const Tensor& v, const Tensor& d_scores,
                              const Destination& to_query, const Destination& to_keys, const Destination& to_v) {
  const char* operation = "additive_scores";
  const Sizes n = check(operation, query, keys, v);
  check_argument(operation, "the gradient of scores", d_scores, n.with_matrix(n.targets, n.sources), query.dtype());
  check_destination(operation, "the gradient of query", to_query, query.shape(), query.dtype());
  check_destination(operation, "the gradient of keys", to_keys, keys.shape(), query.dtype());
  check_destination(operation, "the gradient of v", to_v, v.shape(), query.dtype());
  const Tensor factors = contiguous(v), dense = contiguous(d_scores);
  dispatch_floating(operation, query.dtype(), [&]<class T>() {
    T* d_query = begin<T>(to_query);
    T* d_keys = begin<T>(to_keys);
    T* d_v = begin<T>(to_v);
    backward<T>(n, query, keys, factors.read<T>(), dense.read<T>(), d_query, d_keys, d_v);
  });
}

}  // namespace glance
