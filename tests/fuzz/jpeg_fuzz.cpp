// SPDX-License-Identifier: Apache-2.0
#include "image/jpeg.h"

#include "base/error.h"
#include "tests/fuzz/target.h"
#include "tests/image/jpeg_maker.h"

namespace seg::testing {

std::vector<std::string> fuzz_seeds() {
  std::vector<std::string> seeds;
  const auto add = [&](std::int64_t channels, const JpegRecipe& recipe) {
    seeds.push_back(as_text(make_jpeg(gradient_image(20, 13, channels), recipe)));
  };
  add(1, {.stored = JCS_GRAYSCALE});
  add(3, {.quality = 40, .across = 2, .down = 2, .exif = exif_text(6, true)});
  add(3, {.stored = JCS_RGB, .restart_rows = 1, .profile_bytes = 40});
  add(3, {.is_progressive = true});
  add(4, {.stored = JCS_YCCK, .has_scan_for_each_channel = true});
  return seeds;
}

void fuzz(std::string_view input) {
  const auto file = as_bytes(input);
  const auto layout = jpeg_layout(file, "fuzz");
  if (!layout) return;
  const Window all{.top = 0, .left = 0, .height = layout->height, .width = layout->width};
  const Window middle{.top = layout->height / 3, .left = layout->width / 3, .height = 1, .width = 1};
  Image image;
  // A large one is decoded in a part only: the pixels of each input would take a second.
  if (layout->height * layout->width < (1 << 20)) {
    try {
      decode_jpeg(file, "fuzz", all, image);
    } catch (const UserError&) {  // a part may be whole
    }
  }
  decode_jpeg(file, "fuzz", middle, image);
}

}  // namespace seg::testing
