// SPDX-License-Identifier: Apache-2.0
// Which figures of an evaluation are shown wherever evaluations stand beside each other, and what people call them.
// Pure.
#pragma once
#include <array>
#include <string>
#include <string_view>

namespace seg {

// As an evaluation's record names them; the first is what runs are compared by.
inline constexpr std::array<const char*, 7> kMainFigures = {
    "miou", "fw_miou", "pixel_accuracy", "mean_accuracy", "macro_f1", "boundary_iou", "boundary_f1"};

std::string name_of_figure(std::string_view figure);  // "mIoU"; unknown ones keep their name

}  // namespace seg
