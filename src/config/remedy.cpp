// SPDX-License-Identifier: Apache-2.0
#include "config/remedy.h"

namespace seg {

std::optional<std::string> remedy_for_number(std::string_view key, double number) {
  if (key == "lb_ignore" && number < 0)
    return "lb_ignore = 255; label files hold 0 to 255, so that PyTorch's ignore_index of -100 is in none of them";
  if (key == "n_cats" && number == 1)
    return "n_cats = 2, the background and the object; masks of 0 and 255 want label_map = {0 = 0, 255 = 1}, too";
  return std::nullopt;
}

}  // namespace seg
