// SPDX-License-Identifier: Apache-2.0
// Writes list files, so that reading one (list_file.h) gives the same names back. Pure functions.
#pragma once
#include <span>
#include <string>

#include "dataset/layout.h"

namespace seg {

// Some names cannot stand in a list: with a line break or bytes that are not UTF-8, for example.
bool can_be_listed(const ImageAndLabel& pair);

std::string list_text(std::span<const ImageAndLabel> pairs);  // each of which can be listed

}  // namespace seg
