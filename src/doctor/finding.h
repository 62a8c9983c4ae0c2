// SPDX-License-Identifier: Apache-2.0
// What a rule has found: why it thinks so, what to do, which keys to change, and what that would gain.
#pragma once
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "config/key.h"

namespace seg {

using Change = std::map<std::string, std::string, std::less<>>;  // key -> value, as on the command line

// The farthest-reaching effect of its keys; none of an empty change. Micro-batches made larger or smaller at the same
// effective batch change populations and not what is learned.
Effect effect_of(const Change& change);
std::string_view name_of(Effect effect) noexcept;

// Whether the doctor may try it by itself: it changes neither what is learned nor whom statistics are taken of, shows
// in the rate of steps, and breaks no promise that was asked for.
bool may_be_tried(const Change& change);

std::string text_of(const Change& change);       // "num_workers=1 threads=1"
nlohmann::json to_json(const Change& change);    // numbers and booleans of keys as such
Change change_from(const nlohmann::json& json);  // of such an object

struct Finding {
  std::string rule;                          // its name; the table gives it
  std::string evidence;                      // with numbers
  std::string advice;                        // one sentence
  Change change{};                           // empty: nothing that a key does
  std::optional<double> expected_speedup{};  // 1.5: half as much again; nothing: not known, or not the point
  std::optional<double> verified_speedup{};  // measured
  bool is_dangerous = false;                 // to the run itself, whatever its speed
  bool is_applied = false;                   // it has proved its worth, and is in what is proposed

  bool is_refuted() const noexcept { return verified_speedup && !is_applied; }  // tried, and no help
};

nlohmann::json to_json(const Finding& finding);  // an entry of `findings`
// Of such an entry, as far as it is there and of its type; without a change that this version does not know.
Finding finding_from(const nlohmann::json& json);

// That of a rule; null if it has found nothing.
const Finding* finding_of(std::span<const Finding> findings, std::string_view rule) noexcept;

}  // namespace seg
