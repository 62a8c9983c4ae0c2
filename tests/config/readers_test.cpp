// SPDX-License-Identifier: Apache-2.0
#include "config/readers.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

TEST(Readers, ReadAFileOfTheKindThatItsNameTells) {
  const testing::TemporaryFolder folder;
  write_file(folder / "my.toml", "seed = 3\n");
  const auto values = read_config_file(folder / "my.toml");
  ASSERT_EQ(values.size(), 1U);
  EXPECT_EQ(values[0].where, (folder / "my.toml").string() + ":1");
}

TEST(Readers, RefuseAPythonConfigAndNameTheWayOut) {
  try {
    read_config_file("configs/bisenetv2_city.py");
    FAIL();
  } catch (const UserError& error) {
    EXPECT_EQ(error.problems()[0].where, "configs/bisenetv2_city.py");
    EXPECT_NE(error.problems()[0].remedy.find("TOML"), std::string::npos);
  }
}

TEST(Readers, AMissingFileIsNamed) {
  try {
    read_config_file("/no/such/file.toml");
    FAIL();
  } catch (const UserError& error) {
    EXPECT_EQ(error.problems()[0].where, "/no/such/file.toml");
  }
}

TEST(Readers, AnOverrideKeepsItsTextUntilItsKeyIsKnown) {
  const KeyValue value = read_override("label_map=0=0,255=1");
  EXPECT_EQ(value.key, "label_map");
  EXPECT_EQ(std::get<Untyped>(value.value.content).text, "0=0,255=1");
  EXPECT_EQ(value.where, "command line: label_map=0=0,255=1");
  EXPECT_EQ(std::get<Untyped>(read_override("respth=").value.content).text, "");
}

TEST(Readers, AnOverrideNeedsItsSign) {
  EXPECT_THROW(read_override("seed"), UserError);
  EXPECT_THROW(read_override("=3"), UserError);
  EXPECT_THROW(read_override(""), UserError);
}

}  // namespace
}  // namespace seg
