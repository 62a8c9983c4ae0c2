// SPDX-License-Identifier: Apache-2.0
#include "base/distance_falloff.h"

#include <cmath>
#include <cstddef>

namespace seg {

std::array<double, 256> distance_falloff(double sigma) {
  std::array<double, 256> table{};
  for (std::size_t eighths = 0; eighths < table.size(); ++eighths) {
    const double in_sigmas = static_cast<double>(eighths) / 8 / sigma;
    table[eighths] = std::exp(-in_sigmas * in_sigmas / 2);
  }
  return table;
}

}  // namespace seg
