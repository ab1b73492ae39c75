// The formulas of the schedules.
#include "glance/nn/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "glance/tensor/error.h"
#include "glance/tensor/formatted.h"

namespace glance {

double Schedule::operator()(Index step) const {
  if (step < 0) throw Error(formatted("schedule: step {}: the first is 0", step));
  if (!(warmup >= 0)) throw Error(formatted("schedule: a warm-up of {} steps: it must be 0 or more", warmup));
  const bool ends = decay == Decay::linear || decay == Decay::cosine;
  if (ends && total < 1) throw Error("schedule: linear and cosine need the total of steps: set `total`");

  const double done = static_cast<double>(step) + 1;
  if (done <= warmup) return done / warmup;
  if (decay == Decay::constant) return 1;
  if (decay == Decay::inverse_square_root) return std::sqrt(std::max(warmup, 1.0) / done);
  const double all = static_cast<double>(total);
  const double left = all > warmup ? std::max(0.0, (all - done) / (all - warmup)) : 0;  // of the way down, from 1 to 0
  const double height = decay == Decay::linear ? left : (1 - std::cos(std::numbers::pi * left)) / 2;
  return last + (1 - last) * height;
}

}  // namespace glance
