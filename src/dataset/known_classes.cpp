// SPDX-License-Identifier: Apache-2.0
#include "dataset/known_classes.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/text.h"
#include "dataset/file_role.h"

namespace seg {
namespace {

// Of the SegNet tutorial, which numbers the classes; number 11 is void.
constexpr std::array<std::string_view, 11> kCamVidTutorial = {
    "sky", "building", "pole", "road", "pavement", "tree", "sign", "fence", "car", "pedestrian", "bicyclist"};

constexpr std::array<std::string_view, 21> kVoc = {
    "background", "aeroplane", "bicycle",     "bird",  "boat",        "bottle", "bus",
    "car",        "cat",       "chair",       "cow",   "diningtable", "dog",    "horse",
    "motorbike",  "person",    "pottedplant", "sheep", "sofa",        "train",  "tvmonitor"};

struct NamedColor {
  Color color;
  std::string_view name;
};

// Of CamVid as its authors coloured it.
constexpr std::array<NamedColor, 32> kCamVidColors = {{{{0, 0, 0}, "void"},
                                                       {{0, 0, 64}, "traffic cone"},
                                                       {{0, 0, 192}, "sidewalk"},
                                                       {{0, 64, 64}, "traffic light"},
                                                       {{0, 128, 64}, "bridge"},
                                                       {{0, 128, 192}, "bicyclist"},
                                                       {{64, 0, 64}, "tunnel"},
                                                       {{64, 0, 128}, "car"},
                                                       {{64, 0, 192}, "cart, luggage, pram"},
                                                       {{64, 64, 0}, "pedestrian"},
                                                       {{64, 64, 128}, "fence"},
                                                       {{64, 128, 64}, "animal"},
                                                       {{64, 128, 192}, "SUV, pickup truck"},
                                                       {{64, 192, 0}, "wall"},
                                                       {{64, 192, 128}, "parking block"},
                                                       {{128, 0, 0}, "building"},
                                                       {{128, 0, 192}, "driving lane marking"},
                                                       {{128, 64, 64}, "other moving object"},
                                                       {{128, 64, 128}, "road"},
                                                       {{128, 128, 0}, "tree"},
                                                       {{128, 128, 64}, "miscellaneous text"},
                                                       {{128, 128, 128}, "sky"},
                                                       {{128, 128, 192}, "road shoulder"},
                                                       {{192, 0, 64}, "other lane marking"},
                                                       {{192, 0, 128}, "archway"},
                                                       {{192, 0, 192}, "motorcycle, scooter"},
                                                       {{192, 64, 128}, "train"},
                                                       {{192, 128, 64}, "child"},
                                                       {{192, 128, 128}, "sign"},
                                                       {{192, 128, 192}, "truck, bus"},
                                                       {{192, 192, 0}, "other vegetation"},
                                                       {{192, 192, 128}, "column, pole"}}};

void name_classes(std::span<const std::string_view> names, LabelGuess& guess) {
  for (std::size_t k = 0; k < names.size(); ++k) guess.classes[k].name = names[k];
}

void use_camvid_tutorial(LabelGuess& guess) {
  const auto count = static_cast<std::int64_t>(kCamVidTutorial.size());
  if (guess.label_map || (guess.n_cats != count && guess.n_cats != count + 1)) return;
  if (guess.n_cats == count + 1) {
    if (guess.ignored_share > 0) return;
    ignore_last_class(guess);
    guess.ignore_reason = "void, in CamVid";
  }
  guess.n_cats_reason = "the classes of CamVid";
  name_classes(kCamVidTutorial, guess);
}

void use_camvid_colors(LabelGuess& guess) {
  std::vector<std::string_view> names;
  for (const Color& color : guess.label_colors) {
    const auto found = std::ranges::find(kCamVidColors, color, &NamedColor::color);
    if (found == kCamVidColors.end()) return;
    names.push_back(found->name);
  }
  name_classes(names, guess);
  guess.n_cats_reason = "the colours of CamVid that occur";
  if (names.front() != "void" || guess.n_cats < 3) return;
  // A colour beyond the classes may be listed last, for what is ignored.
  std::rotate(guess.label_colors.begin(), guess.label_colors.begin() + 1, guess.label_colors.end());
  std::rotate(guess.classes.begin(), guess.classes.begin() + 1, guess.classes.end());
  ignore_last_class(guess);
  guess.ignore_reason = "void, in CamVid, the last of label_colors";
}

// Other people name their folders like Pascal VOC's, but not their files: 2007_000032.
bool is_named_by_voc(const ImageAndLabel& pair) {
  const std::string_view stem = pair.stem;
  constexpr std::size_t kYear = 4, kLength = 11;
  return stem.size() == kLength && stem.starts_with("20") && stem[kYear] == '_' && is_digits(stem.substr(0, kYear)) &&
         is_digits(stem.substr(kYear + 1));
}

void use_voc(LabelGuess& guess) {
  if (guess.label_map || guess.n_cats > static_cast<std::int64_t>(kVoc.size())) return;
  guess.n_cats = static_cast<std::int64_t>(kVoc.size());
  guess.classes.resize(kVoc.size());
  guess.n_cats_reason = "the classes of Pascal VOC";
  name_classes(kVoc, guess);
}

}  // namespace

void use_known_classes(LayoutKind layout, const std::vector<ImageAndLabel>& pairs, LabelGuess& guess) {
  if (layout == LayoutKind::camvid) {
    if (guess.label_colors.empty())
      use_camvid_tutorial(guess);
    else
      use_camvid_colors(guess);
  } else if (layout == LayoutKind::voc && guess.label_colors.empty() && std::ranges::all_of(pairs, is_named_by_voc)) {
    use_voc(guess);
  }
}

}  // namespace seg
