#include "osler/cli/interrupt.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <iostream>

namespace osler::cli {
namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

InterruptGuard::InterruptGuard() {
  // Blocked here and inherited by every later thread: only the watcher receives them, as plain values.
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  watcher_ = std::jthread([this](const std::stop_token& done) { watch(done); });
}

InterruptGuard::~InterruptGuard() {
  watcher_.request_stop();
  watcher_.join();
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

void InterruptGuard::watch(const std::stop_token& done) {
  const sigset_t set = stop_signals();
  constexpr timespec kPoll{0, 100'000'000};
  while (!done.stop_requested()) {
    if (sigtimedwait(&set, nullptr, &kPoll) < 0) continue;
    if (source_.stop_requested()) {
      constexpr int kKilledByInterrupt = 130;
      _exit(kKilledByInterrupt);
    }
    std::cerr << "\nosler: stopping as soon as what is in hand allows; press Ctrl-C again to stop at once\n";
    source_.request_stop();
  }
}

}  // namespace osler::cli
