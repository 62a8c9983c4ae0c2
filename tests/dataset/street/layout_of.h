// SPDX-License-Identifier: Apache-2.0
// Parts of streets for tests.
#pragma once
#include <algorithm>
#include <cmath>
#include <vector>

#include "dataset/street/street.h"

namespace seg::street::testing {

inline std::vector<Street> streets(std::uint64_t count) {
  std::vector<Street> all;
  for (std::uint64_t number = 0; number < count; ++number) all.push_back(make_street(0, number));
  return all;
}

// Metres to the right of the road's middle, of a panel's middle.
inline float across(const Street& street, const Panel& panel) {
  return (panel.xa + panel.xb) / 2 - street.road.center((panel.za + panel.zb) / 2);
}

}  // namespace seg::street::testing
