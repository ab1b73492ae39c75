// Every task runs once, exceptions and modes reach where they should, and misuse is an error instead of a deadlock.
#include "glance/nn/workers.h"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "glance/autograd/modes.h"
#include "glance/autograd/reductions.h"
#include "glance/nn/parallel.h"
#include "glance/tensor/create.h"
#include "glance/tensor/error.h"
#include "tests/catch.h"

using namespace glance;

TEST_CASE("every task runs once, whatever the number of threads") {
  for (const int threads : {1, 2, 5}) {
    Workers workers(threads);
    CHECK(workers.threads() == threads);
    for (const int count : {0, 1, 3, 100}) {
      std::vector<std::atomic<int>> runs(static_cast<std::size_t>(count));
      workers.run(count, [&](int i) { ++runs[static_cast<std::size_t>(i)]; });
      for (const auto& n : runs) CHECK(n == 1);
    }
  }
}

TEST_CASE("tasks run on several threads at once") {
  Workers workers(2);
  // Each of two tasks waits for the other to begin: on one thread this would never end.
  std::atomic<int> begun{0};
  workers.run(2, [&](int) {
    ++begun;
    while (begun < 2) std::this_thread::yield();
  });
  CHECK(begun == 2);
}

namespace {

std::atomic<int> threads_alive{0};

// One for each thread that asks for it, as long as the thread lives.
struct Alive {
  Alive() { ++threads_alive; }
  ~Alive() { --threads_alive; }
};

}  // namespace

TEST_CASE("no thread survives its owner") {
  {
    Workers workers(4);
    std::atomic<int> begun{0};
    workers.run(4, [&](int) {
      thread_local const Alive alive;
      ++begun;
      while (begun < 4) std::this_thread::yield();
    });
    CHECK(threads_alive == 4);
  }
  CHECK(threads_alive == 1);  // the caller's own
}

TEST_CASE("the failure of the lowest-numbered task is thrown after all have run") {
  Workers workers(3);
  std::atomic<int> runs{0};
  const auto task = [&](int i) {
    ++runs;
    if (i == 2 || i == 7) throw std::runtime_error("task " + std::to_string(i));
  };
  CHECK_THROWS_WITH(workers.run(10, task), "task 2");
  CHECK(runs == 10);
  workers.run(1, [](int) {});  // and the threads are fit for more
}

TEST_CASE("the caller's autograd modes reach every thread, and stay where they were") {
  Workers workers(4);
  const NoGrad no_grad;
  std::atomic<int> recording{0};
  workers.run(50, [&](int) { recording += current_modes().recording; });
  CHECK(recording == 0);
  CHECK_FALSE(current_modes().recording);
}

TEST_CASE("workers can be moved") {
  Workers first(2);
  Workers second = std::move(first);
  std::atomic<int> runs{0};
  second.run(5, [&](int) { ++runs; });
  CHECK(runs == 5);
  Workers third(3);
  third = std::move(second);
  CHECK(third.threads() == 2);
  const std::string text = "workers: used after it was moved from: use what it was moved to, or give it a value first";
  for (Workers* gone : {&first, &second}) {
    CHECK_THROWS_WITH(gone->threads(), text);
    CHECK_THROWS_WITH(gone->run(1, [](int) {}), text);
    CHECK_THROWS_WITH(share_out(gone, 1, 1, [](int) {}), text);
    const Variable x = parameter(ones({2}));
    CHECK_THROWS_WITH(sharded_gradients(2, std::span(&x, 1), *gone, [&](int) { return sum(x); }), text);
  }
}

TEST_CASE("workers refuse to run in a forked process, which has none of their threads") {
  Workers workers(3);
  workers.run(5, [](int) {});
  const auto refuses = [](Workers& those) {
    try {
      those.run(5, [](int) {});
      return false;
    } catch (const Error& error) {
      return std::string(error.what()) ==
             "workers: their threads stayed in the process that was forked: make new Workers in this one";
    }
  };
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    alarm(60);  // whatever hangs is ended
    bool good = refuses(workers);
    { const Workers destroyed = std::move(workers); }
    std::atomic<int> runs{0};
    Workers own(3), alone(1);
    own.run(5, [&](int) { ++runs; });
    alone.run(5, [&](int) { ++runs; });
    good &= runs == 10;
    _exit(good ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  std::atomic<int> runs{0};
  workers.run(5, [&](int) { ++runs; });  // here they are
  CHECK(runs == 5);
}

TEST_CASE("fewer threads than one is an error") {
  CHECK_THROWS_WITH(Workers(0), "workers: 0 threads: there must be at least 1");
}

TEST_CASE("a run within a run is an error, and no task is lost by it") {
  for (const int threads : {1, 3}) {
    Workers workers(threads);
    std::atomic<int> runs{0}, refused{0};
    workers.run(4, [&](int) {
      ++runs;
      try {
        workers.run(2, [](int) {});
      } catch (const Error&) {
        ++refused;
      }
    });
    CHECK(runs == 4);
    CHECK(refused == 4);
    CHECK_THROWS_WITH(workers.run(1, [&](int) { workers.run(1, [](int) {}); }),
                      "workers: a run within a run, or on two threads at once: give each Workers of its own");
    workers.run(1, [&](int) { ++runs; });  // after which there may be another
    CHECK(runs == 5);
  }
  CHECK_THROWS_WITH(Workers(1).run(-1, [](int) {}), "workers: -1 tasks: there must be at least 0");
}
