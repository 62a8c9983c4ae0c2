// SPDX-License-Identifier: Apache-2.0
#include "dataset/decoding.h"

#include <filesystem>
#include <system_error>

#include "base/text.h"
#include "config/dataset.h"
#include "image/libraries.h"

namespace seg {
namespace {

constexpr int kDecoderVersion = 1;

std::string text_of(const std::variant<std::string, LabelTable>& map) {
  if (const auto* name = std::get_if<std::string>(&map)) return *name;
  std::string text;
  for (const auto& [from, to] : std::get<LabelTable>(map))
    text += std::to_string(from) + ':' + std::to_string(to) + ',';
  return text;
}

std::string text_of(const std::variant<std::string, std::vector<double>>& range) {
  if (const auto* name = std::get_if<std::string>(&range)) return *name;
  std::string text;
  for (const double value : std::get<std::vector<double>>(range)) text += shortest(value) + ',';
  return text;
}

}  // namespace

std::string decoders_text() {
  std::string text = "decoder " + std::to_string(kDecoderVersion);
  for (const auto& [name, version] : image_libraries()) text.append("; ").append(name).append(" ").append(version);
  return text;
}

std::string decoding_text(const DatasetConfig& config, const DatasetTraits& traits) {
  std::string text = decoders_text() + "; " + config.dataset + "; " + std::to_string(traits.channels) +
                     " channels of " + std::to_string(8 * bytes_of(traits.type)) + " bits; label_map " +
                     text_of(config.label_map) + "; lb_ignore " + std::to_string(config.lb_ignore) + "; image_range " +
                     text_of(config.image_range) + "; label_colors ";
  for (const Color& color : config.label_colors)
    for (const auto part : color) text += std::to_string(part) + ',';
  if (config.dataset == "Synthetic")
    text += "; " + size_text(config.synthetic_size.width, config.synthetic_size.height);
  return text;
}

std::string cache_text(const DatasetConfig& config, const DatasetTraits& traits) {
  std::error_code error;
  const std::filesystem::path root = std::filesystem::absolute(config.im_root, error).lexically_normal();
  return decoding_text(config, traits) + "; im_root " + (error ? config.im_root : root.string());
}

}  // namespace seg
