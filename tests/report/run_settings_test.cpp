// SPDX-License-Identifier: Apache-2.0
#include "report/run_settings.h"

#include <gtest/gtest.h>

#include "tests/report/well_formed.h"

namespace seg {
namespace {

TEST(RunSettings, ChosenOnesStandBeforeAll) {
  const std::string html = settings_html(
      kept_config_of("# run\nseed = 0  # default\nrespth = \"<a>\"  # command line\n# step\nlr = 1  # default\n"));
  testing::expect_well_formed(html);
  const std::size_t all = html.find("<summary>All 3 keys</summary>");
  ASSERT_NE(all, std::string::npos);
  EXPECT_LT(html.find("&quot;&lt;a&gt;&quot;"), all);
  EXPECT_GT(html.find("seed"), all) << "a default is only among all";
  EXPECT_NE(html.find("command line"), std::string::npos);
  EXPECT_NE(html.find(">step</td>"), std::string::npos) << "a section";
}

TEST(RunSettings, WithoutAConfigSaySo) { EXPECT_NE(settings_html({}).find("has no config.toml"), std::string::npos); }

}  // namespace
}  // namespace seg
