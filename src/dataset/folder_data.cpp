// SPDX-License-Identifier: Apache-2.0
#include "dataset/folder_data.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "dataset/dataset.h"
#include "dataset/folder_listing.h"
#include "dataset/known_classes.h"
#include "dataset/list_writer.h"
#include "dataset/problem_list.h"
#include "dataset/voc_lists.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

// Nothing if the labels of the layout are anybody's.
const DatasetKind* kind_of(LayoutKind layout) {
  const std::string_view name = layout == LayoutKind::cityscapes  ? "CityScapes"
                                : layout == LayoutKind::ade20k    ? "ADE20k"
                                : layout == LayoutKind::cocostuff ? "CocoStuff"
                                                                  : "";
  const auto kinds = dataset_kinds();
  const auto found = std::ranges::find(kinds, name, [](const DatasetKind* kind) { return kind->name; });
  return found == kinds.end() ? nullptr : *found;
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

// Labels, mean and deviation are the kind's own. False if these labels are not.
bool use_kind(const DatasetKind& kind, FolderData& data) {
  const bool are_classes = data.layout.numbers == LabelNumbers::cityscapes_train_ids;
  if (data.survey.has_color_labels) return false;
  auto guess = known_labels(data.survey.values, *kind.labels, are_classes);
  if (!guess) return false;
  data.guess = *std::move(guess);
  data.guess.n_cats_reason = "the classes of " + std::string(kind.name);
  data.guess.ignore_reason = "what is none of them";
  data.config.dataset = kind.name;
  if (are_classes) {
    data.config.label_map = "none";
    data.guess.map_reason = "the labels are train ids already";
  }
  return true;
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
  use_known_classes(data.layout.kind, survey.pairs, data.guess);
  data.config.palette = palette_of(data);
  if (data.guess.label_map) data.config.label_map = *data.guess.label_map;
  data.config.label_colors = data.guess.label_colors;
  if (data.guess.classes.front().name.empty()) return;
  for (const GuessedClass& one : data.guess.classes) data.config.class_names.push_back(one.name);
}

// What the network is told of images comes from those that it learns from; the others are to be new to it.
void measure(FolderData& data) {
  std::set<std::string_view> trained;
  for (const ImageAndLabel& pair : data.split.train) trained.insert(pair.image);
  std::vector<ImageMoments> moments;
  for (std::size_t i = 0; i < data.survey.pairs.size(); ++i)
    if (data.survey.moments[i] && trained.contains(data.survey.pairs[i].image))
      moments.push_back(*data.survey.moments[i]);
  data.measured = moments.size();
  if (moments.empty()) return;
  const ChannelStatistics statistics = rounded(statistics_of(moments, data.survey.channels));
  data.config.mean = statistics.mean;
  data.config.std = statistics.std;
}

// Masks of one folder beside class numbers of another are two data sets: 255 is a class here and "do not care" there.
void refuse_masks_among_numbers(const Survey& survey, const std::string& where) {
  struct Count {
    std::size_t masks = 0, others = 0;
  };
  std::map<std::string_view, Count> folders;
  for (std::size_t i = 0; i < survey.pairs.size(); ++i) {
    const ImageAndLabel& pair = survey.pairs[i];
    const std::string_view top = std::string_view(pair.image).substr(0, pair.image.find('/') + 1);
    if (top.empty() || !pair.label.starts_with(top)) return;
    if (survey.label_values[i] == LabelValues::unclear) continue;
    ++(survey.label_values[i] == LabelValues::mask ? folders[top].masks : folders[top].others);
  }
  constexpr std::size_t kFewest = 2;
  const auto holds_masks = [](const auto& folder) {
    return folder.second.masks >= kFewest && folder.second.others == 0;
  };
  const auto holds_others = [](const auto& folder) {
    return folder.second.others >= kFewest && folder.second.masks == 0;
  };
  const auto masks = std::ranges::find_if(folders, holds_masks), others = std::ranges::find_if(folders, holds_others);
  if (masks == folders.end() || others == folders.end()) return;
  fail(where,
       "holds several data sets: the labels of " + std::string(masks->first) + " are masks of 0 and 255, those of " +
           std::string(others->first) + " are not",
       "name the folder of one of them; if they belong together, give their labels the same numbers");
}

// As find_layout() does; where nothing was found, folders that could not be read may be why.
Layout layout_of(const FolderListing& listing, const std::string& where) {
  try {
    return find_layout(listing.files, where);
  } catch (const UserError& error) {
    ProblemList problems(where);
    for (const auto* list : {&error.problems(), &listing.problems})
      for (const Problem& problem : *list) problems.add("folders that could not be read", problem);
    throw UserError(problems.result());
  }
}

}  // namespace

FolderData find_folder_data(const fs::path& folder, const FolderDataOptions& options, const FileSource& files) {
  const std::string where = folder.string();
  FolderListing listing = list_folder(folder);
  FolderData data;
  data.layout = layout_of(listing, where);
  data.unlisted = std::move(listing.problems);
  if (data.layout.kind == LayoutKind::voc) {
    const auto odd = take_parts_of_voc(data.layout, listing.files, folder, files);
    data.unlisted.insert(data.unlisted.end(), odd.begin(), odd.end());
  }
  data.dropped = data.layout.ambiguous;
  drop_unlistable(data.layout.pairs, data.dropped);

  const DatasetKind* kind = kind_of(data.layout.kind);
  data.survey = look_into(data.layout, folder, options, kind == nullptr, files);
  data.dropped.insert(data.dropped.end(), data.survey.dropped.begin(), data.survey.dropped.end());
  if (data.survey.pairs.empty()) {
    ProblemList problems(where);
    for (const Problem& problem : data.dropped) problems.add("pairs that cannot be used", problem);
    fail_if_any(problems.result());
  }

  const fs::path root = fs::absolute(folder).lexically_normal();
  data.config.im_root = (root.has_filename() ? root : root.parent_path()).string();
  if (kind == nullptr || !use_kind(*kind, data)) {
    if (kind != nullptr) data.survey = look_into(data.layout, folder, options, true, files);  // for the mean
    refuse_masks_among_numbers(data.survey, where);
    use_guess(where, data);
  }
  data.config.lb_ignore = data.guess.lb_ignore;
  if (options.folds) {
    data.folds = deal_folds(data.survey.pairs, *options.folds, where);
    data.split = data.folds.splits.front();
  } else {
    data.split = split_pairs(data.survey.pairs, options.val_fraction, where);
  }
  measure(data);
  return data;
}

}  // namespace seg
