// SPDX-License-Identifier: Apache-2.0
// Training and validation data together: opened at once, and what is doubtful about their lists.
#pragma once
#include <memory>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "dataset/dataset.h"

namespace seg {

struct Splits {
  std::unique_ptr<Dataset> train, validation;
};

// UserError with the problems of both, each once: a broken list must not hide those of the other.
// `files` must outlive the data sets; `absent` as in open_dataset(), of both.
Splits open_splits(const DatasetConfig& config, const FileSource& files = disk(),
                   std::vector<Problem>* absent = nullptr);

// What to try about images of the validation data that are trained on.
inline constexpr const char* kTakeOutShared =
    "take them out of one of the lists; a network that has seen an image does too well on it";

// Images that both lists name, and what the data sets say of themselves. By names alone: no file is opened, and 100,000
// lines take a fraction of a second. (What files hold is compared by dataset/image_scan.h.)
std::vector<Problem> doubts_of(const Splits& splits);

}  // namespace seg
