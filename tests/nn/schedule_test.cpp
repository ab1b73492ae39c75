// Schedules rise and fall as their names say.
#include "glance/nn/schedule.h"

#include <cmath>
#include <vector>

#include "glance/tensor/error.h"
#include "tests/catch.h"

using namespace glance;

namespace {

std::vector<double> shares(const Schedule& schedule, Index steps) {
  std::vector<double> result;
  for (Index step = 0; step < steps; ++step) result.push_back(schedule(step));
  return result;
}

void check_close(const std::vector<double>& found, const std::vector<double>& expected) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    INFO("step " << i);
    CHECK(found[i] == Approx(expected[i]).margin(1e-15));
  }
}

}  // namespace

TEST_CASE("every schedule rises in a straight line, and reaches 1 with the last step of the warm-up") {
  for (const Decay decay : {Decay::constant, Decay::linear, Decay::cosine, Decay::inverse_square_root})
    check_close(shares({.decay = decay, .warmup = 4, .total = 12, .last = 0.1}, 4), {0.25, 0.5, 0.75, 1});
}

TEST_CASE("each schedule falls as its name says") {
  check_close(shares({.decay = Decay::constant, .warmup = 2}, 5), {0.5, 1, 1, 1, 1});
  check_close(shares({.decay = Decay::linear, .warmup = 2, .total = 6}, 7), {0.5, 1, 0.75, 0.5, 0.25, 0, 0});
  check_close(shares({.decay = Decay::linear, .warmup = 2, .total = 6, .last = 0.2}, 7),
              {0.5, 1, 0.8, 0.6, 0.4, 0.2, 0.2});
  const double high = (1 + std::sqrt(0.5)) / 2, low = (1 - std::sqrt(0.5)) / 2;  // cosines of 45 and 135 degrees
  check_close(shares({.decay = Decay::cosine, .warmup = 2, .total = 6}, 7), {0.5, 1, high, 0.5, low, 0, 0});
  check_close(shares({.decay = Decay::cosine, .warmup = 2, .total = 6, .last = 0.2}, 6),
              {0.5, 1, 0.2 + 0.8 * high, 0.6, 0.2 + 0.8 * low, 0.2});
  check_close(shares({.decay = Decay::inverse_square_root, .warmup = 4}, 9),
              {0.25, 0.5, 0.75, 1, std::sqrt(4 / 5.), std::sqrt(4 / 6.), std::sqrt(4 / 7.), std::sqrt(4 / 8.), 2 / 3.});
}

TEST_CASE("without a warm-up a schedule falls from its first step on") {
  check_close(shares({.decay = Decay::linear, .total = 4}, 4), {0.75, 0.5, 0.25, 0});
  check_close(shares({.decay = Decay::inverse_square_root}, 4), {1, std::sqrt(0.5), std::sqrt(1 / 3.), 0.5});
  check_close(shares({.decay = Decay::constant}, 2), {1, 1});
}

TEST_CASE("a warm-up may be longer than the training, or of no whole number of steps") {
  check_close(shares({.decay = Decay::linear, .warmup = 8, .total = 4}, 4), {1 / 8., 2 / 8., 3 / 8., 4 / 8.});
  check_close(shares({.decay = Decay::linear, .warmup = 4, .total = 4, .last = 0.5}, 5), {0.25, 0.5, 0.75, 1, 0.5});
  check_close(shares({.decay = Decay::linear, .warmup = 1.5, .total = 3}, 3), {2 / 3., 2 / 3., 0});
}

TEST_CASE("a schedule refuses what makes no sense") {
  CHECK_THROWS_WITH(Schedule{.total = 3}(-1), "schedule: step -1: the first is 0");
  CHECK_THROWS_WITH((Schedule{.warmup = -1, .total = 3}(0)), "schedule: a warm-up of -1 steps: it must be 0 or more");
  CHECK_THROWS_AS((Schedule{.warmup = NAN, .total = 3}(0)), Error);
  for (const Decay decay : {Decay::linear, Decay::cosine})
    CHECK_THROWS_WITH(Schedule{.decay = decay}(0), "schedule: linear and cosine need the total of steps: set `total`");
}
