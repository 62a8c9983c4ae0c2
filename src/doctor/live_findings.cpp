// SPDX-License-Identifier: Apache-2.0
#include "doctor/live_findings.h"

#include <algorithm>

namespace seg {
namespace {

constexpr int kSeenToCome = 2, kMissedToGo = 3;
constexpr int kMostDoublings = 6;

}  // namespace

std::vector<FindingNews> LiveFindings::look_at(const std::vector<Finding>& findings) {
  std::vector<FindingNews> news;
  for (const Finding& finding : findings) {
    Watched& watched = watched_[finding.rule];
    watched.finding = finding;
    watched.num_missed = 0;
    ++watched.num_seen;
    const int needed = (finding.is_dangerous ? 1 : kSeenToCome) << std::min(watched.num_gone, kMostDoublings);
    if (watched.place > 0 || watched.num_seen < needed) continue;
    watched.place = ++last_place_;
    news.push_back({.has_come = true, .finding = finding});
  }
  for (auto& [rule, watched] : watched_) {
    if (finding_of(findings, rule) != nullptr) continue;
    watched.num_seen = 0;
    ++watched.num_missed;
    if (watched.place == 0 || watched.num_missed < kMissedToGo) continue;
    watched.place = 0;
    ++watched.num_gone;
    news.push_back({.has_come = false, .finding = watched.finding});
  }
  return news;
}

std::vector<Finding> LiveFindings::standing() const {
  std::vector<const Watched*> standing;
  for (const auto& [rule, watched] : watched_)
    if (watched.place > 0) standing.push_back(&watched);
  std::ranges::sort(standing, {}, [](const Watched* watched) { return watched->place; });
  std::vector<Finding> findings;
  for (const Watched* const watched : standing) findings.push_back(watched->finding);
  return findings;
}

}  // namespace seg
