// SPDX-License-Identifier: Apache-2.0
// The classes of public data sets that are no kind of their own (`dataset`): CamVid and Pascal VOC.
//
// They are told by layout and file names. Labels that hold anything else are somebody's own, and stay as guessed. Pure.
#pragma once
#include <vector>

#include "dataset/label_guess.h"
#include "dataset/layout.h"

namespace seg {

// Gives the classes their names, and takes out what is no class (CamVid's void).
void use_known_classes(LayoutKind layout, const std::vector<ImageAndLabel>& pairs, LabelGuess& guess);

}  // namespace seg
