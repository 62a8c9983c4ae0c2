// SPDX-License-Identifier: Apache-2.0
// Decoding of PNG files of the size of Cityscapes, by png_rows and by libpng; both must give the same pixels.
#include <png.h>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>

#include "base/random.h"
#include "image/png.h"
#include "image/png_rows.h"

namespace seg {
namespace {

constexpr std::int64_t kHeight = 1024, kWidth = 2048;
constexpr Window kWhole{0, 0, kHeight, kWidth}, kMiddle{256, 512, 512, 1024};

// Soft shapes under the noise of a camera: 1.6 bytes a pixel once compressed, as a sharp photograph.
Image photo() {
  Image image({.height = kHeight, .width = kWidth, .channels = 3});
  Random random(1, RandomStream::synthetic, 0);
  for (std::int64_t y = 0; y < kHeight; ++y) {
    std::uint8_t* to = image.row<std::uint8_t>(y).data();
    for (std::int64_t x = 0; x < kWidth; ++x) {
      const double down = static_cast<double>(y), right = static_cast<double>(x);
      for (int c = 0; c < 3; ++c) {
        const double shape = 110 + 50 * std::sin(right * 0.013 + c) + 40 * std::sin(down * 0.021 + right * 0.003 * c);
        double noise = -2;
        for (int i = 0; i < 4; ++i) noise += static_cast<double>(random.below(1024)) / 1024;
        *to++ = static_cast<std::uint8_t>(std::clamp(shape + 5 * noise, 0.0, 255.0));
      }
    }
  }
  return image;
}

// Patches of 19 classes with wavy borders.
LabelMap label() {
  LabelMap labels(kHeight, kWidth);
  for (std::int64_t y = 0; y < kHeight; ++y)
    for (std::int64_t x = 0; x < kWidth; ++x) {
      const double down = static_cast<double>(y), right = static_cast<double>(x);
      const auto patch = static_cast<unsigned>((right + 37 * std::sin(down * 0.02)) / 120 + 8) +
                         5 * static_cast<unsigned>((down + 20 * std::sin(right * 0.03)) / 90 + 8);
      labels.row(y)[static_cast<std::size_t>(x)] = static_cast<std::uint8_t>(patch * 7 % 19);
    }
  return labels;
}

void append(png_structp png, png_bytep data, png_size_t size) {
  auto* file = static_cast<Bytes*>(png_get_io_ptr(png));
  file->insert(file->end(), reinterpret_cast<std::byte*>(data), reinterpret_cast<std::byte*>(data) + size);
}

// Level 6. Of real photographs nearly all rows have Paeth's filter, whoever wrote them.
Bytes encoded(const std::byte* pixels, int color, int filters) {
  Bytes file;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(png, &file, append, nullptr);
  png_set_IHDR(png, info, kWidth, kHeight, 8, color, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_BASE,
               PNG_FILTER_TYPE_BASE);
  png_set_filter(png, PNG_FILTER_TYPE_BASE, filters);
  png_set_compression_level(png, 6);
  png_write_info(png, info);
  const std::int64_t row_bytes = color == PNG_COLOR_TYPE_RGB ? 3 * kWidth : kWidth;
  for (std::int64_t y = 0; y < kHeight; ++y)
    png_write_row(png, reinterpret_cast<png_const_bytep>(pixels + y * row_bytes));
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return file;
}

enum Kind { whole_image, crop, whole_label };

struct Case {
  Bytes file;
  PngUse use;
  Window window;
};

Case case_of(Kind kind, int filters) {
  if (kind == whole_label)
    return {encoded(reinterpret_cast<const std::byte*>(label().values().data()), PNG_COLOR_TYPE_GRAY, filters),
            PngUse::labels, kWhole};
  return {encoded(photo().bytes().data(), PNG_COLOR_TYPE_RGB, filters), PngUse::image, kind == crop ? kMiddle : kWhole};
}

void decode_png_files(benchmark::State& state) {
  const Case one = case_of(static_cast<Kind>(state.range(0)), state.range(1) != 0 ? PNG_FILTER_PAETH : PNG_ALL_FILTERS);
  const PngHeader header = read_png_header(one.file, "bench");
  const std::int64_t channels = one.use == PngUse::labels ? 1 : 3;
  std::vector<std::byte> ours(static_cast<std::size_t>(one.window.height * one.window.width * channels));
  std::vector<std::byte> theirs(ours.size());
  decode_png_rows(one.file, "bench", header, one.window, ours.data());
  decode_with_libpng(one.file, "bench", header, one.use, one.window, theirs.data());
  if (ours != theirs) return state.SkipWithError("the pixels differ from libpng's");
  for (auto _ : state) {
    if (state.range(2) != 0)
      decode_with_libpng(one.file, "bench", header, one.use, one.window, theirs.data());
    else
      decode_png_rows(one.file, "bench", header, one.window, ours.data());
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(ours.size()));
}
BENCHMARK(decode_png_files)
    ->ArgNames({"kind", "paeth", "libpng"})
    ->ArgsProduct({{whole_image, crop, whole_label}, {1, 0}, {0, 1}})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace seg
