// SPDX-License-Identifier: Apache-2.0
#include "report/kept_config.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "config/printer.h"
#include "config/resolve.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

TEST(KeptConfig, KeysHaveSectionValueAndOrigin) {
  const KeptConfig config = kept_config_of(
      "# run\nseed = 3        # my.toml:4\n\n# data set\nclass_names = [\"a # b\", \"say \\\"x\\\"\"]  # default\n"
      "no key\n= \nlr = 1");
  ASSERT_EQ(config.keys.size(), 4u);
  EXPECT_EQ(config.keys[0].section, "run");
  EXPECT_EQ(config.keys[0].key, "seed");
  EXPECT_EQ(config.keys[0].value, "3");
  EXPECT_EQ(config.keys[0].origin, "my.toml:4");
  EXPECT_FALSE(config.keys[0].is_default());
  EXPECT_EQ(config.keys[1].section, "data set");
  EXPECT_EQ(config.keys[1].value, "[\"a # b\", \"say \\\"x\\\"\"]");
  EXPECT_TRUE(config.keys[1].is_default());
  EXPECT_EQ(quoted_texts(config.value_of("class_names")), (std::vector<std::string>{"a # b", "say \"x\""}));
  EXPECT_EQ(config.value_of("lr"), "1");
  EXPECT_EQ(config.value_of("unknown"), "");
}

TEST(KeptConfig, ReadsEveryKeyThatTheProgramPrints) {
  const ResolvedConfig resolved = load_config(
      {.overrides = {"seed=5", "eval_protocols=mscf,ss", "respth=a#b"}, .purpose = Purpose::show}, silent_log());
  const KeptConfig config = kept_config_of(config_as_toml(resolved));
  EXPECT_EQ(config.keys.size(), resolved.origins.size());
  for (const KeptKey& key : config.keys) {
    const auto origin = resolved.origins.find(key.key);
    ASSERT_NE(origin, resolved.origins.end()) << key.key;
    EXPECT_EQ(key.origin, origin->second.text);
    EXPECT_FALSE(key.value.empty());
    EXPECT_FALSE(key.section.empty());
  }
  EXPECT_EQ(config.value_of("seed"), "5");
  EXPECT_EQ(config.value_of("respth"), "\"a#b\"");
  EXPECT_EQ(main_protocol_of(config), "mscf");
  EXPECT_EQ(main_protocol_of({}), "ss");
}

TEST(KeptConfig, AFileThatIsAbsentOrUnreadableIsAnEmptyOne) {
  const testing::TemporaryFolder folder;
  EXPECT_TRUE(read_kept_config(folder.path()).keys.empty());
  make_folder(folder / "config.toml");
  EXPECT_TRUE(read_kept_config(folder.path()).keys.empty());
}

}  // namespace
}  // namespace seg
