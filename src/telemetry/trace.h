// SPDX-License-Identifier: Apache-2.0
// A few steps as a trace in the format of Chrome's trace viewer and of Perfetto: what each thread was at, on one clock.
//
// Events of one thread nest. Memory is bounded: what comes when it is full is counted and left out. add() and wants()
// are thread-safe, and cheap once the recorder is closed; the rest belongs to the thread that drives the run.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "telemetry/phases.h"

namespace seg {

inline constexpr int kTrainingThread = 0;  // loader workers are the threads from 1

struct TraceEvent {
  const char* name = "";  // lives as long as the program
  int thread = kTrainingThread;
  double begin = 0, end = 0;                        // by seconds_now()
  std::int64_t step = -1, sample = -1, image = -1;  // -1: of none
};

class TraceRecorder final : public PhaseListener {
 public:
  static constexpr std::size_t kMostEvents = 200'000;

  // Of the steps from `first` on, and of what workers do for these; until it is closed.
  explicit TraceRecorder(std::int64_t first_step, std::size_t most_events = kMostEvents);

  bool wants(std::int64_t step) const noexcept { return is_open_ && step >= first_step_; }
  void add(const TraceEvent& event) noexcept;

  // The training thread is about to ask for the batch of this step; its phases are told from the first step on.
  void begin_step(std::int64_t step) noexcept;
  // It has the batch.
  void has_batch() noexcept;
  // The step that has begun is over.
  void end_step() noexcept;
  void phase_ended(Phase phase, double begin, double end) noexcept override;

  std::int64_t first_step() const noexcept { return first_step_; }
  void close() noexcept { is_open_ = false; }
  bool is_open() const noexcept { return is_open_; }

  // The whole file. `title` names the process that is shown.
  std::string json(const std::string& title) const;

 private:
  const std::int64_t first_step_;
  const std::size_t most_events_;
  std::atomic<bool> is_open_ = true;
  mutable std::mutex mutex_;
  std::vector<TraceEvent> events_;
  std::int64_t num_left_out_ = 0;
  std::int64_t step_ = -1;  // that the training thread is at
  double step_begin_ = 0;   // when it had its batch
};

}  // namespace seg
