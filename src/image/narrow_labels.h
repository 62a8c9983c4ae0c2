// SPDX-License-Identifier: Apache-2.0
// Labels that a program wrote with 16 bits: what fits into 8 is taken.
//
// Thread-safe for distinct outputs. UserError names `where` and the place of a value above 255.
#pragma once
#include <string_view>

#include "image/image.h"

namespace seg {

// `deep` is the window of the file's pixels: one channel of 16 bits.
void narrow_labels(const Image& deep, std::string_view where, const Window& window, LabelMap& labels);

}  // namespace seg
