// SPDX-License-Identifier: Apache-2.0
// What a reader says of a file that it refuses.
#pragma once
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "base/error.h"

namespace seg::testing {

// The one problem for which `body` fails; nothing if it does not. Any other error fails the test.
template <class Body>
std::optional<std::string> problem_of(const Body& body) {
  try {
    body();
  } catch (const UserError& error) {
    EXPECT_EQ(error.problems().size(), 1u);
    EXPECT_FALSE(error.problems().front().where.empty());
    EXPECT_FALSE(error.problems().front().remedy.empty());
    return error.problems().front().what;
  } catch (const std::exception& error) {
    ADD_FAILURE() << "another error: " << error.what();
  }
  return std::nullopt;
}

template <class Body>
void expect_problem(const Body& body, const std::string& part) {
  const std::optional<std::string> problem = problem_of(body);
  ASSERT_TRUE(problem.has_value()) << "accepted, and should not be: " << part;
  EXPECT_NE(problem->find(part), std::string::npos) << *problem;
}

}  // namespace seg::testing
