// Attention forward and backward, a block of targets at a time. The blocks' rows are in attention_rows.h.
#include "glance/tensor/kernels/attention.h"

#include <algorithm>
#include <numeric>

#include "glance/tensor/check.h"
#include "glance/tensor/error.h"
#include "glance/tensor/formatted.h"
#include "glance/tensor/kernels/attention_inputs.h"

namespace glance {

namespace {

using namespace attention_rows;

[[noreturn]] void throw_misfit(const char* operation, const char* name, const Shape& shape, const char* other_name,
                               const Shape& other, const char* wanted) {
  throw Error(formatted("{}: {} {} and {} {}: wanted {}", operation, name, to_string(shape), other_name,
                        to_string(other), wanted));
}

void check_mask(const char* operation, const char* name, const Tensor& mask, const Shape& scores, DType dtype) {
  if (!mask.given()) return;
  if (!broadcasts_to(mask.shape(), scores))
    throw_misfit(operation, name, mask.shape(), "scores", scores, "what broadcasts to [..., targets, sources]");
  check_argument(operation, name, mask, mask.shape(), dtype);
}

Sizes check(const char* operation, const AttentionArguments& a) {
  const auto is_matrix = [](const Tensor& x) { return x.given() && x.rank() >= 2; };
  if (!is_matrix(a.query)) check_rank(operation, "query", a.query, 2, "[..., targets, features]");
  if (!is_matrix(a.keys)) check_rank(operation, "keys", a.keys, 2, "[..., sources, features]");
  if (!is_matrix(a.values)) check_rank(operation, "values", a.values, 2, "[..., sources, value features]");
  const DType dtype = a.query.dtype();
  if (!is_floating(dtype)) throw_not_floating(operation, dtype);

  const Shape& query = a.query.shape();
  const int rank = query.rank();
  const Sizes n{Shape(std::span(query.begin(), static_cast<std::size_t>(rank - 2))), query[rank - 2],
                a.keys.shape()[a.keys.rank() - 2], query[rank - 1], a.values.shape().back()};
  const Shape keys = n.with_matrix(n.sources, n.features);
  const Shape values = n.with_matrix(n.sources, n.value_features);
  if (a.keys.shape() != keys)
    throw_misfit(operation, "query", query, "keys", a.keys.shape(),
                 "[..., targets, features] and [..., sources, features]");
  if (a.values.shape() != values)
    throw_misfit(operation, "keys", keys, "values", a.values.shape(),
                 "[..., sources, features] and [..., sources, value features]");
  check_argument(operation, "keys", a.keys, keys, dtype);
  check_argument(operation, "values", a.values, values, dtype);
  const Shape scores = n.with_matrix(n.targets, n.sources);
  check_mask(operation, "visible", a.visible, scores, boolean);
  check_mask(operation, "bias", a.bias, scores, dtype);
  return n;
}

// A new tensor whose dimensions but the last have the order in memory that those of `x` have, so that heads that were
// taken apart by a permutation are put together by its inverse without a copy.
Tensor laid_out_like(const Tensor& x, const Shape& shape) {
  std::array<int, max_rank> order;
  std::iota(order.begin(), order.end(), 0);
  const auto stride = [&x](int d) { return x.strides()[static_cast<std::size_t>(d)]; };
  std::stable_sort(order.begin(), order.begin() + x.rank() - 1, [&](int a, int b) { return stride(a) > stride(b); });
  Shape memory;
  for (int i = 0; i < x.rank(); ++i) memory.push_back(shape[order[static_cast<std::size_t>(i)]]);
  const Strides dense = dense_strides(memory);
  Strides strides{};
  for (std::size_t i = 0; i < static_cast<std::size_t>(x.rank()); ++i)
    strides[static_cast<std::size_t>(order[i])] = dense[i];
  if (is_dense(shape, strides)) return Tensor(shape, x.dtype());
  return Tensor(Tensor(memory, x.dtype()), shape, strides, 0);
}

template <class T>
AttentionResult forward(const AttentionArguments& a, const Sizes& n) {
  const Inputs<T> in(a, n);
  AttentionResult result{laid_out_like(a.query, n.with_matrix(n.targets, n.value_features)),
                         Tensor(n.with_matrix(n.targets, n.sources), dtype_of<T>)};
  T* const contexts = result.context.write<T>();
  const Index context_step =
      std::max<Index>(1, result.context.strides()[static_cast<std::size_t>(result.context.rank() - 2)]);
  T* weights_from = result.weights.write<T>();
  in.for_each_place(std::array<Strides, 1>{result.context.strides()}, [&](const Place<T>& at, const Index* offsets) {
    const Rows<T> weights{weights_from, n.sources}, context{contexts + *offsets, context_step};
    for (Index from = 0; from < n.targets; from += in.block()) {
      const Index count = std::min(in.block(), n.targets - from), end = in.end(at, from + count - 1);
      dot_products<T>(count, end, n.features, at.query.from(from), at.keys, weights.from(from));
      for (Index t = from; t < from + count; ++t) in.softmax(at, t, weights[t]);
      weighted_sums<T>(count, end, n.value_features, weights.from(from), at.values, context.from(from), false,
                       at.masked);
    }
    weights_from += n.targets * n.sources;
  });
  return result;
}

// A gradient's place: a matrix of contiguous rows for each place of the leading dimensions.
template <class T>
class Gradient {
 public:
  Gradient(const Destination& to, Index rows, Index columns)
      : accumulate(to.accumulate),
        data(to.wanted() ? to.tensor.write<T>() : nullptr),
        rows_(rows),
        columns_(columns),
        step_(data && rows > 1 ? to.tensor.strides()[static_cast<std::size_t>(to.tensor.rank() - 2)]
                               : std::max<Index>(1, columns)),
        strides_(data ? to.tensor.strides() : Strides{}) {}

