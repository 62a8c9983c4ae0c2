// SPDX-License-Identifier: Apache-2.0
#include "image/tiff.h"

#include "base/error.h"
#include "tests/fuzz/target.h"
#include "tests/image/tiff_maker.h"

namespace seg::testing {

std::vector<std::string> fuzz_seeds() {
  std::vector<std::string> seeds;
  std::uint64_t seed = 1;
  const auto add = [&](RawTiff raw) {
    raw.width = 19;
    raw.height = 17;
    raw.is_big = seed % 2 == 0;
    raw.is_big_endian = seed % 3 == 0;
    seeds.push_back(as_text(make_tiff(random_tiff(raw, seed++))));
  };
  for (const int compression : {COMPRESSION_NONE, COMPRESSION_LZW, COMPRESSION_ADOBE_DEFLATE, COMPRESSION_PACKBITS,
                                COMPRESSION_JPEG, COMPRESSION_ZSTD})
    for (const int tile : {0, 16}) {
      const RawTiff raw{.compression = compression, .strip_rows = 5, .tile_height = tile, .tile_width = tile};
      if (TIFFIsCODECConfigured(static_cast<std::uint16_t>(compression)) == 0) continue;
      add(raw);
      RawTiff color = raw;
      color.samples = 3;
      color.color = compression == COMPRESSION_JPEG ? PHOTOMETRIC_YCBCR : PHOTOMETRIC_RGB;
      add(color);
      if (compression == COMPRESSION_JPEG) continue;
      color.bits = 16;
      color.is_planar = true;
      color.has_predictor = compression != COMPRESSION_NONE && compression != COMPRESSION_PACKBITS;
      add(color);
    }
  add({.bits = 1, .color = PHOTOMETRIC_MINISWHITE});
  add({.bits = 4, .color = PHOTOMETRIC_PALETTE, .orientation = 6});
  add({.samples = 2, .extra = {EXTRASAMPLE_UNASSALPHA}, .page_kinds = {FILETYPE_REDUCEDIMAGE}});
  return seeds;
}

void fuzz(std::string_view input) {
  const auto file = as_bytes(input);
  const ImageLayout layout = tiff_layout(file, "fuzz");
  if (layout.size_bytes() > 64 << 20) return;  // allowed, but slow
  const Window all{.top = 0, .left = 0, .height = layout.height, .width = layout.width};
  const Window middle{.top = layout.height / 3, .left = layout.width / 3, .height = 1, .width = 1};
  for (const Window& window : {all, middle}) {
    try {
      Image image;
      decode_tiff(file, "fuzz", window, image);
    } catch (const UserError&) {  // the same file may still be read as labels
    }
    LabelMap labels;
    decode_tiff_labels(file, "fuzz", window, labels);
  }
}

}  // namespace seg::testing
