// SPDX-License-Identifier: Apache-2.0
#include "dataset/sample_key.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <set>
#include <utility>

#include "base/file.h"
#include "tests/loader/fake_dataset.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

namespace fs = std::filesystem;
using testing::FakeDataset;
using testing::TemporaryFolder;

// Names of files; nobody decodes them.
class NamedFiles final : public Dataset {
 public:
  explicit NamedFiles(std::vector<SampleFiles> files) : files_(std::move(files)) {}
  std::size_t size() const noexcept override { return files_.size(); }
  std::string name(std::size_t i) const override { return files_[i].images.front(); }
  std::string label_name(std::size_t i) const override { return files_[i].label; }
  SampleFiles files(std::size_t i) const override { return files_[i]; }
  void fetch(std::size_t, EncodedSample&) const override { FAIL(); }
  void fetch_label(std::size_t, EncodedSample&) const override { FAIL(); }
  void decode_image(std::size_t, const EncodedSample&, const Window&, Image&) const override { FAIL(); }
  void decode_label(std::size_t, const EncodedSample&, const Window&, LabelMap&) const override { FAIL(); }

 private:
  std::vector<SampleFiles> files_;
};

class SampleKeys : public ::testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& text = "text") {
    write_file(folder_ / name, text);
    return (folder_ / name).string();
  }
  static std::optional<SampleKey> key(const SampleFiles& files) {
    return key_of_sample(NamedFiles(std::vector{files}), 0);
  }

  TemporaryFolder folder_;
};

TEST_F(SampleKeys, AreOfTheFilesAndOfNothingElse) {
  const std::string a = file("a"), b = file("b"), label = file("label");
  EXPECT_TRUE(key({{a}, label}));
  EXPECT_EQ(key({{a}, label}), key({{a}, label}));
  EXPECT_NE(key({{a}, label}), key({{b}, label}));
  EXPECT_NE(key({{a}, label}), key({{a}, b}));
  EXPECT_NE(key({{a, b}, label}), key({{b, a}, label}));
  EXPECT_NE(key({{a}, label}), key({{a}, ""}));
  EXPECT_NE(key({{a}, label, "1"}), key({{a}, label, "2"}));  // samples of one file
}

TEST_F(SampleKeys, AreOthersOnceAFileWasChanged) {
  const std::string image = file("image"), label = file("label");
  const auto before = key({{image}, label});
  file("image", "longer text");
  const auto longer = key({{image}, label});
  EXPECT_NE(longer, before);
  fs::last_write_time(label, fs::last_write_time(label) + std::chrono::nanoseconds(1000));
  EXPECT_NE(key({{image}, label}), longer);
  EXPECT_EQ(key({{image}, label})->sample, before->sample);
  EXPECT_NE(key({{label}, image})->sample, before->sample);
}

TEST_F(SampleKeys, AreNothingWithoutAFile) {
  const std::string image = file("image");
  EXPECT_FALSE(key({{image}, (folder_ / "gone").string()}));
  EXPECT_FALSE(key({{(folder_ / "gone").string()}, image}));
}

TEST_F(SampleKeys, DoNotDependOnHowAFileIsNamed) {
  const std::string image = file("image");
  const auto plain = key({{image}, image});
  const fs::path relative = fs::relative(folder_.path());
  EXPECT_EQ(key({{(relative / "image").string()}, (folder_.path() / "." / "image").string()}), plain);
  EXPECT_EQ(key({{(folder_.path() / "x" / ".." / "image").string()}, image}).has_value(), false);  // there is no x
  fs::create_directory(folder_ / "x");
  EXPECT_EQ(key({{(folder_.path() / "x" / ".." / "image").string()}, folder_.path().string() + "//image"}), plain);
}

TEST_F(SampleKeys, OfSamplesWithoutFilesAreTheirNames) {
  const FakeDataset without_files;
  EXPECT_TRUE(key_of_sample(without_files, 0));
  EXPECT_NE(key_of_sample(without_files, 0), key_of_sample(without_files, 1));
}

TEST_F(SampleKeys, OfAllSamplesAreThoseOfEach) {
  std::vector<SampleFiles> files;
  const std::string image = file("image");
  for (int i = 0; i < 700; ++i) files.push_back({{image, image + (i % 3 == 0 ? "" : "gone")}, ""});
  const NamedFiles dataset(files);
  const auto keys = keys_of_samples(dataset, 3);
  ASSERT_EQ(keys.size(), 700u);
  for (std::size_t i = 0; i < keys.size(); ++i) ASSERT_EQ(keys[i], key_of_sample(dataset, i)) << i;
  EXPECT_TRUE(keys[0]);
  EXPECT_FALSE(keys[1]);
}

}  // namespace
}  // namespace seg
