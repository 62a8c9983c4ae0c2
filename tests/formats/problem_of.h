// SPDX-License-Identifier: Apache-2.0
// What a reader says of a file that it refuses.
#pragma once
#include <optional>
#include <string>

#include "tests/support/problem_of.h"

namespace seg::testing {

template <class Body>
void expect_problem(const Body& body, const std::string& part) {
  const std::optional<Problem> problem = refusal_of(body);
  ASSERT_TRUE(problem.has_value()) << "accepted, and should not be: " << part;
  EXPECT_NE(problem->what.find(part), std::string::npos) << problem->what;
}

}  // namespace seg::testing
