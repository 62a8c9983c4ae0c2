// SPDX-License-Identifier: Apache-2.0
#include "cli/pack_command.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "tests/cli/printed.h"
#include "tests/support/problem_of.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

namespace fs = std::filesystem;
using testing::contains;
using testing::Printed;
using testing::run;

class PackCommand : public ::testing::Test {
 protected:
  // A later KEY=VALUE wins.
  static std::vector<std::string> words_of(const std::string& command, const std::vector<std::string>& others) {
    std::vector<std::string> words = {command};
    for (const char* word : {"dataset=Synthetic", "synthetic_images=6", "synthetic_val_images=3",
                             "synthetic_size=64x96", "cropsize=64x64", "ims_per_gpu=2", "num_workers=1"})
      words.emplace_back(word);
    words.insert(words.end(), others.begin(), others.end());
    return words;
  }
  static Printed pack(const std::vector<std::string>& others) { return run(words_of("cache", others)); }

  testing::TemporaryFolder folder_;
  std::string out_ = (folder_ / "a" / "packed.h5").string();
};

TEST_F(PackCommand, WritesFilesAndAConfigOfTheSameBatches) {
  const Printed packed = pack({"--format", "hdf5", "--out", out_, "--json"});
  ASSERT_EQ(packed.code, kExitDone) << packed.err;
  const nlohmann::json result = nlohmann::json::parse(packed.out);
  EXPECT_EQ(result.at("samples"), 9);
  EXPECT_EQ(result.at("file"), (folder_ / "a" / "packed_train.h5").string());
  EXPECT_EQ(result.at("val_file"), (folder_ / "a" / "packed_val.h5").string());
  const std::string config = result.at("config");
  EXPECT_EQ(config, (folder_ / "a" / "packed.toml").string());
  EXPECT_TRUE(contains(read_text(config), "packed from the data set Synthetic"));

  const std::string source = (folder_ / "source").string(), target = (folder_ / "target").string();
  ASSERT_EQ(run(words_of("batches", {"--first", "2", "--count", "2", "--out", source})).code, kExitDone);
  const Printed batches = run({"batches", config, "--first", "2", "--count", "2", "--out", target});
  ASSERT_EQ(batches.code, kExitDone) << batches.err;
  EXPECT_TRUE(read_file(source) == read_file(target));
}

TEST_F(PackCommand, FilesAndConfigMayBeMovedTogether) {
  ASSERT_EQ(pack({"--format", "hdf5", "--out", out_, "respth=" + (folder_ / "old").string()}).code, kExitDone);
  fs::rename(folder_ / "a", folder_ / "b");
  const std::string config = (folder_ / "b" / "packed.toml").string();
  EXPECT_TRUE(contains(read_text(config), "train_im_anns = \"packed_train.h5\""));
  EXPECT_TRUE(contains(read_text(config), "respth = \"res/packed\""));
  const std::string target = (folder_ / "target").string();
  const auto batches = [&](const std::vector<std::string>& others) {
    std::vector<std::string> words = {"batches", config, "--force", "--out", target};
    words.insert(words.end(), others.begin(), others.end());
    return run(words);
  };
  EXPECT_EQ(batches({"im_root=" + (folder_ / "b").string()}).code, kExitDone);
  EXPECT_TRUE(contains(batches({}).err, "packed_train.h5\n  what: there is no such list")) << batches({}).err;
  const fs::path before = fs::current_path();
  fs::current_path(folder_ / "b");
  EXPECT_EQ(batches({}).code, kExitDone);
  fs::current_path(before);
}

TEST_F(PackCommand, WritesOverNothingUnlessForced) {
  ASSERT_EQ(pack({"--format", "hdf5", "--out", out_}).code, kExitDone);
  const Printed again = pack({"--format", "hdf5", "--out", out_});
  EXPECT_EQ(again.code, kExitUser);
  EXPECT_TRUE(contains(again.err, "packed_train.h5\n  what: is there already")) << again.err;
  EXPECT_EQ(pack({"--format", "hdf5", "--out", out_, "--force"}).code, kExitDone);

  // What it is packed from is not written over even so.
  const std::string config = (folder_ / "a" / "packed.toml").string();
  const Printed itself = run({"cache", config, "--format", "hdf5", "--out", out_, "--force"});
  EXPECT_EQ(itself.code, kExitUser);
  EXPECT_TRUE(contains(itself.err, "is a file to be read, and would be overwritten")) << itself.err;
}

TEST_F(PackCommand, RefusesWordsThatDoNotFit) {
  EXPECT_TRUE(contains(pack({"--out", out_}).err, "names a file, but a cache lies in cache_dir"));
  EXPECT_TRUE(contains(pack({"--format", "zip", "--out", out_}).err, "there is no such format"));
  EXPECT_TRUE(contains(pack({"--format", "hdf5"}).err, "does not say which file to write"));
  EXPECT_TRUE(contains(pack({"--format", "hdf5", "--out", "packed.bin"}).err, "is no name of an HDF5 file"));
}

TEST_F(PackCommand, AsksForRoomBeforeItBegins) {
  const Printed refused =
      pack({"--format", "hdf5", "--out", out_, "synthetic_images=100000", "synthetic_size=4096x4096"});
  EXPECT_EQ(refused.code, kExitUser);
  EXPECT_TRUE(contains(refused.err, "has too little room")) << refused.err;
}

}  // namespace
}  // namespace seg
