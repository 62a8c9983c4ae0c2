// SPDX-License-Identifier: Apache-2.0
// A folder that lives as long as its test, and files in it.
#pragma once
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "base/file.h"
#include "image/png.h"

namespace seg::testing {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::path(::testing::TempDir()) /
            (std::string(test->test_suite_name()) + "." + test->name() + "." + std::to_string(::getpid()));
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  std::string text() const { return path_.string(); }

  void write(const std::string& name, const std::string& text) const { write_file(path_ / name, text); }

  // An image of one value, and a label map of one value.
  void write_image(const std::string& name, const ImageLayout& layout, int value = 7) const {
    Image image(layout);
    for (std::byte& byte : image.bytes()) byte = static_cast<std::byte>(value);
    write_png(path_ / name, image);
  }
  void write_label(const std::string& name, std::int64_t height, std::int64_t width, int value = 0) const {
    LabelMap label(height, width);
    for (std::uint8_t& pixel : label.values()) pixel = static_cast<std::uint8_t>(value);
    write_png(path_ / name, label);
  }

 private:
  std::filesystem::path path_;
};

}  // namespace seg::testing
