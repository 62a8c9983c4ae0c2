// SPDX-License-Identifier: Apache-2.0
#include "evaluation/prediction_writer.h"

#include "base/file.h"
#include "image/color_map.h"
#include "image/png.h"

namespace seg {
namespace {

constexpr PngEncoding kFast{.level = 3};  // half the time of the usual level, for a tenth more bytes

LabelMap renumbered(const LabelMap& labels, const std::array<std::uint8_t, 256>& ids) {
  LabelMap result(labels.height(), labels.width());
  for (std::size_t i = 0; i < labels.values().size(); ++i) result.values()[i] = ids[labels.values()[i]];
  return result;
}

}  // namespace

std::string plain_file_name(const std::string& text) {
  std::string name;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    const bool stays = code >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    name += stays ? c : '-';
  }
  return name;
}

std::vector<PredictionFile> PredictionWriter::files_of(const std::string& name) const {
  const auto path = [&](const std::string& suffix) { return options_.folder / (name + suffix + ".png"); };
  std::vector<PredictionFile> files = {{"labels", path("")}, {"colors", path("_color")}};
  if (options_.has_overlay) files.push_back({"overlay", path("_overlay")});
  for (const std::string& class_name : options_.probability_names)
    files.push_back({"probability", path("_probability_" + plain_file_name(class_name)), class_name});
  return files;
}

void PredictionWriter::write(const std::string& name, const Image& image, const Prediction& prediction) const {
  const std::vector<PredictionFile> files = files_of(name);
  make_folder(files.front().path.parent_path());
  std::size_t next = 0;
  const LabelMap& labels = prediction.labels;
  write_png(files[next++].path, options_.label_ids ? renumbered(labels, *options_.label_ids) : labels, {}, kFast);
  write_png(files[next++].path, labels, options_.palette, kFast);
  if (options_.has_overlay) write_png(files[next++].path, overlay(image, labels, options_.palette), kFast);
  for (const Image& probability : prediction.probabilities) write_png(files[next++].path, probability, kFast);
}

}  // namespace seg
