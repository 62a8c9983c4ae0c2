// SPDX-License-Identifier: Apache-2.0
// A comparison of runs as tables of texts, and these as CSV and LaTeX. Pure.
#pragma once
#include <string>
#include <vector>

#include "report/run_comparison.h"

namespace seg {

struct ComparisonTable {
  std::string title;
  std::vector<std::vector<std::string>> rows;  // the first is the head; a column after the first holds numbers
  bool holds_texts = false;                    // but not of this table
};

// The runs with their speed, the keys that differ, the best figures by each protocol with a row for each group of seeds
// (mean ± deviation), and the shares of time. Tables that would be empty are left out.
std::vector<ComparisonTable> tables_of(const RunComparison& comparison);

// CSV (RFC 4180), one row a run: its figures, the best ones by each protocol, phases, and the keys that differ. Shares
// are from 0 to 1; what is unknown is empty.
std::string to_csv(const RunComparison& comparison);

// A tabular for each table, with its title above; nothing but the standard packages is needed.
std::string to_latex(const std::vector<ComparisonTable>& tables);

}  // namespace seg
