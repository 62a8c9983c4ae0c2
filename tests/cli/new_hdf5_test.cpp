// SPDX-License-Identifier: Apache-2.0
#include "cli/new_hdf5.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "cli/program.h"
#include "tests/cli/printed.h"
#include "tests/support/problem_of.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

using testing::contains;
using testing::Printed;
using testing::run;

class NewHdf5 : public ::testing::Test {
 protected:
  NewHdf5() {
    const Printed packed =
        run({"cache", "dataset=Synthetic", "synthetic_images=4", "synthetic_val_images=2", "synthetic_size=64x96",
             "cropsize=64x64", "--format", "hdf5", "--out", (folder_ / "files" / "a.h5").string()});
    EXPECT_EQ(packed.code, kExitDone) << packed.err;
  }
  Printed find(const std::vector<std::string>& words) const {
    std::vector<std::string> all = {"new", (folder_ / "files").string(), "--out", config_.string()};
    all.insert(all.end(), words.begin(), words.end());
    return run(all);
  }

  testing::TemporaryFolder folder_;
  std::filesystem::path config_ = folder_ / "my.toml";
};

TEST_F(NewHdf5, WritesAConfigThatReadsTheFiles) {
  const Printed found = find({});
  ASSERT_EQ(found.code, kExitDone) << found.err;
  EXPECT_TRUE(contains(found.out, "HDF5: a_train.h5 to train on, a_val.h5 to validate with")) << found.out;
  EXPECT_TRUE(contains(found.out, "6: 4 to train on, 2 to validate with"));
  EXPECT_TRUE(contains(found.out, "96 x 64, colour, 8 bits"));
  const std::string text = read_text(config_);
  for (const char* part : {"dataset = \"HDF5\"", "a_train.h5\"", "a_val.h5\"", "measured on 4 images to train on"})
    EXPECT_TRUE(contains(text, part)) << text;
  const Printed checked = run({"check", config_.string(), "--json"});
  EXPECT_EQ(nlohmann::json::parse(checked.out).at("images"), 4) << checked.err;
}

TEST_F(NewHdf5, SplitsNothingAnew) {
  for (const auto& words : {std::vector<std::string>{"--folds", "2"}, {"--val-fraction", "0.5"}}) {
    const Printed refused = find(words);
    EXPECT_EQ(refused.code, kExitUser);
    EXPECT_TRUE(contains(refused.err, "says how to split a data set")) << refused.err;
  }
  EXPECT_FALSE(std::filesystem::exists(config_));
  write_file(config_, "mine");
  EXPECT_TRUE(contains(find({}).err, "is there already"));
  EXPECT_EQ(read_text(config_), "mine");
}

}  // namespace
}  // namespace seg
