#pragma once

// What an object that was moved from says of itself.

#include <utility>

namespace glance::detail {

// Error: "adam: used after it was moved from: use what it was moved to, or give it a value first".
[[noreturn]] void throw_moved(const char* what);

// A member that knows whether its object was moved from, for types whose members alone do not tell.
class MovedMark {
 public:
  MovedMark() noexcept = default;
  MovedMark(const MovedMark&) noexcept = default;
  MovedMark(MovedMark&& other) noexcept : moved_(std::exchange(other.moved_, true)) {}
  MovedMark& operator=(const MovedMark&) noexcept = default;
  MovedMark& operator=(MovedMark&& other) noexcept {
    const bool moved = std::exchange(other.moved_, true);
    moved_ = moved;
    return *this;
  }

  // Error, which names the object as `what`, if it was moved from.
  void check(const char* what) const {
    if (moved_) [[unlikely]]
      throw_moved(what);
  }

 private:
  bool moved_ = false;
};

}  // namespace glance::detail
