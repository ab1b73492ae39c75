#include "examples/translate/interrupt.h"

#include <csignal>

namespace glance::seq2seq {

namespace {

// A signal handler can reach nothing but a flag of static storage.
volatile std::sig_atomic_t signal_came = 0;

void note(int) { signal_came = 1; }

void install(void (*handler)(int), int flags) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

InterruptGuard::InterruptGuard() {
  signal_came = 0;
  install(note, static_cast<int>(SA_RESETHAND));
}

InterruptGuard::~InterruptGuard() { install(SIG_DFL, 0); }

bool InterruptGuard::interrupted() const { return signal_came != 0; }

}  // namespace glance::seq2seq
