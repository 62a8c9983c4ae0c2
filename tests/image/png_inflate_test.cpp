// SPDX-License-Identifier: Apache-2.0
#include "image/png_inflate.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/image/png_maker.h"
#include "tests/support/problem_of.h"

namespace seg {
namespace {

using testing::contains, testing::deflated, testing::png_chunk, testing::problem_of;
using Checked = PngInflate::Checked;

// Compresses well here and badly there.
std::string some_text(std::size_t size) {
  Random random(5, RandomStream::synthetic, 0);
  std::string text;
  while (text.size() < size)
    text +=
        random.below(3) == 0 ? std::string(random.below(300), 'x') : std::string(1, static_cast<char>(random.bits()));
  text.resize(size);
  return text;
}

Bytes file_of(const std::string& packed, std::size_t piece) {
  std::string file = "\x89PNG\r\n\x1a\n" + testing::png_header(4, 4, 8, testing::kPngRgb, false);
  for (std::size_t i = 0; i < packed.size(); i += piece) file += png_chunk("IDAT", packed.substr(i, piece));
  return testing::to_bytes(file + png_chunk("IEND", ""));
}

// Inflates `size` bytes, `step` at a time.
std::string inflated(PngInflate& inflate, const Bytes& file, std::size_t size, std::size_t step,
                     Checked checked = Checked::to_the_end) {
  PngChunks chunks(file, "a.png", read_png_header(file, "a.png"));
  inflate.begin(chunks, "a.png", checked);
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; i += step)
    inflate.read(std::as_writable_bytes(std::span(text)).subspan(i, std::min(step, size - i)));
  if (checked == Checked::to_the_end) inflate.finish();
  return text;
}

std::string refusal(const std::string& packed, std::size_t size, std::size_t piece = 1 << 20) {
  PngInflate inflate;
  return problem_of([&] { inflated(inflate, file_of(packed, piece), size, size + 1); }).what;
}

TEST(PngInflate, PiecesStepsAndKindsOfBlocksDoNotMatter) {
  PngInflate inflate;  // reused, as a thread does
  for (const std::size_t size : {std::size_t{1}, std::size_t{1000}, std::size_t{200'000}}) {
    const std::string text = some_text(size);
    for (const auto& [level, strategy] : {std::pair{0, Z_DEFAULT_STRATEGY}, {1, Z_FIXED}, {6, Z_DEFAULT_STRATEGY}}) {
      const std::string packed = deflated(text, level, strategy);
      for (const std::size_t piece :
           {std::size_t{1}, std::size_t{7}, std::size_t{8192}, std::size_t{40'000}, packed.size()})
        for (const std::size_t step : {std::size_t{1000}, std::size_t{70'000}, size}) {
          if (piece < 100 && size > 10'000) continue;
          ASSERT_EQ(inflated(inflate, file_of(packed, piece), size, step), text) << size << " by " << piece;
        }
    }
  }
}

TEST(PngInflate, WhatIsNotReadIsNotChecked) {
  const std::string text = some_text(200'000);
  std::string packed = deflated(text, 6);
  packed.resize(packed.size() * 2 / 3);
  PngInflate inflate;
  EXPECT_EQ(inflated(inflate, file_of(packed, 8192), 50'000, 10'000, Checked::as_far_as_read), text.substr(0, 50'000));
}

TEST(PngInflate, TooFewAndTooManyBytesAreFound) {
  const std::string packed = deflated(some_text(5000), 6);
  EXPECT_TRUE(contains(refusal(packed, 5001), "end before its last row"));
  EXPECT_TRUE(contains(refusal(packed, 4999), "more than its rows"));
  for (const std::size_t piece : {std::size_t{1}, std::size_t{1} << 20}) {
    EXPECT_TRUE(contains(refusal(packed + "x", 5000, piece), "more than its rows")) << piece;
    EXPECT_EQ(refusal(packed + std::string(40'000, 'x'), 5000, piece),
              "the PNG is damaged: it holds more than its rows");
  }
  for (std::size_t size = 0; size < packed.size(); size += size < 10 || size + 10 > packed.size() ? 1 : 97)
    EXPECT_TRUE(contains(refusal(packed.substr(0, size), 5000), "end before its last row")) << size;
}

TEST(PngInflate, DamageIsFound) {
  const std::string packed = deflated(some_text(5000), 6);
  const auto changed = [&](std::size_t i, int by) {
    std::string other = packed;
    other[i] = static_cast<char>(other[i] ^ by);
    return other;
  };
  EXPECT_TRUE(contains(refusal(changed(0, 1), 5000), "do not begin as they must"));
  EXPECT_TRUE(contains(refusal(changed(1, 1), 5000), "do not begin as they must"));
  EXPECT_TRUE(contains(refusal(changed(2, 6), 5000), "damaged"));
  EXPECT_TRUE(
      contains(refusal(std::string("\x78\x01\x07\x00\x00\x00\x00\x00\x00", 9), 10), "not valid"));  // block type 3
  EXPECT_TRUE(contains(refusal(changed(packed.size() - 1, 1), 5000), "do not match their checksum"));
  for (std::size_t bit = 0; bit < packed.size() * 8; bit += 101)
    EXPECT_TRUE(contains(refusal(changed(bit / 8, 1 << bit % 8), 5000), "damaged")) << bit;
}

}  // namespace
}  // namespace seg
