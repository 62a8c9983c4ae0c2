// SPDX-License-Identifier: Apache-2.0
// Which pairs to train on and which to validate with.
//
// Where folders say train and validation, they are followed and the test part is left alone. Otherwise the share
// `val_fraction` of the pairs validates: those whose names have the smallest hashes, so that the choice does not depend
// on the order of files, is the same every time, and hardly changes when files are added. Pure.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "dataset/layout.h"

namespace seg {

struct TrainSplit {
  std::vector<ImageAndLabel> train, validation;  // sorted by image, each at least one
  std::size_t left_alone = 0;                    // of a test folder
  bool is_given = false;                         // by folders
};

// `where` names the folder in messages. UserError if there are not pairs enough for both.
TrainSplit split_pairs(std::vector<ImageAndLabel> pairs, double val_fraction, const std::string& where);

}  // namespace seg
