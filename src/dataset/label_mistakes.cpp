// SPDX-License-Identifier: Apache-2.0
#include "dataset/label_mistakes.h"

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace seg {
namespace {

constexpr std::size_t kNone = 255;  // what most data sets write where there is no class

// Ids of Cityscapes: 34 in label files of one kind, the 19 classes in those of the other.
constexpr std::size_t kLastLabelId = 33, kLastTrainId = 18;

std::vector<std::size_t> values_in(const LabelHistogram& pixels, std::size_t without) {
  std::vector<std::size_t> values;
  for (std::size_t value = 0; value < pixels.size(); ++value)
    if (pixels[value] > 0 && value != without) values.push_back(value);
  return values;
}

// A public data set whose files seem to be used without its map.
const char* map_that_fits(const LabelEvidence& evidence) {
  if (evidence.label_map != "none") return nullptr;
  const std::vector<std::size_t> values = values_in(evidence.in_files, kNone);
  const std::size_t largest = values.empty() ? 0 : values.back();
  if (evidence.num_classes == 19 && largest > kLastTrainId && largest <= kLastLabelId) return "cityscapes";
  if (evidence.num_classes == 150 && largest == 150) return "ade20k";
  if (evidence.num_classes == 171 && largest >= 171 && largest <= 181) return "cocostuff";
  return nullptr;
}

// Cityscapes' map gives most pixels of such files to the ignored label and the others to wrong classes: road, building
// and sky are ids of things that are not evaluated.
std::optional<LabelMistake> train_ids_mapped_again(const LabelEvidence& evidence) {
  if (evidence.label_map != "cityscapes") return std::nullopt;
  const std::vector<std::size_t> values = values_in(evidence.in_files, kNone);
  if (values.empty() || values.back() > kLastTrainId) return std::nullopt;
  std::int64_t pixels = 0, kept = 0;
  for (const std::size_t value : values) pixels += evidence.in_files[value];
  for (const std::size_t value : values_in(evidence.classes, evidence.ignore_label)) kept += evidence.classes[value];
  if (2 * kept >= pixels) return std::nullopt;
  return LabelMistake{
      "the label files seem to hold trainIds (no value above 18 but 255), and label_map = \"cityscapes\" "
      "expects labelIds: it would ignore " +
          fixed(100 * static_cast<double>(pixels - kept) / static_cast<double>(pixels), 0) +
          " % of the pixels that show something, and take others for wrong classes",
      "label_map = \"none\", or name the …_labelIds.png in the lists"};
}

}  // namespace

std::string remedy_for_values(const LabelEvidence& evidence) {
  const std::vector<std::size_t> values = values_in(evidence.classes, evidence.ignore_label);
  std::vector<std::size_t> invalid;
  for (const std::size_t value : values)
    if (static_cast<std::int64_t>(value) >= evidence.num_classes) invalid.push_back(value);
  const std::string largest = std::to_string(values.back());
  if (values.size() == 2 && values[0] == 0)
    return "these look like masks of 0 and " + largest + ": label_map = {0=0, " + largest + "=1} and n_cats = 2";
  if (const char* map = map_that_fits(evidence))
    return "label_map = \"" + std::string(map) + "\": these look like the ids of that data set, not its classes";
  const std::string all = "n_cats = " + std::to_string(values.back() + 1);
  if (invalid.size() == 1)
    return "lb_ignore = " + largest + " if this is no class, " + all + " if it is one; or a label_map";
  return all + " if all these values are classes; a label_map if they stand for others; lb_ignore for one that is none";
}

std::optional<LabelMistake> mistake_in(const LabelEvidence& evidence, Split split) {
  if (auto mistake = train_ids_mapped_again(evidence)) return mistake;
  const std::string ignored = "(lb_ignore = " + std::to_string(evidence.ignore_label) + ")";
  const std::vector<std::size_t> present = values_in(evidence.classes, evidence.ignore_label);
  if (present.empty()) return LabelMistake{"every pixel is ignored " + ignored, "check lb_ignore and label_map"};
  if (split == Split::validation || present.size() > 1 || evidence.classes[evidence.ignore_label] == 0)
    return std::nullopt;
  return LabelMistake{"only one class is left to learn: every other pixel is ignored " + ignored,
                      evidence.ignore_label == kNone && evidence.label_map == "none"
                          ? "if the labels are masks of 0 and 255: label_map = {0=0, 255=1} and n_cats = 2"
                          : "check lb_ignore and label_map"};
}

}  // namespace seg
