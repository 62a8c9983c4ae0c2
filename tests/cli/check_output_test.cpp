// SPDX-License-Identifier: Apache-2.0
#include "cli/check_output.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "base/file.h"
#include "tests/loader/fake_dataset.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

using testing::FakeDataset;
using testing::TemporaryFolder;

// Two splits of two classes each; the second was looked at before.
class CheckOutput : public ::testing::Test {
 protected:
  CheckOutput() {
    for (CheckedSplit& split : splits_) {
      split.check.labels.classes = {{.pixels = 30, .images = 2, .pixels_of_images = 40, .share = 0.75},
                                    {.pixels = 10, .images = 1, .pixels_of_images = 20, .share = 0.25}};
      split.check.labels.ignored_pixels = 10;
      split.check.labels.smallest = {.height = 40, .width = 60, .channels = 3};
      split.check.labels.largest = {.height = 45, .width = 67, .channels = 3};
      split.check.images.mean = {0.5, 0.25, 0.125};
      split.check.images.deviation = {0.25, 0.25, 0.25};
    }
    splits_[0].check.images.bytes_read = 2'000'000;
    splits_[0].check.images.decode_seconds = 0.006;
    splits_[1].check.labels.num_known = splits_[1].check.images.num_known = 2;
  }
  CheckResult result() const { return {.splits = splits_, .findings = findings_, .disk = disk_}; }

  const FakeDataset train_{{.size = 3}}, validation_{{.size = 2, .bad = {1}}};
  std::vector<CheckedSplit> splits_ = {{.split = Split::train, .dataset = &train_, .check = {}},
                                       {.split = Split::validation, .dataset = &validation_, .check = {}}};
  Findings findings_{.problems = {{"image_1.png", "the PNG is truncated", "copy it again"}},
                     .warnings = {{"mean", "is far from the images'", "mean=[0.5]"}}};
  DiskSpeed disk_{.num_samples = 2, .bytes_per_second = 100e6, .samples_per_second = 50, .bytes_of_all = 1000};
};

TEST_F(CheckOutput, TellsPeopleWhatWasFound) {
  std::FILE* file = std::tmpfile();
  {
    Console console({.stream = file});
    show(result(), console);
  }
  std::string text(static_cast<std::size_t>(std::ftell(file)), '\0');
  std::rewind(file);
  text.resize(std::fread(text.data(), 1, text.size(), file));
  std::fclose(file);
  for (const char* line :
       {"training data: 3 images", "validation data: 2 images", "0       75.000      30       2\n",
        "60 x 40 to 67 x 45; mean = [0.5000, 0.2500, 0.1250]", "ignored: 20.00 % of the pixels",
        "class_weights = \"median_frequency\" would be [0.8333, 1.2500]",
        "files: 2.0 MB, decoded in 2.0 ms each by one thread", "known from an earlier scan: 2 of 2 samples",
        "disk: 100 MB/s, 50 images/s (2 samples", "warning: mean: is far from the images'. Try: mean=[0.5]"})
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
  EXPECT_EQ(text.find("truncated"), std::string::npos);  // problems are told by the program
}

TEST_F(CheckOutput, TellsProgramsTheSame) {
  const nlohmann::json json = to_json(result());
  EXPECT_EQ(json.at("images"), 3);
  EXPECT_EQ(json.at("validation").at("images"), 2);
  EXPECT_EQ(
      json.at("classes").at(1),
      (nlohmann::json{
          {"id", 1}, {"name", ""}, {"pixels", 10}, {"images", 1}, {"share", 0.25}, {"median_frequency_weight", 1.25}}));
  EXPECT_EQ(json.at("sizes"), (nlohmann::json{{"min", {40, 60}}, {"max", {45, 67}}}));
  EXPECT_EQ(json.at("validation").at("known"), (nlohmann::json{{"labels", 2}, {"images", 2}}));
  EXPECT_EQ(json.at("problems").at(0).at("try"), "copy it again");
  EXPECT_EQ(json.at("warnings").at(0).at("where"), "mean");
  EXPECT_EQ(json.at("disk").at("images_per_second"), 50);
}

TEST_F(CheckOutput, TellsNothingOfADiskThatWasNotMeasured) {
  disk_ = {};
  EXPECT_TRUE(to_json(result()).at("disk").is_null());
}

TEST_F(CheckOutput, DrawsThePicturesThatCanBeRead) {
  const TemporaryFolder folder;
  const std::string file = (folder / "check.html").string();
  write_check_page(file, "segtrain check", result());
  const std::string html = read_text(file);
  std::size_t pictures = 0;
  for (std::size_t at = html.find("<figure>"); at != std::string::npos; at = html.find("<figure>", at + 1)) ++pictures;
  EXPECT_EQ(pictures, 4U);
  EXPECT_NE(html.find("the PNG is truncated"), std::string::npos);
}

}  // namespace
}  // namespace seg
