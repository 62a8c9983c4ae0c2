// SPDX-License-Identifier: Apache-2.0
// What the labels of a whole data set, taken together, say about a config that does not fit them.
//
// Pure functions of two histograms.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "dataset/dataset.h"
#include "image/label_histogram.h"

namespace seg {

struct LabelEvidence {
  LabelHistogram in_files{}, classes{};  // before and after the label map
  std::int64_t num_classes = 0;
  std::size_t ignore_label = 255;
  std::string label_map = "none";
};

// What to try where some classes are out of range: one remedy for the whole data set.
std::string remedy_for_values(const LabelEvidence& evidence);

// A mistake that leaves all classes in range and would spoil what is learned from a split, or measured on it.
struct LabelMistake {
  std::string what, remedy;
};
std::optional<LabelMistake> mistake_in(const LabelEvidence& evidence, Split split);

}  // namespace seg
