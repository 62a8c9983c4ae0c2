// SPDX-License-Identifier: Apache-2.0
// Problems as the program prints them on standard error, and read back from there by the process that started it. Pure
// functions.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace seg {

std::string problems_text(const std::vector<Problem>& problems);  // "error: where\n  what: …\n  try:  …\n" each

// Of such a text, whatever stands between them; what continues a line belongs to it.
std::vector<Problem> problems_from(std::string_view text);

}  // namespace seg
