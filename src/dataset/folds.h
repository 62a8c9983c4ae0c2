// SPDX-License-Identifier: Apache-2.0
// Deals pairs to the folds of a cross-validation: each pair validates in one fold and trains in the others.
//
// Pairs of one group stay together, so that no patient, street or film is on both sides. The largest groups are dealt
// first, each to the fold with the fewest pairs; the seed decides among equals. A part for tests is left alone. The
// result depends on the names and the seed, not on the order of files. Pure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "dataset/train_split.h"

namespace seg {

struct FoldOptions {
  std::size_t count = 5;
  // A regular expression (ECMAScript) whose first group, found in an image's path, names its group; empty: each pair is
  // a group of its own.
  std::string group_by = {};
  std::uint64_t seed = 0;
};

struct Folds {
  std::vector<TrainSplit> splits;  // by fold
  std::size_t num_groups = 0;
};

// `where` names the folder in messages. UserError for an expression that is none or does not fit an image, and for
// fewer groups than folds.
Folds deal_folds(std::vector<ImageAndLabel> pairs, const FoldOptions& options, const std::string& where);

}  // namespace seg
