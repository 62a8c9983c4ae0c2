// SPDX-License-Identifier: Apache-2.0
// CocoStuff: everyday things and what surrounds them. Label files hold the 182 ids of COCO less one, 11 of which were
// never given to a pixel; the others become 171 classes by rank, and 255 is none.
#include <algorithm>

#include "dataset/list_dataset.h"

namespace seg {
namespace {

constexpr std::string_view kClassNames[] = {"person",
                                            "bicycle",
                                            "car",
                                            "motorcycle",
                                            "airplane",
                                            "bus",
                                            "train",
                                            "truck",
                                            "boat",
                                            "traffic light",
                                            "fire hydrant",
                                            "stop sign",
                                            "parking meter",
                                            "bench",
                                            "bird",
                                            "cat",
                                            "dog",
                                            "horse",
                                            "sheep",
                                            "cow",
                                            "elephant",
                                            "bear",
                                            "zebra",
                                            "giraffe",
                                            "backpack",
                                            "umbrella",
                                            "handbag",
                                            "tie",
                                            "suitcase",
                                            "frisbee",
                                            "skis",
                                            "snowboard",
                                            "sports ball",
                                            "kite",
                                            "baseball bat",
                                            "baseball glove",
                                            "skateboard",
                                            "surfboard",
                                            "tennis racket",
                                            "bottle",
                                            "wine glass",
                                            "cup",
                                            "fork",
                                            "knife",
                                            "spoon",
                                            "bowl",
                                            "banana",
                                            "apple",
                                            "sandwich",
                                            "orange",
                                            "broccoli",
                                            "carrot",
                                            "hot dog",
                                            "pizza",
                                            "donut",
                                            "cake",
                                            "chair",
                                            "couch",
                                            "potted plant",
                                            "bed",
                                            "dining table",
                                            "toilet",
                                            "tv",
                                            "laptop",
                                            "mouse",
                                            "remote",
                                            "keyboard",
                                            "cell phone",
                                            "microwave",
                                            "oven",
                                            "toaster",
                                            "sink",
                                            "refrigerator",
                                            "book",
                                            "clock",
                                            "vase",
                                            "scissors",
                                            "teddy bear",
                                            "hair drier",
                                            "toothbrush",
                                            "banner",
                                            "blanket",
                                            "branch",
                                            "bridge",
                                            "building-other",
                                            "bush",
                                            "cabinet",
                                            "cage",
                                            "cardboard",
                                            "carpet",
                                            "ceiling-other",
                                            "ceiling-tile",
                                            "cloth",
                                            "clothes",
                                            "clouds",
                                            "counter",
                                            "cupboard",
                                            "curtain",
                                            "desk-stuff",
                                            "dirt",
                                            "door-stuff",
                                            "fence",
                                            "floor-marble",
                                            "floor-other",
                                            "floor-stone",
                                            "floor-tile",
                                            "floor-wood",
                                            "flower",
                                            "fog",
                                            "food-other",
                                            "fruit",
                                            "furniture-other",
                                            "grass",
                                            "gravel",
                                            "ground-other",
                                            "hill",
                                            "house",
                                            "leaves",
                                            "light",
                                            "mat",
                                            "metal",
                                            "mirror-stuff",
                                            "moss",
                                            "mountain",
                                            "mud",
                                            "napkin",
                                            "net",
                                            "paper",
                                            "pavement",
                                            "pillow",
                                            "plant-other",
                                            "plastic",
                                            "platform",
                                            "playingfield",
                                            "railing",
                                            "railroad",
                                            "river",
                                            "road",
                                            "rock",
                                            "roof",
                                            "rug",
                                            "salad",
                                            "sand",
                                            "sea",
                                            "shelf",
                                            "sky-other",
                                            "skyscraper",
                                            "snow",
                                            "solid-other",
                                            "stairs",
                                            "stone",
                                            "straw",
                                            "structural-other",
                                            "table",
                                            "tent",
                                            "textile-other",
                                            "towel",
                                            "tree",
                                            "vegetable",
                                            "wall-brick",
                                            "wall-concrete",
                                            "wall-other",
                                            "wall-panel",
                                            "wall-stone",
                                            "wall-tile",
                                            "wall-wood",
                                            "water-other",
                                            "waterdrops",
                                            "window-blind",
                                            "window-other",
                                            "wood"};
static_assert(std::size(kClassNames) == 171);

constexpr int kNumIds = 182;
constexpr int kNeverGiven[] = {11, 25, 28, 29, 44, 65, 67, 68, 70, 82, 90};

constexpr std::array<std::int16_t, 256> classes() {
  std::array<std::int16_t, 256> classes{};
  std::int16_t next = 0;
  for (int value = 0; value < 256; ++value) {
    const bool is_given = value < kNumIds && std::ranges::count(kNeverGiven, value) == 0;
    classes[static_cast<std::size_t>(value)] = is_given ? next++ : kUnknownValue;
  }
  classes[255] = kIgnoredValue;
  return classes;
}

constexpr LabelScheme kLabels{
    .name = "cocostuff",
    .classes = classes(),
    .class_names = kClassNames,
    .palette = {},
    .remedy =
        "label_map = \"none\" if the files hold classes already (0 to 170); values of 0 to 181 and 255 are known, "
        "without the 11 ids that COCO never gave (11, 25, 28, 29, 44, 65, 67, 68, 70, 82, 90)"};
constexpr double kMean[] = {0.46962251, 0.4464104, 0.40718787}, kStd[] = {0.27469736, 0.27012361, 0.28515933};

std::unique_ptr<Dataset> open(const DatasetConfig& config, Split split, const FileSource& files,
                              std::vector<Problem>* absent) {
  return open_list_dataset(config, split, files, {.labels = &kLabels, .mean = kMean, .std = kStd}, absent);
}

}  // namespace

extern const DatasetKind coco_stuff_dataset;
const DatasetKind coco_stuff_dataset{.name = "CocoStuff", .open = open, .labels = &kLabels};

}  // namespace seg
