// SPDX-License-Identifier: Apache-2.0
#include "config/places.h"

#include <gtest/gtest.h>

namespace seg {
namespace {

ResolvedConfig example() {
  ResolvedConfig resolved;
  resolved.origins["mean"] = {OriginKind::file, "my.toml:12"};
  resolved.origins["n_cats"] = {OriginKind::command_line, "command line"};
  resolved.origins["ims_per_gpu"] = {OriginKind::preset, "preset fast"};
  resolved.origins["device"] = {OriginKind::automatic, "auto: no GPU"};
  resolved.origins["respth"] = {};
  return resolved;
}

TEST(Places, AreThoseThatGaveAKeyItsValue) {
  std::vector<Problem> problems;
  for (const char* where : {"mean", "n_cats", "ims_per_gpu", "device", "respth", "a file", "mean of a file"})
    problems.push_back({.where = where, .what = "what", .remedy = "remedy"});
  problems = with_places(std::move(problems), example());
  const std::string expected[] = {
      "mean (my.toml:12)", "n_cats (command line)", "ims_per_gpu (preset fast)", "device", "respth", "a file",
      "mean of a file"};
  ASSERT_EQ(problems.size(), std::size(expected));
  for (std::size_t i = 0; i < std::size(expected); ++i) {
    EXPECT_EQ(problems[i].where, expected[i]);
    EXPECT_EQ(problems[i].what, "what");
    EXPECT_EQ(problems[i].remedy, "remedy");
  }
}

TEST(Places, AreToldOfErrorsThatABodyThrows) {
  EXPECT_EQ(telling_places(example(), [] { return 7; }), 7);
  try {
    telling_places(example(), [] { fail("mean", "what", "remedy"); });
    FAIL();
  } catch (const UserError& error) {
    EXPECT_EQ(error.problems()[0].where, "mean (my.toml:12)");
  }
}

}  // namespace
}  // namespace seg
