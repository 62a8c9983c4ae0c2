// SPDX-License-Identifier: Apache-2.0
// A confusion matrix on a page: as a table of up to kMostClassesInTable classes, of more as pixels, and in any case the
// confusions that cost the most. Pure.
#pragma once
#include <string>
#include <vector>

#include "report/class_looks.h"

namespace seg {

inline constexpr std::size_t kMostClassesInTable = 30;

// Rows are labels, columns predictions, values are pixels; rows may differ in length, and values may be no numbers.
std::string confusion_html(const std::vector<std::vector<double>>& matrix, const ClassLooks& looks);

}  // namespace seg
