// SPDX-License-Identifier: Apache-2.0
// For checks that go on after a problem, so that the user hears of all of them at once.
#pragma once
#include <utility>
#include <vector>

#include "base/error.h"

namespace seg {

// Runs body(); what the user can mend is added to `problems`. Whether body() came to its end.
template <class Body>
bool collect_problems(std::vector<Problem>& problems, Body&& body) {
  try {
    std::forward<Body>(body)();
    return true;
  } catch (const UserError& error) {
    problems.insert(problems.end(), error.problems().begin(), error.problems().end());
    return false;
  }
}

}  // namespace seg
