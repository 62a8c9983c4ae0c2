// SPDX-License-Identifier: Apache-2.0
// What a call says that fails because of something that the user can mend.
#pragma once
#include <gtest/gtest.h>

#include <exception>
#include <optional>
#include <string>

#include "base/error.h"

namespace seg::testing {

// The one problem for which `body` fails, with all its parts; nothing if it does not. Any other error fails the test.
template <class Body>
std::optional<Problem> refusal_of(const Body& body) {
  try {
    body();
  } catch (const UserError& error) {
    EXPECT_EQ(error.problems().size(), 1U) << error.what();
    EXPECT_FALSE(error.problems().front().where.empty());
    EXPECT_FALSE(error.problems().front().remedy.empty());
    return error.problems().front();
  } catch (const std::exception& error) {
    ADD_FAILURE() << "another error: " << error.what();
  }
  return std::nullopt;
}

// Of a body that must fail.
template <class Body>
Problem problem_of(const Body& body) {
  const std::optional<Problem> problem = refusal_of(body);
  if (!problem) ADD_FAILURE() << "was not refused";
  return problem.value_or(Problem{});
}

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace seg::testing
