// SPDX-License-Identifier: Apache-2.0
#include "base/plain_text.h"

#include <algorithm>

namespace seg {

std::string plain_text(std::string text) {
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < ' ' || c == 127; }, '?');
  return text;
}

}  // namespace seg
