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
  put_in_order(findings);
  return findings;
}

void put_in_order(std::vector<Finding>& findings) {
  const auto place = [](const Finding& finding) {
    return std::pair(finding.is_dangerous ? 0 : finding.is_refuted() ? 2 : 1, -finding.expected_speedup.value_or(0));
  };
  std::ranges::stable_sort(findings, {}, place);
}

}  // namespace seg
