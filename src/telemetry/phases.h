// SPDX-License-Identifier: Apache-2.0
// Where the wall time of a run goes: one list of phases, and a timer whose phases sum to the wall time by construction.
//
// Time is attributed exclusively: a phase timed inside another one is taken out of the outer one, and what is in no
// phase is `other`. Not thread-safe: it belongs to the thread that drives the run.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace seg {

enum class Phase : std::uint8_t {
  data_wait,
  transfer,
  forward,
  loss,
  backward,
  optimizer,
  logging,
  evaluation,
  checkpoint,
  other
};
inline constexpr std::size_t kNumPhases = 10;
inline constexpr std::array<std::string_view, kNumPhases> kPhaseNames = {
    "data_wait", "transfer", "forward",    "loss",       "backward",
    "optimizer", "logging",  "evaluation", "checkpoint", "other"};

// Seconds of each phase over some stretch of time.
struct PhaseSeconds {
  std::array<double, kNumPhases> seconds{};

  double& operator[](Phase phase) noexcept { return seconds[static_cast<std::size_t>(phase)]; }
  double operator[](Phase phase) const noexcept { return seconds[static_cast<std::size_t>(phase)]; }
  double total() const noexcept;
  double share(Phase phase) const noexcept;  // of the total; 0 if that is 0
};
PhaseSeconds operator-(const PhaseSeconds& later, const PhaseSeconds& earlier) noexcept;

// Is told of each stretch of a phase as it ends, by the timer's thread.
class PhaseListener {
 public:
  virtual ~PhaseListener() = default;
  virtual void phase_ended(Phase phase, double begin, double end) noexcept = 0;  // by seconds_now()
};

class PhaseTimer {
 public:
  PhaseTimer() noexcept;

  // Runs body() with its time attributed to the phase, also if it throws.
  template <class Body>
  decltype(auto) timed(Phase phase, Body&& body) {
    const Scope scope(*this, phase);
    return std::forward<Body>(body)();
  }

  // From here on time belongs to `phase`; returns the phase that it belonged to. For callers whose phases alternate.
  Phase switch_to(Phase phase) noexcept;

  // Seconds since the timer was made; they sum to the wall time.
  PhaseSeconds snapshot() noexcept;

  // Must outlive the timer, or be replaced; null: nobody listens.
  void set_listener(PhaseListener* listener) noexcept { listener_ = listener; }

  std::int64_t num_switches() const noexcept { return num_switches_; }  // so far

 private:
  class Scope {
   public:
    Scope(PhaseTimer& timer, Phase phase) noexcept : timer_(timer), outer_(timer.switch_to(phase)) {}
    ~Scope() { timer_.switch_to(outer_); }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    PhaseTimer& timer_;
    Phase outer_;
  };

  PhaseSeconds sums_;
  Phase current_ = Phase::other;
  double since_;
  std::int64_t num_switches_ = 0;
  PhaseListener* listener_ = nullptr;
};

}  // namespace seg
