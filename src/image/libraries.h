// SPDX-License-Identifier: Apache-2.0
// The libraries that images are read and written with, for reports of bugs.
#pragma once
#include <string>
#include <utility>
#include <vector>

namespace seg {

// Name and version: {"libpng", "1.6.39"}, …
std::vector<std::pair<std::string, std::string>> image_libraries();

}  // namespace seg
