// SPDX-License-Identifier: Apache-2.0
// Data sets whose images and label maps are files that a list names.
//
// All images of a data set have the channels and the depth of its first training image that can be read; or as many
// channels as `mean` has values, where that is set. Gray files among colour images are widened. Several images of a
// line are stacked, file by file; if some have 16 bits, all become 16 bits.
#pragma once
#include <memory>
#include <span>

#include "dataset/dataset.h"
#include "dataset/label_map.h"

namespace seg {

// What tells one kind from another.
struct ListKind {
  const LabelScheme* labels = nullptr;          // none: labels are class numbers, and the user names the classes
  std::span<const double> mean = {}, std = {};  // of its colour images, one value a channel
};

std::unique_ptr<Dataset> open_list_dataset(const DatasetConfig& config, Split split, const FileSource& files,
                                           const ListKind& kind, std::vector<Problem>* absent = nullptr);

}  // namespace seg
