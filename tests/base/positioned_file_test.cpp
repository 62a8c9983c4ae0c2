// SPDX-License-Identifier: Apache-2.0
#include "base/positioned_file.h"

#include <gtest/gtest.h>

#include <array>

#include "base/file.h"
#include "tests/support/problem_of.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

using testing::contains;
using testing::problem_of;

TEST(PositionedFile, ReadsPiecesAndSaysWhereAFileEnds) {
  const testing::TemporaryFolder folder;
  write_file(folder / "a", "0123456789");
  PositionedFile first(folder / "a");
  const PositionedFile file(std::move(first));
  EXPECT_EQ(file.size(), 10U);
  std::array<std::byte, 4> piece{};
  file.read(6, piece);
  EXPECT_EQ(std::to_integer<char>(piece[3]), '9');
  const Problem problem = problem_of([&] { file.read(8, piece); });
  EXPECT_EQ(problem.where, (folder / "a").string());
  EXPECT_EQ(problem.what, "has become shorter: at byte 10 it ends");
}

TEST(PositionedFile, NamesWhatCannotBeOpened) {
  const testing::TemporaryFolder folder;
  EXPECT_TRUE(contains(problem_of([&] { PositionedFile file(folder / "none"); }).what, "cannot be opened"));
  EXPECT_TRUE(contains(problem_of([&] { PositionedFile file(folder.path()); }).what, "cannot be read"));
}

}  // namespace
}  // namespace seg
