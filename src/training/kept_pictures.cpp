// SPDX-License-Identifier: Apache-2.0
#include "training/kept_pictures.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>
#include <vector>

#include "image/png.h"

namespace seg {
namespace {

constexpr std::int64_t kPictured = 3, kLongestSide = 512;  // of each of three in a row

}  // namespace

void keep_pictures(Validation& validation, std::span<const Rgb> palette, std::int64_t step, const RunFolder& folder,
                   RunEvents& events) {
  const auto keep = [&](const std::filesystem::path& file, const std::string& tag,
                        std::span<const std::size_t> images) {
    if (images.empty()) return;
    const Image picture = validation.picture(palette, images, kLongestSide);
    write_png(file, picture);
    events.picture(step, tag, picture);
  };
  std::vector<std::size_t> first(static_cast<std::size_t>(std::min(kPictured, validation.num_images()))), worst;
  std::iota(first.begin(), first.end(), std::size_t{0});
  for (const ImageScore& score : validation.worst()) worst.push_back(score.index);
  keep(folder.prediction_picture(), "eval/predictions", first);
  keep(folder.worst_picture(), "eval/worst_predictions", worst);
}

nlohmann::ordered_json to_json(std::span<const ImageScore> worst) {
  auto list = nlohmann::ordered_json::array();
  for (const ImageScore& score : worst) list.push_back({{"image", score.image}, {"miou", score.metrics.miou}});
  return list;
}

}  // namespace seg
