// SPDX-License-Identifier: Apache-2.0
#include "image/png_chunks.h"

#include <gtest/gtest.h>

#include "tests/image/png_maker.h"
#include "tests/support/problem_of.h"

namespace seg {
namespace {

using testing::contains, testing::kPngPalette, testing::kPngRgb, testing::png_chunk, testing::problem_of;

const std::string kEnd = png_chunk("IEND", "");

Bytes file_of(const std::string& chunks, int color = kPngRgb) {
  return testing::to_bytes("\x89PNG\r\n\x1a\n" + testing::png_header(4, 4, 8, color, false) + chunks);
}

// The compressed pixels, after which the rest of the file is checked.
std::string pixels_of(const Bytes& file) {
  PngChunks chunks(file, "a.png", read_png_header(file, "a.png"));
  std::string all;
  for (auto piece = chunks.next_piece(); !piece.empty(); piece = chunks.next_piece())
    all.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  chunks.finish();
  return all;
}

std::string refusal(const Bytes& file) {
  return problem_of([&] { pixels_of(file); }).what;
}

TEST(PngChunks, PiecesOfPixelsComeInOrderAndTheRestIsSteppedOver) {
  const std::string file = png_chunk("gAMA", "1234") + png_chunk("IDAT", "ab") + png_chunk("IDAT", "") +
                           png_chunk("IDAT", "c") + png_chunk("tIME", "now") + kEnd;
  EXPECT_EQ(pixels_of(file_of(file)), "abc");
  EXPECT_EQ(pixels_of(file_of(png_chunk("PLTE", "rgb") + file + "what programs append", kPngPalette)), "abc");
}

TEST(PngChunks, AChunkThatMayBeIgnoredMayBeDamaged) {
  std::string text = png_chunk("tEXt", "a comment");
  text.back() ^= 1;
  EXPECT_EQ(pixels_of(file_of(text + png_chunk("IDAT", "ab") + kEnd)), "ab");
}

TEST(PngChunks, EveryOtherDamageIsNamedWithItsPlace) {
  std::string pixels = png_chunk("IDAT", "ab");
  pixels[9] ^= 1;
  EXPECT_EQ(refusal(file_of(pixels + kEnd)),
            "the PNG is damaged: its chunk IDAT at byte 33 does not match its checksum");
  std::string end = kEnd;
  end.back() ^= 1;
  EXPECT_EQ(refusal(file_of(png_chunk("IDAT", "ab") + end)),
            "the PNG is damaged: its chunk IEND at byte 47 does not match its checksum");
  EXPECT_EQ(refusal(file_of(png_chunk("I?AT", "ab") + kEnd)), "the PNG is damaged: no chunk begins at its byte 33");
  EXPECT_EQ(refusal(file_of(png_chunk("NEWS", "ab") + kEnd)),
            "the PNG is damaged: its chunk NEWS at byte 33 has no place there");
  EXPECT_EQ(refusal(file_of(png_chunk("IDAT", "ab") + png_chunk("tIME", "") + png_chunk("IDAT", "c") + kEnd)),
            "the PNG is damaged: its chunk IDAT at byte 59 has no place there");
  EXPECT_EQ(refusal(file_of(png_chunk("IDAT", "ab") + png_chunk("PLTE", "rgb") + kEnd)),
            "the PNG is damaged: its chunk PLTE at byte 47 has no place there");
}

TEST(PngChunks, APaletteMustBeThereAndHaveColours) {
  const std::string pixels = png_chunk("IDAT", "ab") + kEnd;
  EXPECT_EQ(refusal(file_of(pixels, kPngPalette)), "the PNG is damaged: its palette is missing");
  for (const std::size_t size : {std::size_t{0}, std::size_t{4}, std::size_t{771}})
    EXPECT_EQ(refusal(file_of(png_chunk("PLTE", std::string(size, 'x')) + pixels, kPngPalette)),
              "the PNG is damaged: its palette has an impossible size");
}

TEST(PngChunks, PixelsThatNobodyAskedForAreTooMany) {
  const Bytes file = file_of(png_chunk("IDAT", "ab") + png_chunk("IDAT", "c") + kEnd);
  PngChunks chunks(file, "a.png", read_png_header(file, "a.png"));
  EXPECT_EQ(chunks.next_piece().size(), 2u);
  EXPECT_EQ(problem_of([&] { chunks.finish(); }).what, "the PNG is damaged: it holds more than its rows");
}

TEST(PngChunks, TruncationAtEveryByteIsFound) {
  const Bytes file = file_of(png_chunk("gAMA", "1234") + png_chunk("IDAT", "abc") + kEnd);
  for (std::size_t size = kPngHeaderBytes; size < file.size(); ++size)
    EXPECT_TRUE(contains(refusal(Bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size))), "truncated"));
}

}  // namespace
}  // namespace seg
