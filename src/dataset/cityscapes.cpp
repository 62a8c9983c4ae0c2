// SPDX-License-Identifier: Apache-2.0
// CityScapes: streets of European cities. Label files are the …_gtFine_labelIds.png, whose 34 ids become the 19 classes
// that are evaluated; files of those classes already (…_labelTrainIds.png) want label_map = "none".
#include "dataset/list_dataset.h"

namespace seg {
namespace {

constexpr std::string_view kClassNames[] = {
    "road", "sidewalk", "building", "wall", "fence", "pole", "traffic light", "traffic sign", "vegetation", "terrain",
    "sky",  "person",   "rider",    "car",  "truck", "bus",  "train",         "motorcycle",   "bicycle"};
constexpr Rgb kPalette[] = {{128, 64, 128},  {244, 35, 232}, {70, 70, 70},  {102, 102, 156}, {190, 153, 153},
                            {153, 153, 153}, {250, 170, 30}, {220, 220, 0}, {107, 142, 35},  {152, 251, 152},
                            {70, 130, 180},  {220, 20, 60},  {255, 0, 0},   {0, 0, 142},     {0, 0, 70},
                            {0, 60, 100},    {0, 80, 100},   {0, 0, 230},   {119, 11, 32}};
constexpr int kIds[] = {7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33};  // of each class
constexpr int kLastId = 33;

constexpr std::array<std::int16_t, 256> classes() {
  std::array<std::int16_t, 256> classes{};
  for (int id = 0; id < 256; ++id)  // 255: some tools write the id -1 (licence plates) so
    classes[static_cast<std::size_t>(id)] = id <= kLastId || id == 255 ? kIgnoredValue : kUnknownValue;
  for (std::size_t k = 0; k < std::size(kIds); ++k)
    classes[static_cast<std::size_t>(kIds[k])] = static_cast<std::int16_t>(k);
  return classes;
}

constexpr LabelScheme kLabels{.name = "cityscapes",
                              .classes = classes(),
                              .class_names = kClassNames,
                              .palette = kPalette,
                              .remedy = "labelIds are 0 to 33; label_map = \"none\" if the files hold classes already"};
constexpr double kMean[] = {0.3257, 0.3690, 0.3223}, kStd[] = {0.2112, 0.2148, 0.2115};

std::unique_ptr<Dataset> open(const DatasetConfig& config, Split split, const FileSource& files,
                              std::vector<Problem>* absent) {
  return open_list_dataset(config, split, files, {.labels = &kLabels, .mean = kMean, .std = kStd}, absent);
}

}  // namespace

extern const DatasetKind cityscapes_dataset;
const DatasetKind cityscapes_dataset{.name = "CityScapes", .open = open, .labels = &kLabels};

}  // namespace seg
