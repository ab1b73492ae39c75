// The signal handlers set a flag, which the work under way asks for.
#include "examples/common/interrupt.h"

#include <csignal>
#include <cstddef>

namespace glance {

namespace {

constexpr std::array<int, 3> signals = {SIGINT, SIGTERM, SIGHUP};

// A signal handler can reach nothing but a flag of static storage.
volatile std::sig_atomic_t signal_came = 0;

void note(int) { signal_came = 1; }

}  // namespace

InterruptGuard::InterruptGuard() {
  signal_came = 0;
  struct sigaction once {};
  once.sa_handler = note;
  once.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  sigemptyset(&once.sa_mask);
  for (std::size_t i = 0; i < signals.size(); ++i) {
    sigaction(signals[i], nullptr, &before_[i]);
    if (before_[i].sa_handler != SIG_IGN) sigaction(signals[i], &once, nullptr);
  }
}

InterruptGuard::~InterruptGuard() {
  for (std::size_t i = 0; i < signals.size(); ++i) sigaction(signals[i], &before_[i], nullptr);
}

bool InterruptGuard::interrupted() const { return signal_came != 0; }

}  // namespace glance
