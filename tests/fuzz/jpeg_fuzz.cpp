// SPDX-License-Identifier: Apache-2.0
#include "image/jpeg.h"

#include <stdexcept>

#include "base/error.h"
#include "image/jpeg_index.h"
#include "image/jpeg_library.h"
#include "image/jpeg_rows.h"
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
  // One of the scans a thousand times, each of which is as much work as the image.
  const std::string progressive = seeds[3];
  const std::size_t last = progressive.rfind("\xff\xda"), end = progressive.size() - 2;
  std::string repeated = progressive.substr(0, last);
  for (int i = 0; i < 1000; ++i) repeated.append(progressive, last, end - last);
  seeds.push_back(repeated + progressive.substr(end));
  // Sides of 65535 for a few blocks: behind the mark of a frame come its length and depth.
  for (const auto& [number, mark] : {std::pair(1U, "\xff\xc0"), std::pair(3U, "\xff\xc2")}) {
    std::string large = seeds.at(number);
    large.replace(large.find(mark) + 5, 4, "\xff\xff\xff\xff");
    seeds.push_back(std::move(large));
  }
  for (const auto& [across, down] : {std::pair(1, 1), std::pair(2, 1), std::pair(1, 2), std::pair(2, 2)})
    add(3, {.quality = 70, .across = across, .down = down, .restart_units = down, .has_own_codes = across == 2});
  return seeds;
}

namespace {

// What is decoded without libjpeg is what libjpeg makes of it. Of a part, libjpeg may look at more of the file than is
// needed: of a gray image with several rows of blocks a unit, at the whole unit.
void compare_with_libjpeg(std::span<const std::byte> file, const Window& window, bool is_part, JpegIndex& index) {
  const JpegHeader header = jpeg_header_of_file(file, "fuzz");
  Bytes ours(static_cast<std::size_t>(window.height * window.width * header.layout().channels)), theirs(ours.size());
  if (!decode_jpeg_rows(file, header, window, &index, ours.data())) return;
  try {
    decode_with_libjpeg(file, "fuzz", header, window, theirs.data());
  } catch (const UserError& error) {
    if (is_part && header.components == 1) return;
    throw std::logic_error(std::string("taken, but libjpeg says: ") + error.what());
  }
  if (ours != theirs) throw std::logic_error("the pixels differ from libjpeg's");
}

}  // namespace

void fuzz(std::string_view input) {
  const auto file = as_bytes(input);
  const auto layout = jpeg_layout(file, "fuzz");
  if (!layout) return;
  const Window all{.top = 0, .left = 0, .height = layout->height, .width = layout->width};
  const Window middle{.top = layout->height / 3, .left = layout->width / 3, .height = 1, .width = 1};
  Image image;
  const JpegHeader header = jpeg_header_of_file(file, "fuzz");
  JpegIndex index(JpegIndex::kLargestBytes, KeyedDigest(0x9e3779b97f4a7c15));  // of this input alone
  if (header.height * header.width < (1 << 16)) {
    compare_with_libjpeg(file, {.top = 0, .left = 0, .height = header.height, .width = header.width}, false, index);
    const Window point{.top = header.height / 2, .left = header.width / 3, .height = 1, .width = 1};
    compare_with_libjpeg(file, point, true, index);
    compare_with_libjpeg(file, {.top = header.height - 1, .left = 0, .height = 1, .width = 1}, true, index);
    compare_with_libjpeg(file, point, true, index);  // now the file is known
  }
  // A large one is decoded in a part only: the pixels of each input would take a second.
  if (layout->height * layout->width < (1 << 20)) {
    try {
      decode_jpeg(file, "fuzz", all, image);
    } catch (const UserError&) {  // a part may be whole
    }
  }
  decode_jpeg(file, "fuzz", middle, image, &index);
}

}  // namespace seg::testing
