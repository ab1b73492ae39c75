#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

// How long a call takes: the median and the least of many.
namespace step {

struct Timing {
  double median_ms, min_ms;
};

// How long one call takes.
template <class F>
double seconds_of(F&& f) {
  const auto begin = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// Calls f until `seconds` have passed, and at least five times.
template <class F>
Timing measure(double seconds, F&& f) {
  std::vector<double> times;
  for (double spent = 0; spent < seconds || times.size() < 5; spent += times.back()) times.push_back(seconds_of(f));
  std::sort(times.begin(), times.end());
  return {times[times.size() / 2] * 1e3, times.front() * 1e3};
}

}  // namespace step
