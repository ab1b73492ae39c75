#pragma once

// What a thread does with operations besides computing them: whether it records them, and whether it looks for NaN.

#include <utility>

namespace glance {

// The two thread-local switches of autograd. A worker thread starts from the defaults; hand `current_modes()` on to it.
struct Modes {
  bool recording = true;        // whether operations on parameters are remembered for differentiation
  bool detect_anomaly = false;  // whether every result is searched for NaN and infinity
};

// The switches of the calling thread.
Modes& current_modes() noexcept;

// Sets the switches of this thread while it lives, and puts the old ones back at the end of its scope.
class ModesGuard {
 public:
  // Sets them to `modes`.
  explicit ModesGuard(Modes modes) : before_(std::exchange(current_modes(), modes)) {}
  ~ModesGuard() { current_modes() = before_; }
  ModesGuard(const ModesGuard&) = delete;
  ModesGuard& operator=(const ModesGuard&) = delete;

 private:
  Modes before_;
};

// While it lives, operations on this thread give constants: nothing is recorded. For evaluation.
class NoGrad : public ModesGuard {
 public:
  NoGrad() : ModesGuard({.recording = false, .detect_anomaly = current_modes().detect_anomaly}) {}
};

// While it lives, the first operation on this thread that makes a NaN or an infinity, forward or backward, is an Error
// that names it. Slow: every result is read once more. For finding where a loss went wrong.
class DetectAnomaly : public ModesGuard {
 public:
  DetectAnomaly() : ModesGuard({.recording = current_modes().recording, .detect_anomaly = true}) {}
};

}  // namespace glance
