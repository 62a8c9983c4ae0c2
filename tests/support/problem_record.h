// SPDX-License-Identifier: Apache-2.0
// The record of the messages that tests provoke (problem_record.cpp) holds what is thrown; this adds what is returned.
#pragma once
#include <utility>
#include <vector>

#include "base/error.h"

namespace seg::testing {

inline void record(std::vector<Problem> problems) {
  if (!problems.empty()) static_cast<void>(UserError(std::move(problems)));
}

}  // namespace seg::testing
