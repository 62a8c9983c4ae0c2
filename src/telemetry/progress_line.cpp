// SPDX-License-Identifier: Apache-2.0
#include "telemetry/progress_line.h"

#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/signals.h"

namespace seg {
namespace {

constexpr int kBarWidth = 24;
constexpr double kSecondsBetweenDrawings = 0.1;

}  // namespace

ProgressLine::ProgressLine(Console& console, std::string what, std::size_t total)
    : console_(console), what_(std::move(what)), total_(total), last_drawn_(-std::numeric_limits<double>::infinity()) {}

ProgressLine::~ProgressLine() { console_.progress(""); }

void ProgressLine::show(std::size_t done) {
  if (!console_.shows_progress()) return;
  const double now = seconds_now();
  if (now - last_drawn_ < kSecondsBetweenDrawings && (total_ == 0 || done < total_)) return;
  last_drawn_ = now;
  if (total_ == 0) return console_.progress(what_ + ' ' + std::to_string(done));
  const double share = static_cast<double>(done) / static_cast<double>(total_);
  console_.progress(what_ + ' ' + progress_bar(share, kBarWidth) + ' ' + std::to_string(done) + '/' +
                    std::to_string(total_));
}

std::function<bool(std::size_t done, std::size_t total)> progress_until_stopped(Console& console, std::string what) {
  // Copies of the function share it.
  const auto line = std::make_shared<std::optional<ProgressLine>>();
  return [&console, line, what = std::move(what)](std::size_t done, std::size_t total) {
    if (!*line) line->emplace(console, what, total);
    (*line)->show(done);
    return !stop_requested();
  };
}

}  // namespace seg
