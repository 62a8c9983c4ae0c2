// SPDX-License-Identifier: Apache-2.0
#include "image/libraries.h"

#include <cstdio>  // before jpeglib.h, which needs it
#include <string_view>

#include <jpeglib.h>
#include <png.h>
#include <tiffio.h>
#include <zlib.h>

namespace seg {
namespace {

// 2001005 for "2.1.5": what was compiled against, since the library does not say what it is.
std::string jpeg_version() {
  constexpr int kNumber = LIBJPEG_TURBO_VERSION_NUMBER;
  return std::to_string(kNumber / 1'000'000) + "." + std::to_string(kNumber / 1000 % 1000) + "." +
         std::to_string(kNumber % 1000);
}

// "4.5.0" of "LIBTIFF, Version 4.5.0" and a line on its authors.
std::string tiff_version() {
  const std::string_view text = TIFFGetVersion();
  const std::size_t begin = text.find_first_of("0123456789");
  return std::string(text.substr(begin, text.find('\n') - begin));
}

}  // namespace

std::vector<std::pair<std::string, std::string>> image_libraries() {
  return {{"libpng", png_get_libpng_ver(nullptr)},
          {"libjpeg-turbo", jpeg_version()},
          {"libtiff", tiff_version()},
          {"zlib", zlibVersion()}};
}

}  // namespace seg
