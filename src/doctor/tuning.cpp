// SPDX-License-Identifier: Apache-2.0
#include "doctor/tuning.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <utility>

#include "base/clock.h"
#include "doctor/rules.h"

namespace seg {
namespace {

constexpr double kNoise = 0.02;   // two runs of one config may differ by so much
constexpr double kClearly = 1.1;  // a gain that one pair shows well enough when there is no time for another
constexpr std::size_t kPairs = 2;
constexpr int kTrialsOfLastPair = 2;

Change joined(Change changes, const Change& more) {
  for (const auto& [key, value] : more) changes[key] = value;
  return changes;
}

struct Pairs {
  std::vector<double> before, after;

  double speedup() const {
    double sum = 0;
    for (std::size_t i = 0; i < after.size(); ++i) sum += std::log(after[i] / before[i]);
    return std::exp(sum / static_cast<double>(after.size()));
  }
  std::optional<double> spread() const {
    if (after.size() < 2) return std::nullopt;
    std::vector<double> ratios;
    for (std::size_t i = 0; i < after.size(); ++i) ratios.push_back(after[i] / before[i]);
    const auto [least, most] = std::ranges::minmax(ratios);
    return (most - least) / 2 / speedup();
  }
  Comparison comparison() const {
    const auto mean = [](const std::vector<double>& values) {
      double sum = 0;
      for (const double value : values) sum += value;
      return sum / static_cast<double>(values.size());
    };
    return {.before = mean(before), .after = mean(after), .speedup = speedup(), .spread = spread()};
  }
};

class Tuner {
 public:
  Tuner(const Figures& measured, const RunTrial& trial, const TuningLimits& limits)
      : trial_(trial), now_(limits.now ? limits.now : seconds_now), seconds_of_trial_(limits.seconds_of_trial) {
    end_ = now_() + limits.seconds;
    tuning_.before = tuning_.after = measured;
  }

  Tuning result() {
    tuning_.findings = findings_of(tuning_.before);
    while (const auto finding = next()) {
      if (!has_time_for(2 + trials_to_come())) {
        tuning_.had_time = false;
        break;
      }
      try_out(*finding);
    }
    if (num_kept_ > 1) compare_with_beginning();
    return std::move(tuning_);
  }

 private:
  struct Tried {
    Change change;
    Figures figures;
  };

  // The most promising of what has not been tried on top of what is kept now.
  std::optional<Finding> next() {
    for (Finding& finding : findings_of(tuning_.after)) {
      if (finding.expected_speedup.value_or(0) < kWorthAWord || !may_be_tried(finding.change)) continue;
      if (!tried_.contains(text_of(joined(tuning_.change, finding.change)))) return std::move(finding);
    }
    return std::nullopt;
  }

  // Of the last pair. A single change was already compared with the beginning.
  int trials_to_come() const { return num_kept_ > 0 ? kTrialsOfLastPair : 0; }

  bool has_time_for(int trials) const { return now_() + trials * seconds_of_trial_ <= end_; }

  // Its rate, of this moment; nothing if it died.
  std::optional<Figures> run(const Change& change) {
    const double began = now_();
    std::optional<Figures> figures = trial_(change);
    ++tuning_.num_trials;
    seconds_of_trial_ = std::max(seconds_of_trial_ / 2, now_() - began);
    if (figures && !figures->run_rate) figures.reset();
    last_.reset();
    if (figures) last_ = Tried{change, *figures};
    return figures;
  }

  // The same, unless the last trial was that very one.
  std::optional<Figures> run_unless_last(const Change& change) {
    if (last_ && last_->change == change) return last_->figures;
    return run(change);
  }

  void try_out(Finding finding) {
    const Change changes = joined(tuning_.change, finding.change);
    tried_.insert(text_of(changes));
    Pairs pairs;
    std::optional<Figures> figures;
    while (pairs.after.size() < kPairs) {
      const auto best = pairs.after.empty() ? run_unless_last(tuning_.change) : run(tuning_.change);
      const auto other = best ? run(changes) : std::nullopt;
      if (!other) {
        finding.evidence += "; a trial with this change failed";
        return tell(finding);
      }
      pairs.before.push_back(*best->run_rate);
      pairs.after.push_back(*other->run_rate);
      figures = other;
      if (pairs.speedup() < 1 + kNoise || !has_time_for(2 + trials_to_come())) break;
    }
    finding.verified_speedup = pairs.speedup();
    const double least = pairs.after.size() < 2 ? kClearly : 1 + std::max(kNoise, *pairs.spread());
    if (pairs.speedup() >= least) {
      finding.is_applied = true;
      ++num_kept_;
      tuning_.total = pairs.comparison();
      tuning_.change = changes;
      update(tuning_.after, *figures);
      // What was true of another precision or division is not known any more.
      tuning_.after.step_rate = figures->step_rate;
      tuning_.after.loader_rate.reset();
    }
    tell(finding);
  }

  // In the place of what was said of it before, or behind it.
  void tell(const Finding& finding) {
    const auto told = std::ranges::find(tuning_.findings, finding.rule, &Finding::rule);
    if (told == tuning_.findings.end()) {
      tuning_.findings.push_back(finding);
    } else if (!told->is_applied || finding.is_applied) {
      *told = finding;
    }
  }

  void compare_with_beginning() {
    tuning_.total.reset();
    Pairs pairs;
    while (pairs.after.size() < kPairs) {
      const auto after = pairs.after.empty() ? run_unless_last(tuning_.change) : run(tuning_.change);
      const auto before = after ? run({}) : std::nullopt;
      if (!before) break;
      pairs.before.push_back(*before->run_rate);
      pairs.after.push_back(*after->run_rate);
      if (!has_time_for(2)) break;
    }
    if (!pairs.after.empty()) tuning_.total = pairs.comparison();
  }

  const RunTrial& trial_;
  const std::function<double()> now_;
  double end_ = 0, seconds_of_trial_;
  Tuning tuning_;
  std::set<std::string> tried_;  // all changes of a trial, as text
  std::optional<Tried> last_;
  int num_kept_ = 0;
};

}  // namespace

Tuning tune(const Figures& measured, const RunTrial& trial, const TuningLimits& limits) {
  return Tuner(measured, trial, limits).result();
}

}  // namespace seg
