// How far work is, as its caller is told.
#include "examples/common/meanwhile.h"

#include <thread>
#include <vector>

#include "tests/catch.h"

using namespace glance;

TEST_CASE("a tally tells the share that is done, and that time has passed") {
  std::vector<double> told;
  const Meanwhile meanwhile = [&](double share) { told.push_back(share); };
  Tally tally(meanwhile, 8);
  for (const double done : {0., 2., 0., 6.}) tally.add(done);
  CHECK(told == std::vector<double>{0, 0.25, 0.25, 1});
}

TEST_CASE("threads are never told at once, and nothing is lost") {
  int inside = 0, most = 0;
  double last = 0;
  const Meanwhile meanwhile = [&](double share) {
    most = std::max(most, ++inside);
    last = share;
    --inside;
  };
  Tally tally(meanwhile, 400);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int k = 0; k < 100; ++k) tally.add(1);
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(most == 1);
  CHECK(last == 1);
}

TEST_CASE("a part of the work has a part of the share, and what is thrown ends it") {
  double told = -1;
  const Meanwhile whole = [&](double share) {
    told = share;
    if (share > 0.9) throw 7;
  };
  const Meanwhile part = part_of(whole, 0.8, 1);
  part(0);
  CHECK(told == 0.8);
  part(0.25);
  CHECK(told == Approx(0.85));
  CHECK_THROWS_AS(Tally(part, 1).add(1), int);
}

TEST_CASE("who wants to know nothing is told nothing") {
  const Meanwhile nobody;
  Tally(nobody, 1).add(1);
  CHECK_FALSE(part_of(nobody, 0, 1));
}
