// Matrix products by OpenBLAS.
//
// It is loaded at the first product, not linked, because what it must be told can be told only before it is loaded, by
// its environment: to start no threads, which glance never uses (each would take 128 MB of address space, and end the
// program where the system gives no threads); and which kernels to use on a processor that it does not know.
#include <cblas.h>
#include <dlfcn.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "glance/tensor/blas.h"
#include "glance/tensor/error.h"
#include "glance/tensor/formatted.h"
#include "glance/tensor/openblas_kernels.h"
#include "glance/tensor/processor.h"

namespace glance {

namespace {

// A variable of the environment that has another value until the end of the scope.
class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    ::setenv(name, value, 1);
  }
  ~Environment() {
    if (before_)
      ::setenv(name_, before_->c_str(), 1);
    else
      ::unsetenv(name_);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
  std::optional<std::string> before_;
};

// The functions of OpenBLAS, once it is loaded. It stays so until the program ends.
struct OpenBlas {
  decltype(&cblas_sgemm) sgemm;
  decltype(&cblas_dgemm) dgemm;
  decltype(&cblas_sgemv) sgemv;
  decltype(&cblas_dgemv) dgemv;
  decltype(&openblas_set_num_threads) set_num_threads;
  decltype(&openblas_get_parallel) get_parallel;
  decltype(&openblas_get_config) get_config;
  decltype(&openblas_get_corename) get_corename;
  // Inner functions, declared in no header: null where they are hidden.
  void* (*memory_alloc)(int);
  void (*memory_free)(void*);
  std::string note;  // of BlasKernels
};

// The file that CMake found, or, where only the library's users are at home, the one of that name.
void* open_library(int mode) {
  for (const char* name : {GLANCE_OPENBLAS, "libopenblas.so.0"})
    if (void* library = ::dlopen(name, mode | RTLD_LAZY | RTLD_LOCAL)) return library;
  return nullptr;
}

// Each thread that multiplies has a buffer from OpenBLAS, of this size. Refused the memory for one, OpenBLAS asks again
// for ever.
constexpr std::size_t buffer_bytes = std::size_t{128} << 20;
// What the library itself takes, 36 MB, and what it links, 10.
constexpr std::size_t library_bytes = std::size_t{48} << 20;

bool can_map(std::size_t bytes) {
  void* place = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED) return false;
  ::munmap(place, bytes);
  return true;
}

void require_address_space(std::size_t bytes, int threads) {
  if (!can_map(bytes))
    throw Error(
        formatted("OpenBLAS needs 128 MB of address space per thread that multiplies, and the system refuses "
                  "it to thread {}: raise the limit (ulimit -v), or use fewer threads",
                  threads));
}

// Whether the system may refuse address space.
bool address_space_is_limited() {
  rlimit limit{};
  for (const auto resource : {RLIMIT_AS, RLIMIT_DATA})
    if (::getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) return true;
  int policy = 0;
  if (std::FILE* file = std::fopen("/proc/sys/vm/overcommit_memory", "r")) {
    if (std::fscanf(file, "%d", &policy) != 1) policy = 0;
    std::fclose(file);
  }
  return policy == 2;
}

void* open_or_throw() {
  // From 0.3.29 on, or before, it takes the first buffer when it is loaded.
  if (address_space_is_limited()) require_address_space(buffer_bytes + library_bytes, 1);
  void* library = open_library(0);
  if (library) return library;
  const std::string reason = ::dlerror();
  const bool is_there = reason.find("cannot open") == std::string::npos;
  throw Error(formatted(
      "OpenBLAS, which multiplies matrices, cannot be loaded: {} ({})", reason,
      is_there ? "a limit on memory may be too low: raise it (ulimit -v)" : "on Debian: apt install libopenblas0"));
}

template <class Function>
void find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
}

OpenBlas functions_of(void* library) {
  OpenBlas blas{};
  find(library, "cblas_sgemm", blas.sgemm);
  find(library, "cblas_dgemm", blas.dgemm);
  find(library, "cblas_sgemv", blas.sgemv);
  find(library, "cblas_dgemv", blas.dgemv);
  find(library, "openblas_set_num_threads", blas.set_num_threads);
  find(library, "openblas_get_parallel", blas.get_parallel);
  find(library, "openblas_get_config", blas.get_config);
  find(library, "openblas_get_corename", blas.get_corename);
  find(library, "blas_memory_alloc", blas.memory_alloc);
  find(library, "blas_memory_free", blas.memory_free);
  if (!blas.sgemm || !blas.dgemm || !blas.sgemv || !blas.dgemv || !blas.set_num_threads || !blas.get_parallel ||
      !blas.get_config || !blas.get_corename)
    throw Error("OpenBLAS, which multiplies matrices, lacks functions that glance needs: install another version");
  return blas;
}

std::string corename(void* library) { return functions_of(library).get_corename(); }

// Loads the library with the best kernels that it has for this processor. Those that it chose are asked first: where
// they are right nothing is changed.
void* open_with_best_kernels() {
  void* library = open_or_throw();
  for (const std::string_view better : detail::better_kernels(corename(library), detail::processor_instructions())) {
    ::dlclose(library);
    const Environment kernels("OPENBLAS_CORETYPE", std::string(better).c_str());
    library = open_or_throw();
    if (detail::better_kernels(corename(library), detail::processor_instructions()).empty()) return library;
  }
  return library;
}