  const bool accumulate;
  T* const data;  // null where it is not wanted

  const Strides& strides() const { return strides_; }
  Rows<T> at(Index offset) const { return {data + offset, step_}; }
  // Makes zeros of the rows from `row` on, unless they are added to.
  void clear(Index offset, Index row) const {
    if (!data || accumulate) return;
    for (; row < rows_; ++row) std::fill_n(at(offset)[row], columns_, T{0});
  }

 private:
  Index rows_, columns_, step_;
  Strides strides_;
};

// Error unless the destination has this shape, and contiguous rows no closer than they are long.
void check_rows(const char* operation, const char* what, const Destination& to, const Shape& shape, DType dtype) {
  if (!to.wanted()) return;
  check_argument(operation, what, to.tensor, shape, dtype);
  const auto last = static_cast<std::size_t>(shape.rank() - 1);
  const Strides& strides = to.tensor.strides();
  const bool contiguous_rows =
      (shape.back() <= 1 || strides[last] == 1) && (shape[shape.rank() - 2] <= 1 || strides[last - 1] >= shape.back());
  if (to.tensor.numel() > 0 && !contiguous_rows)
    throw Error(formatted("{}: the destination of {} has rows that are not contiguous", operation, what));
}

template <class T>
class Backward {
 public:
  Backward(const AttentionArguments& a, const Sizes& n, const Tensor& weights, const Tensor& d_context,
           const Tensor& d_weights, const AttentionDestinations& to)
      : n_(n),
        in_(a, n),
        weights_(weights),
        d_context_(d_context),
        d_weights_(d_weights.defined() ? d_weights : weights),
        from_weights_(d_weights.defined()),
        d_query_(to.query, n.targets, n.features),
        d_keys_(to.keys, n.sources, n.features),
        d_values_(to.values, n.sources, n.value_features),
        scratch_({in_.block(), n.sources}, dtype_of<T>),
        d_scores_{scratch_.write<T>(), n.sources} {
    if (!to.bias.wanted()) return;
    d_bias_ = to.bias.tensor.write<T>();
    if (!to.bias.accumulate) std::fill_n(d_bias_, to.bias.tensor.numel(), T{0});
    bias_strides_ = broadcast_strides(a.bias.shape(), dense_strides(a.bias.shape()), weights.shape());
  }

  void run() {
    in_.for_each_place(std::array{weights_.strides(), d_context_.strides(), d_weights_.strides(), bias_strides_,
                                  d_query_.strides(), d_keys_.strides(), d_values_.strides()},
                       [this](const Place<T>& at, const Index* offsets) { place(at, offsets); });
  }

 private:
  // A few targets, what of their place they see, and where their gradients come from.
  struct Block {
    Index from, count, end;
    Rows<const T> weights, d_context, d_weights;
    T* d_bias;
    Rows<T> d_query, d_keys, d_values;
    bool add_query, add_sources;  // to what other blocks have put there
  };

