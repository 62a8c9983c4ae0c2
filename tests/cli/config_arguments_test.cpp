// SPDX-License-Identifier: Apache-2.0
#include "cli/config_arguments.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

ResolvedConfig parse(std::vector<std::string> words) {
  CLI::App app;
  const auto arguments = ConfigArguments::add_to(app);
  std::reverse(words.begin(), words.end());  // CLI11 takes them from the back
  app.parse(words);
  return arguments->load(Purpose::show, silent_log());
}

TEST(ConfigArguments, AFileComesFirstAndOverridesWin) {
  const testing::TemporaryFolder folder;
  const std::string file = (folder / "my.toml").string();
  write_file(file, "ims_per_gpu = 4\nseed = 7\n");
  const Config config = parse({file, "seed=9"}).config;
  EXPECT_EQ(config.loader.ims_per_gpu, 4);
  EXPECT_EQ(config.run.seed, 9);
}

TEST(ConfigArguments, APresetIsAConfigAndExplicitKeysWinOverIt) {
  EXPECT_EQ(parse({"--preset", "fast"}).config.loader.ims_per_gpu, 64);
  EXPECT_EQ(parse({"--preset", "fast", "ims_per_gpu=2"}).config.loader.ims_per_gpu, 2);
}

TEST(ConfigArguments, NothingAtAllIsRefused) { EXPECT_THROW(parse({}), UserError); }

TEST(ConfigArguments, AWordThatIsNoOverrideIsNamed) {
  try {
    (void)parse({"seed=1", "second.toml"});
    ADD_FAILURE();
  } catch (const UserError& error) {
    EXPECT_EQ(error.problems().front().where, "second.toml");
  }
}

TEST(ConfigArguments, WordsBeforeTheKeysMayBelongToTheCommand) {
  CLI::App app;
  const auto arguments = ConfigArguments::add_to(app);
  std::vector<std::string> words = {"seed=3", "bisenetv2"};
  app.parse(words);
  EXPECT_EQ(arguments->load_without_file(Purpose::show, silent_log(), 1).config.run.seed, 3);
}

}  // namespace
}  // namespace seg
