// SPDX-License-Identifier: Apache-2.0
#include "doctor/rules.h"

#include <algorithm>
#include <utility>

namespace seg {

std::array<std::span<const Rule>, 4> rules() { return {loading_rules(), data_rules(), computing_rules(), run_rules()}; }

std::vector<Finding> findings_of(const Figures& figures) {
  std::vector<Finding> findings;
  for (const std::span<const Rule> kind : rules()) {
    for (const Rule& rule : kind) {
      std::optional<Finding> finding = rule.check(figures);
      if (!finding) continue;
      finding->rule = rule.name;
      findings.push_back(*std::move(finding));
    }
  }
  std::ranges::stable_sort(findings, [](const Finding& a, const Finding& b) {
    if (a.is_dangerous != b.is_dangerous) return a.is_dangerous;
    return a.expected_speedup.value_or(0) > b.expected_speedup.value_or(0);
  });
  return findings;
}

}  // namespace seg