  // The last targets see most, and so come first: their block writes over what is there, as far as it reaches, and the
  // others add to the gradients of keys and values.
  void place(const Place<T>& at, const Index* offsets) {
    const Index size = std::max<Index>(1, in_.block()), last = n_.targets > 0 ? (n_.targets - 1) / size * size : -1;
    const Index reached = n_.targets > 0 ? in_.end(at, n_.targets - 1) : 0;
    // A buffer that takes several gradients is added to before all blocks have put that of their queries there.
    const bool shared = d_query_.data == d_keys_.data || d_query_.data == d_values_.data;
    if (shared) d_query_.clear(offsets[4], 0);
    d_keys_.clear(offsets[5], reached);
    d_values_.clear(offsets[6], reached);
    for (Index from = last; from >= 0; from -= size) {
      const Index count = std::min(size, n_.targets - from);
      const Block block{from,
                        count,
                        in_.end(at, from + count - 1),
                        weights_.at(offsets[0]).from(from),
                        d_context_.at(offsets[1]).from(from),
                        d_weights_.at(offsets[2]).from(from),
                        d_bias_ ? d_bias_ + offsets[3] : nullptr,
                        d_query_.at(offsets[4]).from(from),
                        d_keys_.at(offsets[5]),
                        d_values_.at(offsets[6]),
                        shared,
                        from != last};
      find_d_scores(at, block);
      spread_d_scores(at, block);
    }
  }

  // d_scores_ = dL/d(query · keys) of the block.
  void find_d_scores(const Place<T>& at, const Block& block) {
    dot_products<T>(block.count, block.end, n_.value_features, block.d_context, at.values, d_scores_);
    for (Index t = 0; t < block.count; ++t) {
      T* row = d_scores_[t];
      const Index end = in_.end(at, block.from + t);
      if (from_weights_)
        for (Index s = 0; s < end; ++s) row[s] += block.d_weights[t][s];
      // Further on weights are 0, and so is the derivative.
      const Index whole = std::min(block.end, in_.whole_vectors(end));
      row_softmax_backward(block.weights[t], row, whole, block.d_bias ? T{1} : in_.scale());
      std::fill(row + whole, row + block.end, T{0});
      if (!block.d_bias) continue;
      add_to_bias(block, t, end);
      for (Index s = 0; s < whole; ++s) row[s] *= in_.scale();
    }
  }

  void add_to_bias(const Block& block, Index t, Index end) {
    const auto matrix = static_cast<std::size_t>(n_.leading.rank());
    T* to = block.d_bias + (block.from + t) * bias_strides_[matrix];
    for (Index s = 0; s < end; ++s) to[s * bias_strides_[matrix + 1]] += d_scores_[t][s];
  }

  void spread_d_scores(const Place<T>& at, const Block& block) {
    const Rows<const T> query = at.query.from(block.from), d_scores = d_scores_;
    if (d_query_.data)
      weighted_sums<T>(block.count, block.end, n_.features, d_scores, at.keys, block.d_query,
                       d_query_.accumulate || block.add_query, at.masked);
    // Where keys are the values, one pass over their gradient adds both.
    if (block.count == 1 && d_keys_.data && d_keys_.data == d_values_.data && d_keys_.accumulate) {
      for (Index s = 0; s < block.end; ++s)
        add_two_rows(d_scores[0][s], query[0], block.weights[0][s], block.d_context[0], n_.features, block.d_keys[s]);
      return;
    }
    if (d_keys_.data)
      transposed_weighted_sums<T>(block.count, block.end, n_.features, d_scores, query, block.d_keys,
                                  d_keys_.accumulate || block.add_sources, at.masked);
    if (d_values_.data)
      transposed_weighted_sums<T>(block.count, block.end, n_.value_features, block.weights, block.d_context,
                                  block.d_values, d_values_.accumulate || block.add_sources, at.masked);
  }

  const Sizes& n_;
  Inputs<T> in_;
  Matrices<T> weights_, d_context_, d_weights_;
  bool from_weights_;
  Gradient<T> d_query_, d_keys_, d_values_;
  Tensor scratch_;
  Rows<T> d_scores_;
  T* d_bias_ = nullptr;
  Strides bias_strides_{};
};

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
  const Shape scores = n.with_matrix(n.targets, n.sources);
  const Shape context = n.with_matrix(n.targets, n.value_features);
  check_argument(operation, "weights", weights, scores, dtype);
  if (d_context.defined()) check_argument(operation, "the gradient of context", d_context, context, dtype);
  if (d_weights.defined()) check_argument(operation, "the gradient of weights", d_weights, scores, dtype);
  check_rows(operation, "the gradient of query", destinations.query, arguments.query.shape(), dtype);
  check_rows(operation, "the gradient of keys", destinations.keys, arguments.keys.shape(), dtype);
  check_rows(operation, "the gradient of values", destinations.values, arguments.values.shape(), dtype);
  if (destinations.bias.wanted())
    check_destination(operation, "the gradient of bias", destinations.bias, arguments.bias.shape(), dtype);
  dispatch_floating(operation, dtype, [&]<class T>() {
    Backward<T>(arguments, n, weights, d_context.defined() ? d_context : zeros<T>(context), d_weights, destinations)
        .run();
  });
}

}  // namespace glance
