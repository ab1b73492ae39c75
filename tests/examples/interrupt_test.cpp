// Signals are noted while a guard lives, and do what they did before and after.
#include "examples/common/interrupt.h"

#include <csignal>

#include "tests/catch.h"

using namespace glance;

namespace {

// What is done at a signal now.
auto handler_of(int signal) {
  struct sigaction now {};
  sigaction(signal, nullptr, &now);
  return now.sa_handler;
}

}  // namespace

TEST_CASE("a signal is noted once, and the same again would end the program") {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    const InterruptGuard guard;
    CHECK_FALSE(guard.interrupted());
    std::raise(signal);
    CHECK(guard.interrupted());
    CHECK(handler_of(signal) == SIG_DFL);
  }
}

TEST_CASE("after a guard all is as before, and a new one begins without a signal") {
  const auto before = std::signal(SIGTERM, SIG_DFL);
  {
    const InterruptGuard guard;
    CHECK(handler_of(SIGTERM) != SIG_DFL);
    std::raise(SIGTERM);
  }
  CHECK(handler_of(SIGTERM) == SIG_DFL);
  CHECK_FALSE(InterruptGuard().interrupted());
  std::signal(SIGTERM, before);
}

TEST_CASE("what is ignored stays ignored, as under nohup") {
  const auto before = std::signal(SIGHUP, SIG_IGN);
  {
    const InterruptGuard guard;
    std::raise(SIGHUP);
    CHECK_FALSE(guard.interrupted());
  }
  CHECK(handler_of(SIGHUP) == SIG_IGN);
  std::signal(SIGHUP, before);
}
