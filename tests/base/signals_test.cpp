// SPDX-License-Identifier: Apache-2.0
#include "base/signals.h"

#include <gtest/gtest.h>
#include <signal.h>

#include "tests/support/child_process.h"

namespace seg {
namespace {

using testing::died_by;
using testing::exited_with;
using testing::run_in_child;

// Every test runs in a child, so that no handler stays behind.
TEST(Signals, ARequestToStopIsAFlagThatSaysWhichSignal) {
  EXPECT_TRUE(exited_with(run_in_child([] {
                            install_signal_handlers();
                            if (stop_requested() || stop_signal() != 0) return 1;
                            raise(SIGTERM);
                            if (!stop_requested() || stop_signal() != SIGTERM) return 2;
                            raise(SIGINT);  // the first request counts
                            if (stop_signal() != SIGTERM) return 3;
                            clear_requests();
                            return stop_requested() ? 4 : 0;
                          }),
                          0));
}

TEST(Signals, ASecondInterruptEndsTheProcessAtOnce) {
  EXPECT_TRUE(died_by(run_in_child([] {
                        install_signal_handlers();
                        raise(SIGINT);
                        raise(SIGINT);
                        return 0;
                      }),
                      SIGINT));
}

TEST(Signals, ARequestToSaveIsTakenOnce) {
  EXPECT_TRUE(exited_with(run_in_child([] {
                            install_signal_handlers();
                            raise(SIGUSR1);
                            if (!take_save_request()) return 1;
                            return take_save_request() || stop_requested() ? 2 : 0;
                          }),
                          0));
}

}  // namespace
}  // namespace seg
