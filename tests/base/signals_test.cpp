// SPDX-License-Identifier: Apache-2.0
#include "base/signals.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>

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
                            if (stop_signal_name() != "SIGTERM") return 5;
                            raise(SIGINT);  // the first request counts
                            if (stop_signal() != SIGTERM) return 3;
                            clear_requests();
                            return stop_requested() || !stop_signal_name().empty() ? 4 : 0;
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

TEST(Signals, AReaderThatHasGoneDoesNotEndTheProcess) {
  EXPECT_TRUE(exited_with(run_in_child([] {
                            install_signal_handlers();
                            int ends[2];
                            if (pipe(ends) != 0) return 1;
                            close(ends[0]);
                            return write(ends[1], "text", 4) == -1 && errno == EPIPE ? 0 : 2;
                          }),
                          0));
}

}  // namespace
}  // namespace seg
