// Changes a sequence behind one place after the other, and compares what the model gives up to there.
#include "glance/nn/check_causal.h"

#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/formatted.h"
#include "glance/tensor/random.h"
#include "glance/tensor/view.h"

namespace glance {

namespace {

// Each symbol as another one of those there are.
Tensor other_symbols(const Tensor& x) {
  const std::vector<Index> symbols = x.to_vector<Index>();
  Tensor result(x.shape(), i64);
  Index* out = result.write<Index>();
  for (const Index symbol : symbols) {
    // The next larger, or else the smallest.
    Index next = symbol, smallest = symbol;
    for (const Index other : symbols) {
      if (other > symbol && (next == symbol || other < next)) next = other;
      if (other < smallest) smallest = other;
    }
    *out++ = next != symbol ? next : smallest;
  }
  if (same(result, x)) throw Error("check_causal: all symbols are equal: give some that differ");
  return result;
}

Tensor other_values(const Tensor& x, std::uint64_t seed) {
  if (x.dtype() == i64) return other_symbols(x);
  Generator generator(seed);
  return normal(x.shape(), generator, 0, 1, x.dtype());
}

// x with what stands from place `from` to below `to` taken from `other`.
Tensor exchanged(const Tensor& x, const Tensor& other, int dim, Index from, Index to) {
  const Tensor result = copy(x);
  assign(slice(result, dim, from, to), slice(other, dim, from, to));
  return result;
}

}  // namespace

void check_causal(const std::function<Tensor(const Tensor&)>& f, const Tensor& x, const CausalOptions& options) {
  const int dim = resolve_dim("check_causal", options.dim, x.shape());
  const Index time = x.shape(dim);
  if (time < 2) throw Error(formatted("check_causal: {} has {} places: give two or more", to_string(x.shape()), time));
  const Tensor other = other_values(x, options.seed);
  const Tensor before = copy(f(x));
  if (dim >= before.rank() || before.shape(dim) != time)
    throw Error(formatted("check_causal: an output {} has not the {} places of the input {} along dimension {}",
                          to_string(before.shape()), time, to_string(x.shape()), dim));
  const auto stays = [&](Index place, Index from, Index to) {
    const Tensor now = f(exchanged(x, other, dim, from, to));
    return now.shape() == before.shape() && same(select(now, dim, place), select(before, dim, place));
  };
  if (!stays(0, 0, 0)) throw Error("check_causal: the function gives different values for the same input");
  for (Index place = 0; place + 1 < time; ++place) {
    if (stays(place, place + 1, time)) continue;
    Index later = place + 1;
    while (later + 1 < time && stays(place, later, later + 1)) ++later;
    throw Error(formatted("check_causal: place {} of the output depends on place {} of the input, which is later",
                          place, later));
  }
}

}  // namespace glance
