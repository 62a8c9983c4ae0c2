// SPDX-License-Identifier: Apache-2.0
// Whether tensors of a file are numbers that can be computed with: no NaN and no infinity. Reads all of their bytes.
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "formats/tensor_entry.h"

namespace seg {

std::int64_t count_not_finite(const TensorEntry& tensor) noexcept;  // 0 for whole numbers

// The first such tensors and how many numbers of each: `"w" (3 of 12); and 5 tensors more`. Empty if there are none.
std::string not_finite_text(std::span<const TensorEntry> tensors);

// A UserError that names the file and that text.
void require_finite(std::span<const TensorEntry> tensors, const std::string& file);

}  // namespace seg
