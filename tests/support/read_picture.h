// SPDX-License-Identifier: Apache-2.0
// The pixels of a PNG file that the code under test wrote.
#pragma once
#include <filesystem>

#include "base/file.h"
#include "image/png.h"

namespace seg::testing {

inline Image read_picture(const std::filesystem::path& path) {
  const Bytes bytes = read_file(path);
  Image image;
  decode_png(bytes, path.string(), whole(png_layout(bytes, path.string())), image);
  return image;
}

}  // namespace seg::testing
