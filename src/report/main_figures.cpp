// SPDX-License-Identifier: Apache-2.0
#include "report/main_figures.h"

#include <algorithm>
#include <utility>

namespace seg {

std::string name_of_figure(std::string_view figure) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kNames = {
      {{"miou", "mIoU"},
       {"micro_iou", "micro IoU"},
       {"fw_miou", "mIoU by frequency"},
       {"pixel_accuracy", "pixel accuracy"},
       {"mean_accuracy", "mean accuracy"},
       {"macro_f1", "macro F1"},
       {"micro_f1", "micro F1"},
       {"fw_f1", "F1 by frequency"},
       {"boundary_iou", "boundary IoU"},
       {"boundary_f1", "boundary F1"}}};
  const auto* const found = std::ranges::find(kNames, figure, &std::pair<std::string_view, std::string_view>::first);
  return std::string(found == kNames.end() ? figure : found->second);
}

}  // namespace seg
