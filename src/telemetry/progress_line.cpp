// SPDX-License-Identifier: Apache-2.0
#include "telemetry/progress_line.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/clock.h"

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
  if (now - last_drawn_ < kSecondsBetweenDrawings && done < total_) return;
  last_drawn_ = now;
  const double share = static_cast<double>(done) / static_cast<double>(std::max<std::size_t>(total_, 1));
  console_.progress(what_ + ' ' + progress_bar(share, kBarWidth) + ' ' + std::to_string(done) + '/' +
                    std::to_string(total_));
}

}  // namespace seg
