// SPDX-License-Identifier: Apache-2.0
#include "cli/output_files.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

class Outputs : public ::testing::Test {
 protected:
  Outputs() { write_file(folder_ / "old", "text"); }

  std::string refusal(const OutputFiles& files) const {
    try {
      refuse_to_overwrite(files);
    } catch (const UserError& error) {
      return error.what();
    }
    return "";
  }

  testing::TemporaryFolder folder_;
};

TEST_F(Outputs, NewFilesPass) { EXPECT_EQ(refusal({.written = {folder_ / "a", folder_ / "b/c"}}), ""); }

TEST_F(Outputs, WhatIsThereIsNamedWithTheWaysOut) {
  const std::string said = refusal({.written = {folder_ / "new", folder_ / "old"}});
  EXPECT_NE(said.find((folder_ / "old").string() + ": is there already"), std::string::npos) << said;
  EXPECT_NE(said.find("--force"), std::string::npos) << said;
  EXPECT_EQ(refusal({.written = {folder_ / "new", folder_ / "old"}, .may_overwrite = true}), "");
}

TEST_F(Outputs, TheirPlaceIsMadeAndTriedBeforeTheWork) {
  prepare_place_of(folder_ / "new/deep/file");
  EXPECT_TRUE(fs::is_directory(folder_ / "new/deep"));
  EXPECT_TRUE(fs::is_empty(folder_ / "new/deep"));
  prepare_place_of("file_without_a_folder");
  EXPECT_FALSE(fs::exists("file_without_a_folder"));
  EXPECT_THROW(prepare_place_of(folder_ / "old/file"), UserError);  // that is a file
  EXPECT_THROW(prepare_place_of("/proc/file"), UserError);          // nobody can write there
}

TEST_F(Outputs, ALinkThatLeadsNowhereIsThere) {
  fs::create_symlink(folder_ / "nowhere", folder_ / "link");
  const std::string said = refusal({.written = {folder_ / "link"}});
  EXPECT_NE(said.find((folder_ / "link").string() + ": is there already"), std::string::npos) << said;
  EXPECT_EQ(refusal({.written = {folder_ / "link"}, .may_overwrite = true}), "");
}

TEST_F(Outputs, OfManyAFewAreNamedAndAllAreCounted) {
  std::vector<fs::path> many;
  for (int i = 0; i < 9; ++i) {
    many.push_back(folder_ / ("file" + std::to_string(i)));
    write_file(many.back(), "x");
  }
  const std::string said = refusal({.written = many});
  EXPECT_NE(said.find("and so are 8 more: "), std::string::npos) << said;
  EXPECT_NE(said.find("file3, …"), std::string::npos) << said;
  EXPECT_EQ(said.find("file4"), std::string::npos) << said;
}

TEST_F(Outputs, WhatIsReadIsNeverWrittenOver) {
  fs::create_symlink(folder_ / "old", folder_ / "link");
  fs::create_hard_link(folder_ / "old", folder_ / "twin");
  for (const char* name : {"old", "link", "twin", "./old"}) {
    const OutputFiles files{.written = {folder_ / name}, .read = {folder_ / "old"}, .may_overwrite = true};
    EXPECT_NE(refusal(files).find("is a file to be read"), std::string::npos) << name;
  }
}

TEST_F(Outputs, TwoFilesOfOneNameAreRefused) {
  const OutputFiles files{.written = {folder_ / "a", folder_ / "b" / ".." / "a"}, .may_overwrite = true};
  EXPECT_NE(refusal(files).find("is named for two files"), std::string::npos) << refusal(files);
}

TEST_F(Outputs, AFolderForResultsIsEmptyOrNotThere) {
  EXPECT_THROW(refuse_to_mix_into(folder_.path(), false), UserError);
  EXPECT_NO_THROW(refuse_to_mix_into(folder_.path(), true));
  EXPECT_NO_THROW(refuse_to_mix_into(folder_ / "none", false));
  fs::create_directory(folder_ / "empty");
  EXPECT_NO_THROW(refuse_to_mix_into(folder_ / "empty", false));
}

}  // namespace
}  // namespace seg
