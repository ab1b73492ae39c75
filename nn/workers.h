#pragma once

#include <functional>
#include <memory>

#include "glance/tensor/shape.h"

// A group of threads that runs numbered tasks.
namespace glance {

// Threads that share out numbered tasks. None outlives the object. Error for any use after it was moved from, and after
// fork() in the child, where there are no threads.
class Workers {
 public:
  // `threads` in all, the caller's among them; 1 starts none. Error when below 1, or more than the system
  // gives. Where there are no threads, in WebAssembly, the caller is the only one, whatever is asked for.
  explicit Workers(int threads = 1);
  ~Workers();
  Workers(Workers&&) noexcept;
  Workers& operator=(Workers&&) noexcept;

  // How many there are, the caller's among them.
  int threads() const;

  // Calls task(0) … task(count - 1), each once, on these threads under the caller's autograd modes, and returns when
  // all have ended. If any throws, the rest still run, and the exception of the lowest-numbered one is thrown here. One
  // run at a time: a task that starts another on the same Workers, as a second thread, gets an Error. A negative count
  // is one too.
  void run(int count, const std::function<void(int)>& task);

 private:
  struct Shared;
  Shared& shared() const;
  std::unique_ptr<Shared> shared_;
};

// Calls task(0) … task(count - 1), which do elementwise work on `numbers` numbers in all: on the workers, or here if
// there are none, or so few numbers that another thread would come too late for them.
void share_out(Workers* workers, Index numbers, int count, const std::function<void(int)>& task);

}  // namespace glance
