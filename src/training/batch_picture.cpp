// SPDX-License-Identifier: Apache-2.0
#include "training/batch_picture.h"

#include <algorithm>
#include <vector>

#include "image/color_map.h"
#include "image/png.h"

namespace seg {

void save_batch_picture(const std::filesystem::path& path, const BatchView& batch, std::span<const Rgb> palette,
                        int ignore_label, std::int64_t most) {
  std::vector<Image> pictures;
  const ImageLayout& layout = batch.layout();
  for (std::int64_t i = 0; i < std::min(most, batch.count()); ++i) {
    Image crop(layout);
    std::ranges::copy(batch.image(i), crop.bytes().begin());
    LabelMap labels(layout.height, layout.width);
    std::ranges::copy(batch.label(i), labels.values().begin());
    pictures.push_back(to_rgb(crop));
    pictures.push_back(overlay(crop, labels, palette, {.ignore_label = ignore_label}));
  }
  write_png(path, sheet(pictures, {.columns = 4}));
}

}  // namespace seg
