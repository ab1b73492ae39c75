#pragma once

#include <functional>
#include <memory>

#include "tensor/shape.h"

namespace glance {

// Elementwise work on no more numbers than these is done before another thread has taken a part of it.
constexpr Index worth_sharing = 32768;

// Threads that share out numbered tasks. None outlives the object.
class Workers {
 public:
  // `threads` in all, the caller's among them; 1 starts none. Error when below 1.
  explicit Workers(int threads = 1);
  ~Workers();
  Workers(Workers&&) noexcept;
  Workers& operator=(Workers&&) noexcept;

  int threads() const;

  // Calls task(0) … task(count - 1), each once, on these threads under the caller's autograd modes, and returns when
  // all have ended. If any throws, the rest still run, and the exception of the lowest-numbered one is thrown here. One
  // run at a time.
  void run(int count, const std::function<void(int)>& task);

 private:
  struct Shared;
  std::unique_ptr<Shared> shared_;
};

}  // namespace glance
