// SPDX-License-Identifier: Apache-2.0
// How many pixels have each label.
#pragma once
#include <array>
#include <cstdint>

#include "image/view.h"

namespace seg {

using LabelHistogram = std::array<std::int64_t, 256>;  // pixels by label

LabelHistogram histogram_of(const LabelView& labels) noexcept;

}  // namespace seg
