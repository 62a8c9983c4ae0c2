// SPDX-License-Identifier: Apache-2.0
#include "image/png.h"

#include "base/error.h"
#include "tests/fuzz/target.h"

namespace seg::testing {

std::vector<std::string> fuzz_seeds() {
  std::vector<std::string> seeds;
  for (const std::int64_t channels : {1, 3}) {
    for (const PixelType type : {PixelType::u8, PixelType::u16}) {
      Image image(ImageLayout{.height = 5, .width = 7, .channels = channels, .type = type});
      for (std::size_t i = 0; i < image.bytes().size(); ++i) image.bytes()[i] = static_cast<std::byte>(17 * i);
      for (const int level : {0, 9}) seeds.push_back(as_text(encode_png(image, {.level = level})));
    }
  }
  LabelMap labels(6, 4);
  for (std::size_t i = 0; i < labels.values().size(); ++i) labels.values()[i] = static_cast<std::uint8_t>(i % 3);
  const std::vector<Rgb> palette = {{0, 0, 0}, {255, 0, 0}, {0, 255, 0}};
  seeds.push_back(as_text(encode_png(labels)));
  seeds.push_back(as_text(encode_png(labels, palette)));
  return seeds;
}

void fuzz(std::string_view input) {
  const auto file = as_bytes(input);
  const ImageLayout layout = png_layout(file, "fuzz");
  const Window all{.top = 0, .left = 0, .height = layout.height, .width = layout.width};
  const Window middle{.top = layout.height / 3, .left = layout.width / 3, .height = 1, .width = 1};
  for (const Window& window : {all, middle}) {
    try {
      Image image;
      decode_png(file, "fuzz", window, image);
    } catch (const UserError&) {  // the same file may still be read as labels
    }
    LabelMap labels;
    decode_png_labels(file, "fuzz", window, labels);
  }
}

}  // namespace seg::testing
