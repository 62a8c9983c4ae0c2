// SPDX-License-Identifier: Apache-2.0
// What a run's metrics.jsonl tells, in memory: lines about steps, evaluations, and what else happened.
//
// Any content is taken: lines that are no JSON objects (a torn last one, while the run goes on), members of other types
// and unknown events are counted or passed over. What is unknown is NaN. Of matrices those of the last and of the best
// evaluation are kept, and of nothing more than a page shows: no classes beyond 256, no losses beyond 16. Pure, but for
// read_history().
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "image/color.h"
#include "telemetry/phases.h"

namespace seg {

inline constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

struct StepFacts {
  double step = 0, time = kUnknown;
  double seconds = 0;            // since the line before it, in this part of the run
  double loss = kUnknown;        // the sum that is descended
  std::vector<double> losses{};  // by RunHistory::loss_names
  double rate = kUnknown;
  std::vector<double> group_rates{};
  double gradient_norm = kUnknown, images_per_second = kUnknown;
  double loss_scale = kUnknown;
  double resident_bytes = kUnknown, gpu_bytes = kUnknown;
  double peak_resident_bytes = kUnknown, peak_gpu_bytes = kUnknown;
  std::array<double, kNumPhases> phases{};  // shares of `seconds`
  bool begins_part = false;                 // the first line after a start or a resume: warming up is in it
};

struct ProtocolFacts {
  std::string name;
  std::vector<std::pair<std::string, double>> figures{};  // "miou", "pixel_accuracy", …, in this order
  std::vector<double> iou{}, f1{}, boundary_iou{};        // by class
  std::vector<std::vector<double>> matrix{};              // rows: labels; empty if it was not kept
  double images = kUnknown;

  double figure(std::string_view wanted) const noexcept;  // NaN if it is not there
};

struct EvaluationFacts {
  double step = 0, time = kUnknown, seconds = kUnknown;
  std::vector<ProtocolFacts> protocols{};

  const ProtocolFacts* by(std::string_view protocol) const noexcept;  // nullptr if it was not used
};

struct WorstImage {
  std::string name;
  double miou = kUnknown;
};

struct EventFacts {
  double time = kUnknown, step = 0;
  std::string what;                                            // "start", "split", …
  std::vector<std::pair<std::string, std::string>> members{};  // in the order of the line, but for what all lines have
  const std::string* member(std::string_view name) const noexcept;  // nullptr if it is not there
  bool begins_part() const noexcept { return what == "start" || what == "resume"; }
};

// Of the doctor.
struct FindingFacts {
  double step = 0;
  bool has_gone = false;  // it was told before, and does not hold any more
  std::string rule, evidence, advice;
  std::string change;  // "num_workers=1 threads=1"; empty: no key does it
  double expected_speedup = kUnknown, verified_speedup = kUnknown;
  bool is_applied = false;
};

struct RunHistory {
  std::string run;
  std::vector<std::string> loss_names{};
  std::vector<StepFacts> steps{};
  std::vector<EvaluationFacts> evaluations{};
  std::vector<EventFacts> events{};  // all but steps, evaluations, findings; of very many the first and the last
  std::int64_t left_out_events = 0;
  std::vector<std::string> class_names{};  // of the last part of the run; empty if it did not say
  std::vector<Rgb> palette{};
  std::vector<WorstImage> worst{};             // of the last evaluation
  std::vector<FindingFacts> findings{};        // told while it ran, in this order; of very many the last
  std::vector<FindingFacts> tried_findings{};  // before its last part began, by auto_tune
  std::vector<FindingFacts> final_findings{};  // over its last part, once that has ended
  PhaseSeconds phases{};                       // over all that is told
  std::int64_t broken_lines = 0;               // that are no JSON objects
  double skipped_samples = 0, skipped_steps = 0;
  double first_time = kUnknown, last_time = kUnknown;

  double seconds() const noexcept { return phases.total(); }
  // By mIoU of that protocol, the first of equals; nullptr if there is none with a value.
  const EvaluationFacts* best(std::string_view protocol) const noexcept;
  // The reason of the last `end`, if nothing begins after it; else empty: it is still going on, or was killed.
  std::string end_reason() const;
  // How far it is known to have come: the last line about steps, or the end, which may be behind that. NaN: neither is.
  double last_step() const noexcept;
};

// Images per second of all lines about steps, ascending, without the first of each part, which warms up.
std::vector<double> sorted_speeds(const RunHistory& history);

// `main_protocol` is the one by which evaluations are compared.
RunHistory history_of(std::string_view metrics, std::string_view main_protocol);

std::filesystem::path plain_folder(const std::filesystem::path& folder);  // whole, without a slash at its end

// UserError if the folder is not that of a run.
RunHistory read_history(const std::filesystem::path& folder, std::string_view main_protocol);

}  // namespace seg
