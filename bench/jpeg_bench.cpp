// SPDX-License-Identifier: Apache-2.0
// Decoding of JPEG files of the size of Cityscapes, by jpeg_rows and by libjpeg-turbo; both must give the same pixels.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>

#include "base/file.h"
#include "base/random.h"
#include "image/image.h"
#include "image/jpeg_index.h"
#include "image/jpeg_library.h"
#include "image/jpeg_rows.h"
#include "tests/image/jpeg_maker.h"

namespace seg {
namespace {

constexpr std::int64_t kHeight = 1024, kWidth = 2048;
constexpr Window kWindows[] = {{0, 0, kHeight, kWidth}, {256, 512, 512, 1024}, {500, 901, 256, 512}};

// Soft shapes under the noise of a camera: 0.3 bytes a pixel at quality 95.
Image photo() {
  Image image({.height = kHeight, .width = kWidth, .channels = 3});
  Random random(1, RandomStream::synthetic, 0);
  for (std::int64_t y = 0; y < kHeight; ++y) {
    std::uint8_t* to = image.row<std::uint8_t>(y).data();
    for (std::int64_t x = 0; x < kWidth; ++x) {
      const double down = static_cast<double>(y), right = static_cast<double>(x);
      const double noise = static_cast<double>(random.below(1024) + random.below(1024)) / 512 - 2;
      for (int c = 0; c < 3; ++c) {
        const double shape = 110 + 50 * std::sin(right * 0.05 + c) + 40 * std::sin(down * 0.07 + right * 0.03 * c);
        *to++ = static_cast<std::uint8_t>(std::clamp(shape + 4 * noise, 0.0, 255.0));
      }
    }
  }
  return image;
}

// By jpeg_rows, with an index that has seen the file, or without one; or by libjpeg.
enum Way { known_file, new_file, libjpeg };

void decode_jpeg_files(benchmark::State& state) {
  static const Bytes file = testing::make_jpeg(photo(), {.quality = 95, .across = 2, .down = 2});
  const Window& window = kWindows[state.range(0)];
  const JpegHeader header = jpeg_header_of_file(file, "bench");
  std::vector<std::byte> ours(static_cast<std::size_t>(window.height * window.width * 3)), theirs(ours.size());
  decode_with_libjpeg(file, "bench", header, window, theirs.data());
  JpegIndex index;
  JpegIndex* const known = state.range(1) == known_file ? &index : nullptr;
  if (!decode_jpeg_rows(file, header, window, known, ours.data()) || ours != theirs)
    return state.SkipWithError("the pixels differ from libjpeg's");
  for (auto _ : state) {
    if (state.range(1) == libjpeg)
      decode_with_libjpeg(file, "bench", header, window, theirs.data());
    else
      decode_jpeg_rows(file, header, window, known, ours.data());
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(ours.size()));
}
BENCHMARK(decode_jpeg_files)
    ->ArgNames({"window", "way"})
    ->ArgsProduct({{0, 1, 2}, {known_file, new_file, libjpeg}})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace seg
