// What both BLAS have in common: the counts of the work, and which products are too small for them.
#include "glance/tensor/blas.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <mutex>
#include <type_traits>

#include "glance/tensor/error.h"
#include "glance/tensor/formatted.h"
#include "glance/tensor/small_product.h"

namespace glance {

namespace {

// What a thread needs to multiply: a BLAS that is ready for it, and a count of the work. Only its own thread writes the
// counts, so counting costs no locked instruction.
class Worker {
 public:
  Worker() {
    const std::scoped_lock lock(mutex_);
    detail::blas_prepare(threads_ + 1);
    ++threads_;
    next_ = first_;
    first_ = this;
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker() {
    const std::scoped_lock lock(mutex_);
    add_to(finished_);
    --threads_;
    Worker** link = &first_;
    while (*link != this) link = &(*link)->next_;
    *link = next_;
  }

  static Worker& mine() {
    thread_local Worker worker;
    return worker;
  }

  void count(Index flops) {
    calls_.store(calls_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    flops_.store(flops_.load(std::memory_order_relaxed) + flops, std::memory_order_relaxed);
  }

  static MatmulStatistics sum() {
    const std::scoped_lock lock(mutex_);
    MatmulStatistics result = finished_;
    for (const Worker* w = first_; w; w = w->next_) w->add_to(result);
    return result;
  }

 private:
  void add_to(MatmulStatistics& to) const {
    to.calls += calls_.load(std::memory_order_relaxed);
    to.flops += flops_.load(std::memory_order_relaxed);
  }

  static inline std::mutex mutex_;           // guards the list and what follows
  static inline Worker* first_ = nullptr;    // of the list of all threads that have multiplied
  static inline int threads_ = 0;            // in the list
  static inline MatmulStatistics finished_;  // the work of threads that are gone

  std::atomic<Index> calls_{0};
  std::atomic<Index> flops_{0};
  Worker* next_ = nullptr;
};

[[noreturn]] void throw_too_large(Index m, Index n, Index k, Index lda, Index ldb, Index ldc) {
  throw Error(formatted("matmul: [{}, {}] x [{}, {}] with rows {}, {} and {} apart: no extent may be beyond {}", m, k,
                        k, n, lda, ldb, ldc, std::numeric_limits<int>::max()));
}

}  // namespace

template <class T>
void gemm(bool transpose_a, bool transpose_b, Index m, Index n, Index k, const T* a, Index lda, const T* b, Index ldb,
          T* c, Index ldc, bool accumulate) {
  if (m == 0 || n == 0) return;
  if (k == 0) {
    if (!accumulate)
      for (Index i = 0; i < m; ++i) std::fill_n(c + i * ldc, n, T(0));
    return;
  }
  if (std::max({m, n, k, lda, ldb, ldc}) > std::numeric_limits<int>::max()) throw_too_large(m, n, k, lda, ldb, ldc);
  Worker::mine().count(2 * m * n * k);
  if constexpr (std::is_same_v<T, float>)
    if (!transpose_a && detail::small_product_pays(transpose_b, m, n, k))
      return detail::small_product(transpose_b, m, n, k, a, lda, b, ldb, c, ldc, accumulate);
  detail::blas_gemm(transpose_a, transpose_b, m, n, k, a, lda, b, ldb, c, ldc, accumulate);
}

template void gemm(bool, bool, Index, Index, Index, const float*, Index, const float*, Index, float*, Index, bool);
template void gemm(bool, bool, Index, Index, Index, const double*, Index, const double*, Index, double*, Index, bool);

MatmulStatistics matmul_statistics() { return Worker::sum(); }

}  // namespace glance
