// SPDX-License-Identifier: Apache-2.0
// What `segtrain new` says of a data set that it found, wherever that lies.
#pragma once
#include <string>

#include "dataset/label_guess.h"
#include "dataset/survey.h"
#include "telemetry/console.h"

namespace seg {

std::string images_text(const Survey& survey);  // "96 x 64, colour, 8 bits"

// A table of them with their shares, and how much is ignored.
void show_classes(const LabelGuess& guess, Console& console);

}  // namespace seg
