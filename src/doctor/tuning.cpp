// SPDX-License-Identifier: Apache-2.0
#include "doctor/tuning.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "base/clock.h"
#include "doctor/rules.h"

namespace seg {
namespace {

constexpr double kNoise = 0.02;     // two runs of one config may differ by so much
constexpr double kClearly = 1.1;    // a gain that one pair shows well enough when there is no time for another
constexpr double kDisagree = 0.05;  // a spread of two pairs that asks for a third
constexpr std::size_t kPairs = 2;
constexpr int kTrialsOfPair = 2;

Change joined(Change changes, const Change& more) {
  for (const auto& [key, value] : more) changes[key] = value;
  return changes;
}

// What another setting of the step would gain is taken to be what it was before this change.
void scale(Amount& rate, double factor) {
  if (rate) *rate *= factor;
}

struct Turns {
  SpeedPairs pairs{};
  std::optional<Figures> second{};  // of the last pair
  bool first_died = false, second_died = false;
};

class Tuner {
 public:
  Tuner(const Figures& measured, const RunTrial& trial, const TuningLimits& limits)
      : trial_(trial),
        known_(limits.known),
        now_(limits.now ? limits.now : seconds_now),
        seconds_of_trial_(limits.seconds_of_trial) {
    end_ = now_() + limits.seconds;
    tuning_.before = tuning_.after = measured;
  }

  Tuning result() {
    tuning_.findings = findings_of(tuning_.before);
    while (tuning_.had_time) {
      const auto finding = next();
      if (!finding) break;
      if (has_time_for_pair() || is_known(finding->change))
        try_out(*finding);
      else
        tuning_.had_time = false;
    }
    if (num_kept_ > 1) compare_with_beginning();
    if (num_kept_ > 0) tell_what_stands();
    put_in_order(tuning_.findings);
    return std::move(tuning_);
  }

 private:
  // The most promising of what has not been tried on top of what is kept now.
  std::optional<Finding> next() {
    for (Finding& finding : findings_of(tuning_.after)) {
      if (finding.expected_speedup.value_or(0) < kWorthAWord || !may_be_tried(finding.change)) continue;
      if (!tried_.contains(text_of(joined(tuning_.change, finding.change)))) return std::move(finding);
    }
    return std::nullopt;
  }

  bool has_time_for(int trials) const { return now_() + trials * seconds_of_trial_ <= end_; }
  // And for the last pair of all. A single change was already compared with the beginning.
  bool has_time_for_pair() const { return has_time_for(kTrialsOfPair + (num_kept_ > 0 ? kTrialsOfPair : 0)); }

  const Figures* known(const Change& change) const {
    const auto found = std::ranges::find(known_, change, &KnownRun::change);
    return found == known_.end() ? nullptr : &found->figures;
  }
  bool is_known(const Change& change) const {
    return tuning_.change.empty() && known({}) != nullptr && known(change) != nullptr;
  }

  // Nothing if it died, or if there was no time for it.
  std::optional<Figures> run(const Change& change) {
    last_.reset();
    const double began = now_();
    Trial trial = trial_(change);
    if (!trial.had_time) {
      tuning_.had_time = false;
      return std::nullopt;
    }
    ++tuning_.num_trials;
    seconds_of_trial_ = std::max(seconds_of_trial_ / 2, now_() - began);
    if (!trial.figures || !trial.figures->run_rate) return std::nullopt;
    last_ = KnownRun{change, *trial.figures};
    return std::move(trial.figures);
  }

  // The same, unless the last trial was that very one.
  std::optional<Figures> run_unless_last(const Change& change) {
    if (last_ && last_->change == change) return last_->figures;
    return run(change);
  }

  // By turns, `first` first, as long as pairs leave a doubt and there is time.
  void take_turns(const Change& first, const Change& second, Turns& turns) {
    bool may_repeat = true;
    std::size_t wanted = kPairs;
    while (turns.pairs.size() < wanted) {
      if (turns.pairs.size() > 0 && !has_time_for_pair()) break;
      const auto one = turns.pairs.size() == 0 ? run_unless_last(first) : run(first);
      turns.first_died = !one && tuning_.had_time;
      const auto other = one ? run(second) : std::nullopt;
      turns.second_died = one && !other && tuning_.had_time;
      if (!other) break;
      if (is_uneven(*one, *other) && may_repeat && has_time_for_pair()) {
        may_repeat = false;
        continue;
      }
      turns.pairs.add(*one->run_rate, *other->run_rate);
      turns.second = other;
      const Comparison so_far = turns.pairs.comparison();
      if (so_far.speedup < 1 + kNoise) break;
      if (so_far.num_pairs == kPairs && so_far.spread() > kDisagree) wanted = kPairs + 1;
    }
    turns.pairs.drop_farthest();
  }

