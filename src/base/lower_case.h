// SPDX-License-Identifier: Apache-2.0
// Names as people write them in one case: endings of files, words in folders. Of ASCII letters alone. Pure.
#pragma once
#include <string>
#include <string_view>

namespace seg {

std::string lower_case(std::string_view text);

}  // namespace seg
