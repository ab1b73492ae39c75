#pragma once

namespace glance::seq2seq {

// While it lives, Ctrl-C and a request to terminate are noted instead of ending the program, once; the second one ends
// it.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  bool interrupted() const;
};

}  // namespace glance::seq2seq