OpenBlas load() {
  const bool chosen = std::getenv("OPENBLAS_CORETYPE") != nullptr;  // by a person, who is never overruled
  void* others = open_library(RTLD_NOLOAD);  // there because another part of the program uses it: left as it is
  const Environment threads("OPENBLAS_NUM_THREADS", "1");
  void* library = others ? others : chosen ? open_or_throw() : open_with_best_kernels();
  OpenBlas blas = functions_of(library);
  blas.set_num_threads(1);
  const auto better = detail::better_kernels(blas.get_corename(), detail::processor_instructions());
  if (!chosen && !better.empty())
    blas.note = formatted("OpenBLAS uses its {} kernels, and this processor has better ones: {}", blas.get_corename(),
                          others ? formatted("set the environment variable OPENBLAS_CORETYPE={}", better.front())
                                 : "a newer OpenBLAS may know it");
  return blas;
}

const OpenBlas& openblas() {
  static const OpenBlas blas = load();
  return blas;
}

// Makes OpenBLAS take a buffer per thread now, one after another. It keeps them, so no product needs a new one. A
// thread that multiplies meanwhile may need one in place of each that is held here: there is room for as many.
void take_buffers(const OpenBlas& blas, std::size_t threads) {
  static std::vector<void*> known;
  std::vector<void*> held;
  const auto give_back = [&] {
    for (void* buffer : held) blas.memory_free(buffer);
  };
  try {
    while (known.size() < threads) {
      require_address_space((held.size() + 1) * buffer_bytes, static_cast<int>(threads));
      held.push_back(blas.memory_alloc(0));
      if (std::find(known.begin(), known.end(), held.back()) == known.end()) known.push_back(held.back());
    }
  } catch (...) {
    give_back();
    throw;
  }
  give_back();
}

}  // namespace

void detail::blas_prepare(int threads) {
  const bool limited = address_space_is_limited();
  require_address_space(buffer_bytes + (threads == 1 ? library_bytes : 0), threads);
  const OpenBlas& blas = openblas();
  constexpr int openmp = 2;
  if (blas.get_parallel() == openmp) blas.set_num_threads(1);  // which has a number per thread
  if (limited && blas.memory_alloc && blas.memory_free) take_buffers(blas, static_cast<std::size_t>(threads));
}

template <class T>
void detail::blas_gemm(bool transpose_a, bool transpose_b, Index m, Index n, Index k, const T* a, Index lda, const T* b,
                       Index ldb, T* c, Index ldc, bool accumulate) {
  const OpenBlas& blas = openblas();
  const auto sgemm = [&] {
    if constexpr (std::is_same_v<T, float>)
      return blas.sgemm;
    else
      return blas.dgemm;
  };
  const auto sgemv = [&] {
    if constexpr (std::is_same_v<T, float>)
      return blas.sgemv;
    else
      return blas.dgemv;
  };
  const auto op = [](bool transpose) { return transpose ? CblasTrans : CblasNoTrans; };
  const int rows = static_cast<int>(m), columns = static_cast<int>(n), inner = static_cast<int>(k);
  const int a_step = static_cast<int>(lda), b_step = static_cast<int>(ldb), c_step = static_cast<int>(ldc);
  // A single row or column goes to gemv, which is up to ten times as fast as gemm on a large matrix and about as fast
  // on a small one. It is given zeros rather than β = 0: whether it then leaves NaN in y alone depends on its version.
  if (m == 1) {
    if (!accumulate) std::fill_n(c, n, T(0));
    // y = B' x for the row x: B read the other way round.
    sgemv()(CblasRowMajor, op(!transpose_b), transpose_b ? columns : inner, transpose_b ? inner : columns, 1, b, b_step,
            a, transpose_a ? a_step : 1, 1, c, 1);
  } else if (n == 1) {
    if (!accumulate)
      for (Index i = 0; i < m; ++i) c[i * ldc] = T(0);
    sgemv()(CblasRowMajor, op(transpose_a), transpose_a ? inner : rows, transpose_a ? rows : inner, 1, a, a_step, b,
            transpose_b ? 1 : b_step, 1, c, c_step);
  } else {
    sgemm()(CblasRowMajor, op(transpose_a), op(transpose_b), rows, columns, inner, 1, a, a_step, b, b_step,
            accumulate ? T(1) : T(0), c, c_step);
  }
}

template void detail::blas_gemm(bool, bool, Index, Index, Index, const float*, Index, const float*, Index, float*,
                                Index, bool);
template void detail::blas_gemm(bool, bool, Index, Index, Index, const double*, Index, const double*, Index, double*,
                                Index, bool);

BlasKernels blas_kernels() {
  const OpenBlas& blas = openblas();
  // "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH …"
  std::string library = blas.get_config();
  library.resize(std::min(library.find(' ', library.find(' ') + 1), library.size()));
  return {library, blas.get_corename(), blas.note};
}

}  // namespace glance
