#pragma once

#include <functional>
#include <mutex>

// How long work tells its caller how far it is.
namespace glance {

// What long work calls now and then, never from two threads at once, with the share of it that is done, 0 to 1: to show
// it, or to end the work by throwing. May be empty.
using Meanwhile = std::function<void(double share)>;

// Counts what several threads have done of a piece of work, and calls a Meanwhile.
class Tally {
 public:
  // Keeps a reference to `meanwhile`. `all`: how much there is to do.
  Tally(const Meanwhile& meanwhile, double all) : meanwhile_(meanwhile), all_(all) {}

  // So much more is done; 0: time has passed. What the Meanwhile throws is thrown here.
  void add(double done) {
    if (!meanwhile_) return;
    const std::lock_guard lock(mutex_);
    done_ += done;
    meanwhile_(done_ / all_);
  }

 private:
  const Meanwhile& meanwhile_;
  std::mutex mutex_;
  double all_, done_ = 0;
};

// The part of a Meanwhile that a part of the work has, from `begin` to `end`.
inline Meanwhile part_of(const Meanwhile& whole, double begin, double end) {
  if (!whole) return {};
  return [&whole, begin, end](double share) { whole(begin + share * (end - begin)); };
}

}  // namespace glance
