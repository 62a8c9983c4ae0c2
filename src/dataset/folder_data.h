// SPDX-License-Identifier: Apache-2.0
// A data set found in a folder of images and labels: what pairs, which classes, what to train on and to validate with.
//
// List, layout, names that a list can hold, a look into every file, classes, split: in this order, each a file of its
// own in this room. Nothing is written. UserError where no data set comes of it.
#pragma once
#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "config/dataset.h"
#include "dataset/folds.h"
#include "dataset/label_guess.h"
#include "dataset/layout.h"
#include "dataset/survey.h"
#include "dataset/train_split.h"

namespace seg {

struct FolderDataOptions {
  double val_fraction = 0.2;              // where folders do not say; more than 0, less than 1
  std::optional<FoldOptions> folds = {};  // instead of one split; folders of tests are left alone then, too
  int threads = 1;
  std::function<void(std::size_t done, std::size_t total)> progress = {};
};

struct FolderData {
  Layout layout;
  Survey survey;
  LabelGuess guess;
  TrainSplit split;  // the first of the folds, if they were asked for
  Folds folds;
  DatasetConfig config;           // all but the lists; im_root is absolute
  std::size_t measured = 0;       // images behind the config's mean and deviation, all of them trained on
  std::vector<Problem> unlisted;  // subfolders that could not be read, and lists that are not followed
  std::vector<Problem> dropped;   // pairs that are left out
};

FolderData find_folder_data(const std::filesystem::path& folder, const FolderDataOptions& options,
                            const FileSource& files = disk());

}  // namespace seg
