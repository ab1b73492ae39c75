#pragma once

#include <signal.h>

#include <array>

// Ctrl-C as a wish to stop soon: programs save their work first.
namespace glance {

// Thrown where work is left unfinished because the program is to end.
struct Interrupted {};

// While it lives, Ctrl-C, a closed terminal and a request to terminate are noted instead of ending the program, once;
// the same again ends it. What the program was told to ignore (as by nohup) stays ignored. One at a time.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  bool interrupted() const;

 private:
  std::array<struct sigaction, 3> before_;
};

}  // namespace glance
