#pragma once

#include "glance/tensor/kernels/destination.h"
#include "glance/tensor/tensor.h"

// Dot-product attention (Luong, Pham & Manning 2015; with a scale, Vaswani et al. 2017):
//
//   scores  = scale · query keysᵀ + bias
//   weights = softmax of the scores over the sources that are visible
//   context = weights values
//
// Nothing is copied whose rows are contiguous: a permuted view makes heads, and masks repeat over them in place. What
// is hidden takes no part, whatever it holds: where a weight is 0 because a mask hides, NaN and infinity in a key, a
// value or a query reach neither the context nor a gradient.
namespace glance {

// The arguments of attention; all but `visible` of one floating dtype.
struct AttentionArguments {
  Tensor query;   // [..., targets, features]
  Tensor keys;    // [..., sources, features]
  Tensor values;  // [..., sources, value features]; may be the keys themselves
  Tensor
      visible{};  // bool, broadcast to [..., targets, sources]: true where a source may be seen; undefined: everywhere
  Tensor bias{};  // broadcast to [..., targets, sources]: added to the scores, minus infinity hides; undefined: zeros
  double scale = 1;
  bool causal = false;  // target t sees source s only where s <= t + sources - targets
};

// The result of attention: the averaged values, and the weights they were averaged by.
struct AttentionResult {
  Tensor context;  // [..., targets, value features], its dimensions in the order in memory that the query's have
  Tensor weights;  // [..., targets, sources]; all zero (and so the context) for a target that sees nothing
};

// The leading dimensions are the same for query, keys and values. Error when shapes or dtypes do not fit.
AttentionResult attention_forward(const AttentionArguments& arguments);

// Where the gradients go, each of the shape of its argument. Those of query, keys and values may be views whose rows
// are contiguous, such as parts of one gradient.
struct AttentionDestinations {
  Destination query{};
  Destination keys{};
  Destination values{};
  Destination bias{};
};

// Puts dL/d of query, keys, values and bias where they are wanted, in this order: one buffer may serve several of them
// when the later ones accumulate. `weights` is the forward pass's; either gradient may be undefined: zeros. Error when
// shapes or dtypes do not fit.
void attention_backward(const AttentionArguments& arguments, const Tensor& weights, const Tensor& d_context,
                        const Tensor& d_weights, const AttentionDestinations& destinations);

}  // namespace glance
