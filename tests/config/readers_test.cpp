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

TEST(Readers, APythonConfigEvaluatesAtTheEndUnlessItSaysOtherwise) {
  const testing::TemporaryFolder folder;
  write_file(folder / "my.py", "cfg = dict(\n  seed=3)\n");
  auto values = read_config_file(folder / "my.py");
  ASSERT_EQ(values.size(), 2U);
  EXPECT_EQ(values[0].where, (folder / "my.py").string() + ":2");
  EXPECT_EQ(values[1].key, "eval_interval");
  EXPECT_EQ(std::get<std::int64_t>(values[1].value.content), 0);
  write_file(folder / "my.py", "cfg = dict(eval_interval=5)\n");
  values = read_config_file(folder / "my.py");
  ASSERT_EQ(values.size(), 1U);
  EXPECT_EQ(std::get<std::int64_t>(values[0].value.content), 5);
}

TEST(Readers, APythonConfigOfAnotherNameIsToldSo) {
  const testing::TemporaryFolder folder;
  for (const char* text :
       {"cfg = dict(\n  seed=3)\n", "# mine\n\ncfg={'seed': 3}\n", "## bisenet\r\ncfg\t=  dict(seed=3)"}) {
    write_file(folder / "my.txt", text);
    try {
      read_config_file(folder / "my.txt");
      FAIL() << text;
    } catch (const UserError& error) {
      EXPECT_NE(error.problems()[0].what.find("Python config"), std::string::npos) << error.what();
      EXPECT_NE(error.problems()[0].remedy.find(".py"), std::string::npos);
    }
  }
  write_file(folder / "my.txt", "# cfg = dict(\nrespth = \"cfg = dict(\"\n");
  EXPECT_EQ(read_config_file(folder / "my.txt").size(), 1U);
}

TEST(Readers, WhatIsTooLargeForAConfigIsNotRead) {
  const testing::TemporaryFolder folder;
  for (const char* name : {"my.toml", "my.py"}) {
    write_file(folder / name, std::string((1 << 20) + 1, '\n'));
    try {
      read_config_file(folder / name);
      FAIL();
    } catch (const UserError& error) {
      EXPECT_EQ(error.problems()[0].what, "is 1.0 MB long, which no config is");
    }
  }
}

// By the bytes or by an escape; a name would end there for the system.
TEST(Readers, NoTextHoldsACharacterOfValueZero) {
  using namespace std::string_literals;
  const testing::TemporaryFolder folder;
  const auto refusal = [&](const std::string& name, const std::string& text) -> Problem {
    write_file(folder / name, text);
    try {
      (void)read_config_file(folder / name);
    } catch (const UserError& error) {
      return error.problems().front();
    }
    return {};
  };
  const std::string toml = (folder / "my.toml").string(), python = (folder / "my.py").string();
  for (const auto& [name, text] : {std::pair("my.toml", "n_cats = 3\nrespth = \"a\0b\"\n"s),
                                   std::pair("my.py", "cfg = dict(\n  respth='a\0b')\n"s)}) {
    const Problem problem = refusal(name, text);
    EXPECT_EQ(problem.where, (folder / name).string() + ":2");
    EXPECT_EQ(problem.what, "not a config: it holds bytes of value 0");
  }
  for (const char* value : {R"("a\u0000b")", R"(["x", "a\u0000"])", R"({a = "\u0000"})"}) {
    const Problem problem = refusal("my.toml", "n_cats = 3\n\nrespth = "s + value + "\n");
    EXPECT_EQ(problem.where, toml + ":3") << value;
    EXPECT_EQ(problem.what, "respth holds a character of value 0") << value;
  }
  EXPECT_EQ(refusal("my.py", "cfg = dict(\n  respth='a\\x00b')\n").where, python + ":2");
}

TEST(Readers, ADeviceIsNoConfig) {
  EXPECT_THROW(read_config_file("/dev/zero"), UserError);
  EXPECT_THROW(read_config_file("/dev/urandom"), UserError);
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
  EXPECT_THROW(read_override("respth=\xff"), UserError);  // would break the JSON that holds it
}

}  // namespace
}  // namespace seg
