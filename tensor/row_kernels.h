#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstring>
#include <limits>
#include <type_traits>

#include "glance/tensor/shape.h"
#include "glance/tensor/vector_math.h"

// Sums, maxima and softmax of one contiguous row, for T float or double. They are the inside of softmax, cross-entropy,
// attention, layer norm and the reductions.
//
// A compiler may not reorder a sum of floating-point numbers, and so cannot vectorise a plain loop. Here the order is
// spelled out: element i goes to lane i mod 32 (16 for double), and the lanes are added up in a tree. So the result
// does not depend on the compiler, and is more exact than that of a plain loop.
namespace glance {

namespace detail {

// Lanes of an inner loop: two cache lines, enough to hide the latency of an addition with AVX2 and AVX-512. What is
// left over goes through half as many, through four, and then one by one.
template <class T>
inline constexpr Index row_lanes = 128 / sizeof(T);

// 16 bytes of numbers, which every compiler knows as a vector.
template <class T>
using Vector [[gnu::vector_size(16)]] = T;
template <class T>
inline constexpr Index vector_lanes = 16 / sizeof(T);

// Whether combine(into, next) takes vectors as it takes numbers.
template <class T, class Combine>
inline constexpr bool folds_vectors = false;
template <std::floating_point T, class Combine>
inline constexpr bool folds_vectors<T, Combine> = std::is_invocable_v<const Combine&, Vector<T>&, const Vector<T>&>;

// combine over `lanes` lanes of term(from) … term(to - 1); to - from is a multiple of the lanes. The lanes are folded
// in vectors of 16 bytes, which every compiler knows: as numbers they would go through memory one by one, which takes
// longer than a short row.
template <Index lanes, class T, class Term, class Combine>
[[gnu::always_inline]] inline T combine_lanes(Index from, Index to, T identity, const Term& term,
                                              const Combine& combine) {
  T lane[lanes];
  for (Index j = 0; j < lanes; ++j) lane[j] = identity;
  for (Index i = from; i < to; i += lanes) {
    for (Index j = 0; j < lanes; ++j) {
      const T next = term(i + j);
      combine(lane[j], next);
    }
  }
  Index left = lanes;
  if constexpr (folds_vectors<T, Combine>) {
    Vector<T> part[lanes / vector_lanes<T>];
    std::memcpy(part, lane, sizeof part);
    for (Index width = lanes / vector_lanes<T> / 2; width > 0; width /= 2) {
      for (Index j = 0; j < width; ++j) combine(part[j], part[j + width]);
    }
    std::memcpy(lane, part, sizeof part[0]);
    left = vector_lanes<T>;
  }
  for (Index width = left / 2; width > 0; width /= 2) {
    for (Index j = 0; j < width; ++j) combine(lane[j], lane[j + width]);
  }
  return lane[0];
}

// combine of term(from) … term(to - 1), where combine(into, next) is associative but for rounding.
template <class T, class Term, class Combine>
[[gnu::always_inline]] inline T combine_row(Index from, Index to, T identity, const Term& term,
                                            const Combine& combine) {
  constexpr Index lanes = row_lanes<T>;
  const Index wide_end = from + (to - from) / lanes * lanes;
  const Index half_end = from + (to - from) / (lanes / 2) * (lanes / 2);
  const Index end = from + (to - from) / 4 * 4;
  T result = identity;
  if (wide_end > from) result = combine_lanes<lanes>(from, wide_end, identity, term, combine);
  if (half_end > wide_end) combine(result, combine_lanes<lanes / 2>(wide_end, half_end, identity, term, combine));
  if (end > half_end) combine(result, combine_lanes<4>(half_end, end, identity, term, combine));
  for (Index i = end; i < to; ++i) combine(result, term(i));
  return result;
}

// The sum of term(0) … term(n - 1). Long rows are added up in blocks, whose sums are added in double, so that the error
// does not grow with n.
template <class T, class Term>
[[gnu::always_inline]] inline T sum_terms(Index n, const Term& term) {
  constexpr Index block = 4096;
  const auto add = [](auto& a, const auto& b) { a += b; };
  if (n <= block) return combine_row(Index{0}, n, T{0}, term, add);
  double total = 0;
  for (Index from = 0; from < n; from += block) {
    total += static_cast<double>(combine_row(from, std::min(n, from + block), T{0}, term, add));
  }
  return static_cast<T>(total);
}

// The larger of two; NaN if either is. The bits, since a branch on either condition would keep it from vectors.
inline constexpr auto keep_larger = [](auto& a, const auto& b) { a = ((b > a) | (b != b)) ? b : a; };

// What softmax takes off a row before exp: the largest element, so that exp does not overflow, or 0 where that is minus
// infinity. NaN is passed over here; exp makes it NaN again, as it does the difference of plus infinity and itself.
template <class T>
[[gnu::always_inline]] inline T softmax_center(const T* x, Index n) {
  const T max = combine_row(
      Index{0}, n, -std::numeric_limits<T>::infinity(), [x](Index i) { return x[i]; },
      [](auto& a, const auto& b) { a = b > a ? b : a; });
  return max == -std::numeric_limits<T>::infinity() ? T{0} : max;
}

// log(sum(exp(x - center))), where `center` is the largest element or 0. A sum that is nearly its largest term alone is
// taken apart, log(1 + rest), so that nothing is lost of a little rest. NaN where the center is infinite.
template <class T>
[[gnu::always_inline]] inline T centered_log_sum(const T* x, T center, Index n) {
  const T sum = sum_terms<T>(n, [x, center](Index i) { return vector_math::exp(x[i] - center); });
  if (!(sum < T{1.5})) return vector_math::log(sum);
  const T rest = sum_terms<T>(n, [x, center](Index i) {
    const T d = x[i] - center;
    return d == 0 ? T{0} : vector_math::exp(d);
  });
  return sum >= T{1} ? vector_math::log1p(rest) : vector_math::log(rest);
}

// The lanes of a row's softmax.
template <class T>
inline constexpr Index softmax_lanes = row_lanes<T> / 2;

// The softmax below of a row of n numbers, a multiple of its lanes: loops of a length that the compiler knows, and no
// remainder, which takes as long as many vectors.
template <class T>
[[gnu::always_inline]] inline void softmax_of_whole_vectors(T* out, const T* in, Index n) {
  constexpr Index lanes = softmax_lanes<T>;
  constexpr T lowest = -std::numeric_limits<T>::infinity();
  const auto larger = [](auto& a, const auto& b) { a = b > a ? b : a; };
  const T top = combine_lanes<lanes>(
      Index{0}, n, lowest, [in](Index i) { return in[i]; }, larger);
  const T center = top == lowest ? T{0} : top;
  for (Index i = 0; i < n; i += lanes)
    for (Index j = 0; j < lanes; ++j) out[i + j] = vector_math::exp(in[i + j] - center);
  const auto add = [](auto& a, const auto& b) { a += b; };
  const T sum = combine_lanes<lanes>(
      Index{0}, n, T{0}, [out](Index i) { return out[i]; }, add);
  const T scale = sum == 0 ? T{0} : T{1} / sum;
  for (Index i = 0; i < n; i += lanes)
    for (Index j = 0; j < lanes; ++j) out[i + j] = out[i + j] == 0 ? T{0} : out[i + j] * scale;
}

}  // namespace detail

// The sum of x[0] … x[n - 1]; 0 for n = 0.
template <class T>
[[gnu::always_inline]] inline T row_sum(const T* x, Index n) {
  return detail::sum_terms<T>(n, [x](Index i) { return x[i]; });
}

// The sum of x[i] y[i].
template <class T>
[[gnu::always_inline]] inline T row_dot(const T* x, const T* y, Index n) {
  return detail::sum_terms<T>(n, [x, y](Index i) { return x[i] * y[i]; });
}

// The sum of (x[i] - center)^2.
template <class T>
[[gnu::always_inline]] inline T row_squared_deviation(const T* x, T center, Index n) {
  return detail::sum_terms<T>(n, [x, center](Index i) { return (x[i] - center) * (x[i] - center); });
}

// The largest element: NaN if any is, minus infinity for n = 0.
template <class T>
[[gnu::always_inline]] inline T row_max(const T* x, Index n) {
  return detail::combine_row(
      Index{0}, n, -std::numeric_limits<T>::infinity(), [x](Index i) { return x[i]; }, detail::keep_larger);
}

// log(sum(exp(x))), without overflow; minus infinity for n = 0.
template <class T>
[[gnu::always_inline]] inline T row_log_sum_exp(const T* x, Index n) {
  const T max = detail::softmax_center(x, n);
  const T center = std::isfinite(max) ? max : T{0};
  return center + detail::centered_log_sum(x, center, n);
}

// out = exp(in) / sum(exp(in)). `out` may be `in`. As in PyTorch, NaN where the whole row is minus infinity, or any of
// it plus infinity.
template <class T>
[[gnu::always_inline]] inline void row_softmax(T* out, const T* in, Index n) {
  const T center = detail::softmax_center(in, n);
  for (Index i = 0; i < n; ++i) out[i] = vector_math::exp(in[i] - center);
  const T scale = T{1} / row_sum(out, n);
  for (Index i = 0; i < n; ++i) out[i] *= scale;
}

// Softmax over the elements whose `visible` is true (all of them where it is null); the others count for nothing,
// whatever they hold, and get 0. All zeros where nothing is visible, or all that is visible is minus infinity.
template <class T>
[[gnu::always_inline]] inline void row_softmax(T* out, const T* in, const bool* visible, Index n) {
  if (visible) {
    // As bytes: gcc 12 does not vectorise a choice by a bool.
    const auto* seen = reinterpret_cast<const unsigned char*>(visible);
    for (Index i = 0; i < n; ++i) {
      const T score = in[i];
      out[i] = seen[i] != 0 ? score : -std::numeric_limits<T>::infinity();
    }
    in = out;
  }
  if (n % detail::softmax_lanes<T> == 0) return detail::softmax_of_whole_vectors(out, in, n);
  const T center = detail::softmax_center(in, n);
  for (Index i = 0; i < n; ++i) out[i] = vector_math::exp(in[i] - center);
  const T sum = row_sum(out, n);
  const T scale = sum == 0 ? T{0} : T{1} / sum;
  // What is hidden stays 0 where the scale is NaN.
  for (Index i = 0; i < n; ++i) out[i] = out[i] == 0 ? T{0} : out[i] * scale;
}

// From dL/dw to dL/ds, in place, for weights w that are the softmax of scale · s: scale · w (dw - Σ w dw). A weight of
// 0 has derivative 0, and its dw counts for nothing, whatever it holds.
template <class T>
[[gnu::always_inline]] inline void row_softmax_backward(const T* weights, T* d, Index n, T scale = 1) {
  for (Index i = 0; i < n; ++i) d[i] = weights[i] == 0 ? T{0} : d[i];
  const T mean = row_dot(weights, d, n);
  for (Index i = 0; i < n; ++i) d[i] = scale * (weights[i] * (d[i] - mean));
}

}  // namespace glance
