// SPDX-License-Identifier: Apache-2.0
#include "training/folder_config.h"

#include <gtest/gtest.h>

#include "config/printer.h"
#include "tests/training/tiny_run.h"

namespace seg {
namespace {

using testing::tiny_config;

class FolderConfig : public ::testing::Test {
 protected:
  FolderConfig() { write_file(folder_.config_file(), config_as_toml(tiny_config())); }

  testing::TemporaryFolder base_;
  RunFolder folder_{base_ / "res"};
};

TEST_F(FolderConfig, AnotherFileIsNot) {
  EXPECT_FALSE(is_config_of(folder_, std::nullopt, tiny_config()));
  EXPECT_FALSE(is_config_of(folder_, base_ / "none.toml", tiny_config()));
  write_file(base_ / "copy.toml", config_as_toml(tiny_config()));
  EXPECT_FALSE(is_config_of(folder_, base_ / "copy.toml", tiny_config({"lr_start=0.5"})));
}

TEST_F(FolderConfig, ItIsByAnyNameAndWithTheSameValues) {
  std::filesystem::create_symlink(folder_.config_file(), base_ / "link.toml");
  for (const auto& name : {folder_.config_file(), base_ / "link.toml", base_ / "res" / "." / "config.toml"})
    EXPECT_TRUE(is_config_of(folder_, name, tiny_config({"respth=elsewhere"}))) << name;
}

TEST_F(FolderConfig, OtherValuesAreNamedWithTheWayOut) {
  try {
    (void)is_config_of(folder_, folder_.config_file(), tiny_config({"lr_start=0.5"}));
    FAIL();
  } catch (const UserError& error) {
    const Problem& problem = error.problems().front();
    EXPECT_EQ(problem.where, folder_.config_file().string());
    EXPECT_NE(problem.what.find("lr_start is 0.01 there, now 0.5"), std::string::npos) << problem.what;
    EXPECT_NE(problem.remedy.find("copy it"), std::string::npos) << problem.remedy;
  }
}

}  // namespace
}  // namespace seg
