// SPDX-License-Identifier: Apache-2.0
#include "training/bad_batch.h"

#include <span>
#include <vector>

#include "base/text.h"
#include "formats/safetensors.h"

namespace seg {

std::string save_bad_batch(const std::filesystem::path& path, const BatchView& batch, const Dataset& dataset) {
  const ImageLayout& layout = batch.layout();
  std::vector<TensorEntry> tensors = {
      TensorEntry{.name = "images",
                  .type = layout.type == PixelType::u8 ? TensorType::u8 : TensorType::u16,
                  .shape = {batch.count(), layout.height, layout.width, layout.channels},
                  .data = batch.images()},
      TensorEntry{.name = "labels",
                  .type = TensorType::u8,
                  .shape = {batch.count(), layout.height, layout.width},
                  .data = std::as_bytes(batch.labels())}};
  if (!batch.distances().empty())
    tensors.push_back({.name = "distance",
                       .type = TensorType::u8,
                       .shape = {batch.count(), layout.height, layout.width},
                       .data = std::as_bytes(batch.distances())});
  if (!batch.points().empty())
    tensors.push_back({.name = "points",
                       .type = TensorType::f32,
                       .shape = {batch.count(), batch.points_per_sample(), 2},
                       .data = std::as_bytes(batch.points())});
  write_safetensors(path, tensors, {{"step", std::to_string(batch.step())}});
  std::vector<std::string> names;
  for (const std::uint32_t index : batch.dataset_indices()) names.push_back(dataset.name(index));
  return joined(names, ", ");
}

}  // namespace seg
