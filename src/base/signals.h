// SPDX-License-Identifier: Apache-2.0
// Requests from outside, as flags that the training loop looks at between steps.
//
// SIGTERM and SIGINT ask to save and stop; a second SIGINT ends the process at once. SIGUSR1 asks to save and go on.
// SIGPIPE is ignored: that nobody reads the text any more does not end a run.
#pragma once
#include <stdexcept>
#include <string>

namespace seg {

void install_signal_handlers();
bool stop_requested() noexcept;
int stop_signal() noexcept;         // which signal asked, 0 if none
std::string stop_signal_name();     // "SIGTERM" or "SIGINT"; empty if none
bool take_save_request() noexcept;  // true once per SIGUSR1
void clear_requests() noexcept;     // for tests

// Thrown out of waiting for what is of no use any more when the program is to stop. It exits as after any other stop.
struct StopRequested : std::runtime_error {
  StopRequested() : std::runtime_error("a stop was requested") {}
};

}  // namespace seg
