// SPDX-License-Identifier: Apache-2.0
// What `predict` refuses before it looks at an image; tests/e2e/predict.py has what it does.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "engine/memory.h"
#include "image/png.h"
#include "tests/cli/printed.h"
#include "tests/support/temporary_folder.h"
#include "tests/training/small_network.h"
#include "training/weight_file.h"

namespace seg {
namespace {

using LabelValues = std::vector<std::vector<std::int64_t>>;

class Predict : public ::testing::Test {
 protected:
  // Weights whose data set had these values for its three classes: sky, road, car.
  std::string weights(LabelValues values = {}) const {
    ModelCard card = testing::small_card();
    card.label_values = std::move(values);
    const std::string path = folder_ / "w.safetensors";
    save_weights(path, card, ParameterStore(graph_of(card), {.gradients = false}));
    return path;
  }
  std::string image(const std::string& name) const {
    const std::filesystem::path path = folder_ / name;
    make_folder(path.parent_path());
    write_png(path, Image({32, 32, 3, PixelType::u8}));
    return path.string();
  }
  void expect_refused(std::vector<std::string> words, const std::string& said) const {
    words.insert(words.begin(), "predict");
    words.insert(words.end(), {"--out", (folder_ / "out").string()});
    const testing::Printed result = testing::run(words);
    EXPECT_EQ(result.code, kExitUser);
    EXPECT_NE(result.err.find(said), std::string::npos) << result.err;
  }

  testing::TemporaryFolder folder_;
};

TEST_F(Predict, KeysAloneAreNoImages) { expect_refused({"w.safetensors", "threads=1"}, "no image is given"); }

TEST_F(Predict, NumbersOfTheDataSetNeedWeightsThatKnowOneForEachClass) {
  const std::string picture = image("a.png");
  expect_refused({weights(), picture, "--ids", "dataset"}, "does not say which values");
  expect_refused({weights({{7}, {}, {9}}), picture, "--ids", "dataset"}, "no value of the label files stands for road");
}

// The others are predicted; of tiles it would have been done.
TEST_F(Predict, AnImageForWhichThereIsNoMemoryIsNamedWithWhatToTry) {
  if (!install_arena({.reserve = std::size_t{4} << 30})) GTEST_SKIP() << "built with a sanitizer";
  const std::string small = image("small.png"), large = (folder_ / "large.png").string();
  write_png(large, Image({1024, 2048, 3, PixelType::u8}));
  std::vector<std::string> words = {
      "predict", weights(), small, large, "threads=1", "--out", (folder_ / "out").string(), "--force", "--tile", "off"};
  const ArenaCap cap(installed_arena()->statistics().in_use + (std::size_t{150} << 20));
  const testing::Printed result = testing::run(words);
  EXPECT_EQ(result.code, kExitOutOfMemory) << result.err;
  EXPECT_NE(result.err.find(large + "\n  what: memory ran out on this image of 2048 x 1024"), std::string::npos)
      << result.err;
  EXPECT_NE(result.err.find("--tile 512x512"), std::string::npos) << result.err;
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out" / "small.png"));
  words.back() = "256x256";
  EXPECT_EQ(testing::run(words).code, kExitDone);
}

// A part of the addresses that the process may still have; at the end as before.
class AddressLimit {
 public:
  explicit AddressLimit(std::int64_t bytes_left) {
    std::ifstream pages("/proc/self/statm");
    std::int64_t used = 0;
    pages >> used;
    ::getrlimit(RLIMIT_AS, &before_);
    const ::rlimit limit{.rlim_cur = static_cast<rlim_t>(used * ::sysconf(_SC_PAGESIZE) + bytes_left),
                         .rlim_max = before_.rlim_max};
    is_set_ = ::setrlimit(RLIMIT_AS, &limit) == 0;
  }
  ~AddressLimit() { ::setrlimit(RLIMIT_AS, &before_); }
  AddressLimit(const AddressLimit&) = delete;
  AddressLimit& operator=(const AddressLimit&) = delete;

  bool is_set() const { return is_set_; }

 private:
  ::rlimit before_{};
  bool is_set_ = false;
};

TEST_F(Predict, AnImageThatCannotBeDecodedForWantOfMemoryDoesNotEndTheOthers) {
  if (!install_arena({.reserve = std::size_t{4} << 30})) GTEST_SKIP() << "built with a sanitizer";
  const std::string huge = (folder_ / "a_huge.png").string(), small = image("small.png");
  write_png(huge, Image({14'000, 14'000, 1, PixelType::u8}));
  const std::vector<std::string> words = {
      "predict", weights(), huge, small, "threads=1", "--out", (folder_ / "out").string(), "--json"};
  const AddressLimit limit(std::int64_t{180} << 20);
  ASSERT_TRUE(limit.is_set());
  const testing::Printed result = testing::run(words);
  EXPECT_EQ(result.code, kExitOutOfMemory) << result.err;
  EXPECT_NE(result.err.find(huge + "\n  what: memory ran out while it was read"), std::string::npos) << result.err;
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out" / "small.png"));
}

TEST_F(Predict, WhatIsKeptOfOneViewAloneIsRefusedWithSeveral) {
  const std::string picture = image("a.png"), file = weights();
  expect_refused({file, picture, "--protocol", "msf", "--tile", "64x64"}, "is for images that are looked at once");
  expect_refused({file, picture, "--protocol", "ssc", "--probabilities", "road"}, "of several views classes alone");
  expect_refused({file, picture, "eval_start_shortside=64", "--threshold", "road=0.5"},
                 "of several views classes alone");
}

// Images of one name get the names of their folders; the results of these two would be the images themselves.
TEST_F(Predict, AnImageThatAResultWouldReplaceIsNamed) {
  const std::string left = image("out/left/a.png"), right = image("out/right/a.png");
  const Bytes before = read_file(left);
  expect_refused({weights(), left, right}, left + "\n  what: is a file to be read, and would be overwritten");
  EXPECT_EQ(read_file(left), before);
}

}  // namespace
}  // namespace seg