  void try_out(Finding finding) {
    const Change changes = joined(tuning_.change, finding.change);
    tried_.insert(text_of(changes));
    Turns turns;
    if (!has_time_for(kTrialsOfPair * static_cast<int>(kPairs)) && is_known(finding.change)) {
      turns.second = *known(finding.change);
      turns.pairs.add(*known({})->run_rate, *turns.second->run_rate);
    }
    take_turns(tuning_.change, changes, turns);
    if (turns.first_died && turns.pairs.size() == 0)
      finding.evidence += "; it was not tried: a run without this change failed";
    if (turns.second_died) finding.evidence += "; a trial with this change failed";
    if (turns.pairs.size() > 0 && !turns.second_died) judge(turns, changes, finding);
    tell(finding);
  }

  void judge(const Turns& turns, const Change& changes, Finding& finding) {
    const Comparison comparison = turns.pairs.comparison();
    finding.verified_speedup = comparison.speedup;
    const double least = comparison.range ? 1 + std::max(kNoise, *comparison.spread()) : kClearly;
    if (comparison.speedup < least) return;
    finding.is_applied = true;
    ++num_kept_;
    tuning_.total = tuning_.total ? chained(*tuning_.total, comparison) : comparison;
    tuning_.change = changes;
    settle(*turns.second);
  }

  // From here on these figures are judged.
  void settle(const Figures& figures) {
    const Amount before = tuning_.after.step_rate;
    update(tuning_.after, figures);
    tuning_.after.step_rate = figures.step_rate;
    tuning_.after.loader_rate.reset();  // of another division of the processors, or of another cache
    if (!before || !figures.step_rate) return;
    for (Amount* rate :
         {&tuning_.after.half_step_rate, &tuning_.after.larger_batch_step_rate, &tuning_.after.free_kernels_step_rate})
      scale(*rate, *figures.step_rate / *before);
  }

  // In the place of what was said of it before, or behind it.
  void tell(const Finding& finding) {
    tried_rules_.insert(finding.rule);
    const auto told = std::ranges::find(tuning_.findings, finding.rule, &Finding::rule);
    if (told == tuning_.findings.end()) {
      tuning_.findings.push_back(finding);
    } else if (!told->is_applied || finding.is_applied) {
      *told = finding;
    }
  }

  // What was not tried is told as it is with what was kept.
  void tell_what_stands() {
    std::erase_if(tuning_.findings, [&](const Finding& told) { return !tried_rules_.contains(told.rule); });
    for (Finding& finding : findings_of(tuning_.after))
      if (!tried_rules_.contains(finding.rule)) tuning_.findings.push_back(std::move(finding));
  }

  // The config as it was second: what was tried last is what is proposed, as a rule, and need not be run again.
  void compare_with_beginning() {
    const bool had_time = tuning_.had_time;
    SpeedPairs pairs;
    while (pairs.size() < kPairs && has_time_for(kTrialsOfPair)) {
      const auto after = pairs.size() == 0 ? run_unless_last(tuning_.change) : run(tuning_.change);
      const auto before = after ? run({}) : std::nullopt;
      if (!before) break;
      pairs.add(*before->run_rate, *after->run_rate);
    }
    if (pairs.size() > 0) tuning_.total = pairs.comparison();
    tuning_.had_time = had_time;  // what was worth a trial had one
  }

  const RunTrial& trial_;
  const std::vector<KnownRun>& known_;
  const std::function<double()> now_;
  double end_ = 0, seconds_of_trial_;
  Tuning tuning_;
  std::set<std::string> tried_;  // all changes of a trial, as text
  std::set<std::string, std::less<>> tried_rules_;
  std::optional<KnownRun> last_;
  int num_kept_ = 0;
};

}  // namespace

Tuning tune(const Figures& measured, const RunTrial& trial, const TuningLimits& limits) {
  return Tuner(measured, trial, limits).result();
}

}  // namespace seg
