// SPDX-License-Identifier: Apache-2.0
#include "telemetry/phases.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "base/clock.h"

namespace seg {
namespace {

void spend(double seconds) {
  const double start = seconds_now();
  while (seconds_now() - start < seconds) {
  }
}

TEST(PhaseTimer, PhasesSumToTheWallTime) {
  const double start = seconds_now();
  PhaseTimer timer;
  timer.timed(Phase::forward, [] { spend(0.002); });
  spend(0.001);
  timer.timed(Phase::data_wait, [] { spend(0.001); });
  const PhaseSeconds phases = timer.snapshot();
  const double wall = seconds_now() - start;
  EXPECT_NEAR(phases.total(), wall, 1e-3);
  EXPECT_GE(phases[Phase::forward], 0.002);
  EXPECT_GE(phases[Phase::data_wait], 0.001);
  EXPECT_GE(phases[Phase::other], 0.001);
  EXPECT_EQ(phases[Phase::backward], 0.0);
}

TEST(PhaseTimer, AnInnerPhaseIsTakenOutOfTheOuterOne) {
  PhaseTimer timer;
  timer.timed(Phase::evaluation, [&] {
    spend(0.001);
    timer.timed(Phase::data_wait, [] { spend(0.01); });
  });
  const PhaseSeconds phases = timer.snapshot();
  EXPECT_GE(phases[Phase::data_wait], 0.01);
  EXPECT_GE(phases[Phase::evaluation], 0.001);
  EXPECT_LT(phases[Phase::evaluation], 0.01);
}

TEST(PhaseTimer, AnExceptionEndsThePhase) {
  PhaseTimer timer;
  EXPECT_THROW(timer.timed(Phase::forward, [] { throw std::runtime_error("x"); }), std::runtime_error);
  const PhaseSeconds before = timer.snapshot();
  spend(0.001);
  const PhaseSeconds spent = timer.snapshot() - before;
  EXPECT_EQ(spent[Phase::forward], 0.0);
  EXPECT_GE(spent[Phase::other], 0.001);
}

TEST(PhaseTimer, TellsWhoListensOfEachStretch) {
  struct Listener final : PhaseListener {
    PhaseSeconds sums;
    double last = 0;
    void phase_ended(Phase phase, double begin, double end) noexcept override {
      EXPECT_TRUE(last == 0 || begin == last);
      sums[phase] += end - begin;
      last = end;
    }
  } listener;
  PhaseTimer timer;
  const PhaseSeconds before = timer.snapshot();
  timer.set_listener(&listener);
  timer.timed(Phase::forward, [&] { timer.timed(Phase::loss, [] { spend(0.001); }); });
  const PhaseSeconds told = timer.snapshot() - before;
  for (std::size_t i = 0; i < kNumPhases; ++i) EXPECT_NEAR(listener.sums.seconds[i], told.seconds[i], 1e-9);
  EXPECT_GE(listener.sums[Phase::loss], 0.001);
  timer.set_listener(nullptr);
  timer.timed(Phase::forward, [] {});
  EXPECT_NEAR(listener.sums.total(), told.total(), 1e-9);
}

TEST(PhaseTimer, CountsItsSwitches) {
  PhaseTimer timer;
  timer.timed(Phase::forward, [&] { timer.timed(Phase::loss, [] {}); });
  EXPECT_EQ(timer.num_switches(), 4);  // into each, and back
  (void)timer.snapshot();
  EXPECT_EQ(timer.num_switches(), 5);
}

TEST(PhaseTimer, GivesBackWhatTheBodyReturns) {
  PhaseTimer timer;
  EXPECT_EQ(timer.timed(Phase::loss, [] { return 42; }), 42);
}

TEST(PhaseSeconds, SharesAreOfTheTotal) {
  PhaseSeconds phases;
  EXPECT_EQ(phases.share(Phase::loss), 0.0);
  phases[Phase::loss] = 1;
  phases[Phase::forward] = 3;
  EXPECT_DOUBLE_EQ(phases.share(Phase::loss), 0.25);
}

}  // namespace
}  // namespace seg
