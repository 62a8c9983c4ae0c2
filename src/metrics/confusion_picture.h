// SPDX-License-Identifier: Apache-2.0
// A confusion matrix as a picture: a cell for each label and prediction, the darker the larger the share of the label's
// pixels; blue where they agree, red where they do not, gray rows for classes without a label. Pure function.
#pragma once
#include <string>
#include <vector>

#include "image/image.h"
#include "metrics/confusion_matrix.h"

namespace seg {

// An 8-bit RGB image. Of up to kMostClassesWithFigures classes the cells hold their share in percent. Classes are
// called by their names, as far as there are letters for them, else by their numbers. A title that is not empty stands
// in a line above all else.
inline constexpr std::int64_t kMostClassesWithFigures = 40;
Image confusion_picture(const ConfusionMatrix& matrix, const std::vector<std::string>& class_names,
                        const std::string& title = {});

}  // namespace seg
