// SPDX-License-Identifier: Apache-2.0
#include "dataset/file_role.h"

#include <algorithm>
#include <initializer_list>
#include <span>
#include <vector>

#include "base/lower_case.h"
#include "base/text.h"

namespace seg {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::string_view kSeparators = "_-. ";

// Words of folders and files, in lower case and without separators.
constexpr std::string_view kImageWords[] = {"images", "image",  "imgs",        "img",       "jpegimages",
                                            "rgb",    "inputs", "input",       "photos",    "photo",
                                            "frames", "sat",    "leftimg8bit", "stillsraw", "pictures"};
constexpr std::string_view kLabelWords[] = {"masks",
                                            "mask",
                                            "labels",
                                            "label",
                                            "annotations",
                                            "annotation",
                                            "annots",
                                            "annot",
                                            "anns",
                                            "ann",
                                            "gts",
                                            "gt",
                                            "groundtruth",
                                            "truth",
                                            "segmentations",
                                            "segs",
                                            "segmentation",
                                            "seg",
                                            "segmentationclass",
                                            "segmentationclassaug",
                                            "targets",
                                            "target",
                                            "semantic",
                                            "semantics",
                                            "gtfine",
                                            "gtcoarse",
                                            "stuffthingmaps",
                                            "labeledapproved",
                                            "labelids",
                                            "labeltrainids"};
constexpr std::string_view kNeitherWords[] = {"segmentationobject", "instances",     "instance",      "instanceids",
                                              "instancetrainids",   "overlays",      "overlay",       "visualization",
                                              "visualizations",     "visualisation", "visualisations"};
// Beside labels these are coloured copies of them; beside images, or alone, images.
constexpr std::string_view kColorWords[] = {"rgb",     "color",    "colour",   "colors",
                                            "colored", "coloured", "colormap", "colormaps"};
constexpr std::string_view kTrainWords[] = {"train", "training", "trainset"};
constexpr std::string_view kValidationWords[] = {"val", "validation", "valid", "valset"};
constexpr std::string_view kTestWords[] = {"test", "testing", "testset"};

bool is_among(std::string_view word, std::span<const std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

Role role_of_word(std::string_view word) {
  if (is_among(word, kNeitherWords)) return Role::neither;
  if (is_among(word, kLabelWords)) return Role::label;
  return is_among(word, kImageWords) ? Role::image : Role::unknown;
}

Part part_of_word(std::string_view word) {
  if (is_among(word, kTrainWords)) return Part::train;
  if (is_among(word, kValidationWords)) return Part::validation;
  return is_among(word, kTestWords) ? Part::test : Part::none;
}

std::vector<std::string_view> split_at(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return parts;
}

struct Meaning {
  Role role = Role::unknown;
  Part part = Part::none;
};

// Of one word: also of two in one, as in trainannot, valmasks and train2017.
Meaning meaning_of_word(const std::string& word) {
  const Meaning whole{role_of_word(word), part_of_word(word)};
  if (whole.role != Role::unknown || whole.part != Part::none) return whole;
  for (const std::string_view prefix : {"training"sv, "train"sv, "validation"sv, "valid"sv, "val"sv, "test"sv}) {
    if (!word.starts_with(prefix)) continue;
    const std::string_view rest = std::string_view(word).substr(prefix.size());
    const Role role = role_of_word(rest);
    if (role != Role::unknown || is_digits(rest)) return {role, part_of_word(prefix)};
  }
  return {};
}

bool is_color_word(std::string_view word) { return is_among(lower_case(word), kColorWords); }

// Of one folder, and whether it says that labels are coloured.
Meaning meaning_of_folder(std::string_view folder, bool& is_colored) {
  Meaning meaning;
  for (const std::string_view word : split_at(folder, kSeparators)) {
    const Meaning found = meaning_of_word(lower_case(word));
    is_colored |= is_color_word(word);
    if (found.part != Part::none) meaning.part = found.part;
    // "semantic_rgb" are labels, coloured.
    const bool weighs_more = meaning.role == Role::unknown || meaning.role == Role::image;
    if (found.role != Role::unknown && weighs_more) meaning.role = found.role;
  }
  return meaning;
}

// The folder nearest to the file decides; what is neither stays so. True if labels are coloured.
bool take_folders(std::string_view folders, FileRole& file) {
  bool is_colored = false;
  for (const std::string_view folder : split_at(folders, "/")) {
    const bool is_below_labels = file.role == Role::label;
    bool says_color = false;
    Meaning meaning = meaning_of_folder(folder, says_color);
    if (is_below_labels && says_color) meaning.role = Role::label;
    is_colored |= says_color;
    if (meaning.role != Role::unknown && file.role != Role::neither) file.role = meaning.role;
    if (meaning.part != Part::none) file.part = meaning.part;
    if (meaning.role == Role::unknown && meaning.part == Part::none) {
      if (!file.place.empty()) file.place += '/';
      file.place += folder;
    }
  }
  return is_colored;
}

// The role that a word at the start or the end of a file name tells. `_L` is CamVid's; a small l is just a letter.
Role role_of_affix(std::string_view word) {
  if (word == "L") return Role::label;
  return is_color_word(word) ? Role::image : role_of_word(lower_case(word));
}

void take_role(Role role, FileRole& file) {
  // A label's name weighs more than its folder: images and masks often share one that is called `images`.
  if (role == Role::image && file.role != Role::unknown) return;
  if (file.role != Role::neither) file.role = role;
}

// Takes the words off the end of the stem that tell the role: _mask, _gtFine_labelIds. True if one tells of colours.
bool take_suffixes(FileRole& file) {
  bool is_colored = false;
  while (!file.stem.empty()) {
    const std::size_t at = file.stem.find_last_of(kSeparators);
    const std::string word = file.stem.substr(at == std::string::npos ? 0 : at + 1);
    const Role role = role_of_affix(word);
    if (role == Role::unknown) break;
    take_role(role, file);
    is_colored |= is_color_word(word);
    if (lower_case(word) == "labelids") file.numbers = LabelNumbers::cityscapes_ids;
    if (lower_case(word) == "labeltrainids") file.numbers = LabelNumbers::cityscapes_train_ids;
    file.stem.resize(at == std::string::npos ? 0 : at);
  }
  return is_colored;
}

void take_prefix(FileRole& file) {
  const std::size_t at = file.stem.find_first_of(kSeparators);
  if (at == std::string::npos) return;
  const std::string word = file.stem.substr(0, at);
  const Role role = role_of_affix(word);
  if (role == Role::unknown || word == "L") return;
  take_role(role, file);
  file.stem.erase(0, at + 1);
}

FileFormat format_of_extension(std::string_view extension) {
  const std::string lowered = lower_case(extension);
  if (lowered == "png") return FileFormat::png;
  if (lowered == "jpg" || lowered == "jpeg") return FileFormat::jpeg;
  const auto others = {"tif"sv, "tiff"sv, "bmp"sv, "gif"sv, "webp"sv, "ppm"sv, "pgm"sv, "npy"sv, "jp2"sv};
  return std::ranges::find(others, lowered) != others.end() ? FileFormat::other_image : FileFormat::no_image;
}

}  // namespace

std::string_view file_name_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string_view extension_of(std::string_view path) {
  const std::string_view name = file_name_of(path);
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1);
}

FileRole file_role(std::string_view path) {
  FileRole file;
  file.format = format_of_extension(extension_of(path));
  bool is_colored = take_folders(folder_of(path), file);
  const std::string_view name = file_name_of(path);
  file.stem = name.substr(0, std::min(name.rfind('.'), name.size()));
  if (file.format == FileFormat::no_image) {
    file.role = Role::neither;
    return file;
  }
  is_colored |= take_suffixes(file);
  take_prefix(file);
  if (file.role == Role::label && is_colored && file.numbers == LabelNumbers::plain)
    file.numbers = LabelNumbers::colors;
  return file;
}

}  // namespace seg
