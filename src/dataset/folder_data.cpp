// SPDX-License-Identifier: Apache-2.0
#include "dataset/folder_data.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "dataset/dataset.h"
#include "dataset/folder_listing.h"
#include "dataset/list_writer.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

// A data set whose labels are known by number, and the kind that has its map, mean and deviation.
struct KnownSet {
  LayoutKind layout;
  std::string_view dataset, title;
  std::int64_t num_classes;
  std::size_t largest_label;  // in its files, but for 255
};
constexpr KnownSet kKnownSets[] = {
    {.layout = LayoutKind::cityscapes,
     .dataset = "CityScapes",
     .title = "Cityscapes",
     .num_classes = 19,
     .largest_label = 33},
    {.layout = LayoutKind::ade20k, .dataset = "ADE20k", .title = "ADE20K", .num_classes = 150, .largest_label = 150},
    {.layout = LayoutKind::cocostuff,
     .dataset = "CocoStuff",
     .title = "COCO-Stuff",
     .num_classes = 171,
     .largest_label = 181}};

const KnownSet* known_set(LayoutKind layout, const std::string& where) {
  const auto* const found = std::ranges::find(kKnownSets, layout, &KnownSet::layout);
  if (found == std::end(kKnownSets)) return nullptr;
  if (std::ranges::none_of(dataset_kinds(), [&](const auto* kind) { return kind->name == found->dataset; }))
    fail(where, "is " + std::string(found->title) + " by its names, whose labels this version cannot map to classes",
         "label files with class numbers in folders of other names, such as images/ and masks/");
  return found;
}

bool fits(const Survey& survey, const KnownSet& set) {
  if (survey.has_color_labels) return false;
  for (std::size_t value = set.largest_label + 1; value < 255; ++value)
    if (survey.values[value].pixels > 0) return false;
  return true;
}

void drop_unlistable(std::vector<ImageAndLabel>& pairs, std::vector<Problem>& dropped) {
  std::erase_if(pairs, [&](const ImageAndLabel& pair) {
    if (can_be_listed(pair)) return false;
    dropped.push_back({.where = pair.image,
                       .what = "this name, or its label's, cannot stand in a list",
                       .remedy = "rename it: no line breaks, no backslashes, and UTF-8"});
    return true;
  });
}

Survey look_into(const Layout& layout, const fs::path& folder, const FolderDataOptions& options, bool measures,
                 const FileSource& files) {
  SurveyOptions survey{.threads = options.threads};
  if (!measures) survey.measured_images = 0;
  if (options.progress) survey.progress = [&](std::size_t done) { options.progress(done, layout.pairs.size()); };
  return survey_pairs(layout.pairs, folder, survey, files);
}

void use_known(const KnownSet& set, FolderData& data) {
  data.config.dataset = set.dataset;
  data.guess.n_cats = set.num_classes;
  data.guess.n_cats_reason = "the classes of " + std::string(set.title);
  data.guess.ignore_reason = "as " + std::string(set.title) + " has it";
  if (data.layout.numbers == LabelNumbers::cityscapes_train_ids) {
    data.config.label_map = "none";
    data.guess.map_reason = "the labels are train ids already";
  }
}

// Four decimals say all that a mean can.
std::vector<double> rounded(std::vector<double> values) {
  for (double& value : values) value = std::round(value * 1e4) / 1e4;
  return values;
}

// The tutorial's CamVid: 11 classes, and number 11 is void.
void ignore_void_of_camvid(FolderData& data) {
  constexpr std::int64_t kCamVidClasses = 11;
  if (data.layout.kind != LayoutKind::camvid || data.survey.has_color_labels || data.guess.label_map ||
      data.guess.n_cats != kCamVidClasses + 1 || data.guess.ignored_share > 0)
    return;
  ignore_last_class(data.guess);
  data.guess.n_cats_reason = "the classes of CamVid";
  data.guess.ignore_reason = "void, in CamVid";
}

// Of label files with a palette, if it tells the colour of every class.
std::vector<Color> palette_of(const FolderData& data) {
  std::vector<Color> palette;
  for (const GuessedClass& one : data.guess.classes) {
    if (!one.value || !data.survey.palette[*one.value]) return {};
    const Rgb& color = *data.survey.palette[*one.value];
    palette.push_back({color.r, color.g, color.b});
  }
  // Numbers written as gray are no colours for people.
  const auto is_gray = [](const Color& color) { return color[0] == color[1] && color[1] == color[2]; };
  if (palette.size() > 2 && std::ranges::all_of(palette, is_gray)) return {};
  return palette;
}

void use_guess(const std::string& where, FolderData& data) {
  const Survey& survey = data.survey;
  data.guess = survey.has_color_labels ? guess_color_labels(survey.colors, where) : guess_labels(survey.values, where);
  ignore_void_of_camvid(data);
  data.config.palette = palette_of(data);
  if (data.guess.label_map) data.config.label_map = *data.guess.label_map;
  data.config.label_colors = data.guess.label_colors;
  if (survey.measured == 0) return;
  data.config.mean = rounded(survey.mean);
  data.config.std = rounded(survey.std);
}

}  // namespace

FolderData find_folder_data(const fs::path& folder, const FolderDataOptions& options, const FileSource& files) {
  const std::string where = folder.string();
  FolderListing listing = list_folder(folder);
  FolderData data;
  data.unlisted = std::move(listing.problems);
  data.layout = find_layout(listing.files, where);
  data.dropped = data.layout.ambiguous;
  drop_unlistable(data.layout.pairs, data.dropped);

  const KnownSet* set = known_set(data.layout.kind, where);
  data.survey = look_into(data.layout, folder, options, set == nullptr, files);
  if (set != nullptr && !fits(data.survey, *set)) {  // its folders, but other labels
    set = nullptr;
    data.survey = look_into(data.layout, folder, options, true, files);
  }
  data.dropped.insert(data.dropped.end(), data.survey.dropped.begin(), data.survey.dropped.end());
  if (data.survey.pairs.empty()) throw UserError(data.dropped);

  data.config.im_root = fs::absolute(folder).lexically_normal().string();
  set != nullptr ? use_known(*set, data) : use_guess(where, data);
  data.config.lb_ignore = data.guess.lb_ignore;
  data.split = split_pairs(data.survey.pairs, options.val_fraction, where);
  return data;
}

}  // namespace seg
