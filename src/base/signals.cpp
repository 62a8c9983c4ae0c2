// SPDX-License-Identifier: Apache-2.0
#include "base/signals.h"

#include <signal.h>

#include <atomic>

namespace seg {
namespace {

// Lock-free atomics are what a handler may touch.
std::atomic<int> stop_by{0};
std::atomic<bool> interrupted{false};
std::atomic<bool> save_wanted{false};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

void on_stop(int signal) {
  if (signal == SIGINT && interrupted.exchange(true)) {
    // The default action, so that a shell sees a death by SIGINT and ends its own loop, too. The signal is blocked in
    // its own handler: it is delivered as soon as this returns.
    ::signal(SIGINT, SIG_DFL);
    raise(SIGINT);
    return;
  }
  int none = 0;
  stop_by.compare_exchange_strong(none, signal);
}

void on_save(int) { save_wanted.store(true); }

void handle(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;  // reads and writes in progress do not fail with EINTR
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

}  // namespace

void install_signal_handlers() {
  handle(SIGTERM, on_stop);
  handle(SIGINT, on_stop);
  handle(SIGUSR1, on_save);
  handle(SIGPIPE, SIG_IGN);
}

bool stop_requested() noexcept { return stop_by.load() != 0; }

int stop_signal() noexcept { return stop_by.load(); }

std::string stop_signal_name() { return !stop_requested() ? "" : stop_signal() == SIGINT ? "SIGINT" : "SIGTERM"; }

bool take_save_request() noexcept { return save_wanted.exchange(false); }

void clear_requests() noexcept {
  stop_by.store(0);
  interrupted.store(false);
  save_wanted.store(false);
}

}  // namespace seg
