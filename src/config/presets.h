// SPDX-License-Identifier: Apache-2.0
// Named bases of a config.
#pragma once
#include <string_view>
#include <vector>

#include "config/value.h"

namespace seg {

// The values that the preset sets; none for "none" and for names that do not exist (the key's choices refuse those).
std::vector<KeyValue> preset_values(std::string_view name);

}  // namespace seg
