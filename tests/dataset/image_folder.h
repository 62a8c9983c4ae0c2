// SPDX-License-Identifier: Apache-2.0
// A folder that lives as long as its test, with images, labels and texts in it.
#pragma once
#include <cstdint>
#include <string>

#include "base/file.h"
#include "image/png.h"
#include "tests/support/temporary_folder.h"

namespace seg::testing {

class ImageFolder : public TemporaryFolder {
 public:
  std::string text() const { return path().string(); }

  void write(const std::string& name, const std::string& text) const { write_file(path() / name, text); }

  // An image of one value, and a label map of one value.
  void write_image(const std::string& name, const ImageLayout& layout, int value = 7) const {
    Image image(layout);
    for (std::byte& byte : image.bytes()) byte = static_cast<std::byte>(value);
    write_png(path() / name, image);
  }
  void write_label(const std::string& name, std::int64_t height, std::int64_t width, int value = 0) const {
    LabelMap label(height, width);
    for (std::uint8_t& pixel : label.values()) pixel = static_cast<std::uint8_t>(value);
    write_png(path() / name, label);
  }
};

}  // namespace seg::testing
