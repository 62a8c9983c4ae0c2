// SPDX-License-Identifier: Apache-2.0
#include "dataset/layout.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "base/counted.h"
#include "base/text.h"

namespace seg {
namespace {

constexpr std::size_t kShown = 6;

struct File {
  const std::string* path;
  FileRole role;
};

// What an image and its label have in common.
struct Key {
  Part part;
  std::string place, stem;
  bool operator<(const Key& other) const {
    return std::tie(part, place, stem) < std::tie(other.part, other.place, other.stem);
  }
};

struct Group {
  std::vector<File> images, labels, unknown;
};

// Files whose names do not say what they are, next to one that does: they are the other. Two of a name, one JPEG and
// one PNG: class numbers do not survive JPEG.
void settle_unknown(Group& group) {
  if (group.unknown.empty()) return;
  if (group.images.empty() != group.labels.empty()) {
    auto& other = group.images.empty() ? group.images : group.labels;
    other = std::exchange(group.unknown, {});
  } else if (group.images.empty() && group.unknown.size() == 2) {
    File &a = group.unknown[0], &b = group.unknown[1];
    if (a.role.format == FileFormat::png) std::swap(a, b);
    if (a.role.format != FileFormat::jpeg || b.role.format != FileFormat::png) return;
    group.images.push_back(a);
    group.labels.push_back(b);
    group.unknown.clear();
  }
}

// Of several labels of one image those of the best kind: ids before train ids before colours, PNG before other formats.
void keep_best_labels(std::vector<File>& labels) {
  if (labels.size() < 2) return;
  const auto rank = [](const File& file) { return std::pair(file.role.numbers, file.role.format != FileFormat::png); };
  const auto best = std::ranges::min(labels, {}, rank);
  std::erase_if(labels, [&](const File& file) { return rank(file) != rank(best); });
}

class Pairing {
 public:
  explicit Pairing(const std::vector<std::string>& files) {
    for (const std::string& path : files) {
      FileRole role = file_role(path);
      if (role.role == Role::neither) continue;
      Group& group = groups_[{role.part, role.place, role.stem}];
      auto& list = role.role == Role::image ? group.images : role.role == Role::label ? group.labels : group.unknown;
      list.push_back({.path = &path, .role = std::move(role)});
    }
  }

  Layout run() {
    for (auto& [key, group] : groups_) {
      settle_unknown(group);
      keep_best_labels(group.labels);
      take(group);
    }
    // Across folders, where a stem is the only one of its kind; first within a part, then also across parts.
    pair_leftovers([](const File& file) { return std::pair(file.role.part, file.role.stem); });
    pair_leftovers([](const File& file) { return std::pair(Part::none, file.role.stem); });
    for (const File& file : images_) layout_.unpaired_images.push_back(*file.path);
    for (const File& file : labels_) layout_.unpaired_labels.push_back(*file.path);
    for (const File& file : unknown_) layout_.unpaired_images.push_back(*file.path);
    std::ranges::sort(layout_.unpaired_images);
    std::ranges::sort(layout_.unpaired_labels);
    std::ranges::sort(layout_.pairs, {}, &ImageAndLabel::image);
    return std::move(layout_);
  }

  const std::vector<LabelNumbers>& numbers() const { return numbers_; }

 private:
  void take(Group& group) {
    if (group.images.size() == 1 && group.labels.size() == 1) return add(group.images[0], group.labels[0]);
    if (!group.images.empty() && !group.labels.empty()) return complain(group);
    std::ranges::move(group.images, std::back_inserter(images_));
    std::ranges::move(group.labels, std::back_inserter(labels_));
    std::ranges::move(group.unknown, std::back_inserter(unknown_));
  }

  void add(const File& image, const File& label) {
    layout_.pairs.push_back({.image = *image.path,
                             .label = *label.path,
                             .stem = image.role.stem,
                             .part = image.role.part == Part::none ? label.role.part : image.role.part});
    numbers_.push_back(label.role.numbers);
  }

  void complain(const Group& group) {
    std::vector<std::string> names;
    for (const auto* files : {&group.images, &group.labels})
      for (const File& file : *files) names.push_back(*file.path);
    layout_.ambiguous.push_back({.where = names.front(),
                                 .what = "image and label cannot be told apart among " + joined(names, ", "),
                                 .remedy = "keep one image and one label of a name; this one is left out"});
  }

  template <class KeyOf>
  void pair_leftovers(const KeyOf& key_of) {
    using Name = decltype(key_of(std::declval<const File&>()));
    std::map<Name, Group> groups;
    for (auto& file : std::exchange(images_, {})) groups[key_of(file)].images.push_back(std::move(file));
    for (auto& file : std::exchange(labels_, {})) groups[key_of(file)].labels.push_back(std::move(file));
    for (auto& file : std::exchange(unknown_, {})) groups[key_of(file)].unknown.push_back(std::move(file));
    for (auto& [key, group] : groups) {
      keep_best_labels(group.labels);
      if (group.images.size() + group.labels.size() + group.unknown.size() == 2) settle_unknown(group);
      if (group.images.size() == 1 && group.labels.size() == 1 && group.unknown.empty()) {
        add(group.images[0], group.labels[0]);
        continue;
      }
      std::ranges::move(group.images, std::back_inserter(images_));
      std::ranges::move(group.labels, std::back_inserter(labels_));
      std::ranges::move(group.unknown, std::back_inserter(unknown_));
    }
  }

  std::map<Key, Group> groups_;
  std::vector<File> images_, labels_, unknown_;  // without a partner so far
  std::vector<LabelNumbers> numbers_;
  Layout layout_;
};

bool has_folder(std::string_view path, std::string_view folder) {
  return ("/" + std::string(folder_of(path)) + "/").find("/" + std::string(folder) + "/") != std::string::npos;
}

bool is_of_camvid(const ImageAndLabel& pair) {
  const std::string_view name = file_name_of(pair.image);
  return name.starts_with("0001TP_") || name.starts_with("0006R0_") || name.starts_with("0016E5_") ||
         name.starts_with("Seq05VD_");
}

bool is_of_ade20k(const ImageAndLabel& pair) {
  const std::string_view name = file_name_of(pair.image);
  return (name.starts_with("ADE_train_") || name.starts_with("ADE_val_")) && has_folder(pair.label, "annotations");
}

bool is_of_cocostuff(const ImageAndLabel& pair) {
  const auto is_of = [&](std::string_view part) {
    return has_folder(pair.image, part) && has_folder(pair.label, part);
  };
  return (is_of("train2017") || is_of("val2017")) && pair.label.ends_with(".png");
}

bool is_of_voc(const ImageAndLabel& pair) {
  return has_folder(pair.image, "JPEGImages") &&
         (has_folder(pair.label, "SegmentationClass") || has_folder(pair.label, "SegmentationClassAug"));
}

LayoutKind kind_of(const ImageAndLabel& pair, bool has_ids) {
  if (has_ids && has_folder(pair.image, "leftImg8bit")) return LayoutKind::cityscapes;
  if (is_of_ade20k(pair)) return LayoutKind::ade20k;
  if (is_of_cocostuff(pair)) return LayoutKind::cocostuff;
  if (is_of_camvid(pair)) return LayoutKind::camvid;
  if (is_of_voc(pair)) return LayoutKind::voc;
  return folder_of(pair.image) == folder_of(pair.label) ? LayoutKind::beside : LayoutKind::folders;
}

bool is_public(LayoutKind kind) { return kind != LayoutKind::folders && kind != LayoutKind::beside; }

using Kinds = std::map<LayoutKind, std::vector<const ImageAndLabel*>>;

// Classes of different data sets have equal numbers and mean different things.
void refuse_mixture(const Kinds& kinds, const std::string& where) {
  constexpr std::size_t kFewest = 2;  // a stray file is no data set
  std::vector<std::string> found;
  bool has_public = false;
  for (const auto& [kind, pairs] : kinds) {
    if (pairs.size() < kFewest) continue;
    has_public |= is_public(kind);
    const std::string_view folder = folder_of(pairs.front()->image);
    found.push_back((is_public(kind) ? std::string(name_of(kind)) : "others") + " (" + counted(pairs.size(), "pair") +
                    ", such as those of " + (folder.empty() ? "." : std::string(folder) + "/") + ")");
  }
  if (has_public && found.size() > 1)
    fail(where, "holds several data sets, whose classes differ: " + joined(found, ", "),
         "name the folder of one of them; where they share folders, move one of them out first");
}

// That of most pairs.
LayoutKind kind_of(const Layout& layout, const std::string& where) {
  const bool has_ids =
      layout.numbers == LabelNumbers::cityscapes_ids || layout.numbers == LabelNumbers::cityscapes_train_ids;
  Kinds kinds;
  for (const ImageAndLabel& pair : layout.pairs) kinds[kind_of(pair, has_ids)].push_back(&pair);
  const auto own = kinds.extract(LayoutKind::beside);  // of no public data set, as those in folders
  if (!own.empty()) {
    auto& others = kinds[LayoutKind::folders];
    others.insert(others.end(), own.mapped().begin(), own.mapped().end());
  }
  refuse_mixture(kinds, where);
  const auto most = std::ranges::max_element(kinds, {}, [](const auto& entry) { return entry.second.size(); });
  const bool is_beside = !own.empty() && own.mapped().size() * 10 > layout.pairs.size() * 9;
  return is_beside ? LayoutKind::beside : most->first;
}

std::string shown(const std::set<std::string>& names) {
  std::vector<std::string> first(names.begin(),
                                 std::next(names.begin(), static_cast<std::ptrdiff_t>(std::min(kShown, names.size()))));
  if (names.size() > kShown) first.push_back("and " + std::to_string(names.size() - kShown) + " more");
  return joined(first, ", ");
}

[[noreturn]] void fail_without_pairs(const std::vector<std::string>& files, const Layout& layout,
                                     const std::string& where) {
  constexpr const char* kRemedy =
      "images/ and masks/ (or labels/, annotations/, gt/ …) with files of the same names, with or without train/ and "
      "val/; or image and label side by side, the label with _mask, _label, _L or _gt at its end; or Cityscapes, "
      "ADE20K, COCO-Stuff, CamVid, Pascal VOC as they are unpacked";
  if (files.empty()) fail(where, "the folder is empty", kRemedy);
  std::set<std::string> folders, extensions;
  for (const std::string& path : files) {
    folders.insert(folder_of(path).empty() ? "." : std::string(folder_of(path)) + "/");
    extensions.insert(extension_of(path).empty() ? "none" : "." + std::string(extension_of(path)));
  }
  std::string what = "no image has a label of its name among " + counted(files.size(), "file") + " in " +
                     shown(folders) + " (extensions: " + shown(extensions) + ")";
  if (!layout.unpaired_images.empty())
    what += "; " + std::to_string(layout.unpaired_images.size()) +
            (layout.unpaired_images.size() == 1 ? " looks like an image, " : " look like images, such as ") +
            layout.unpaired_images.front();
  if (!layout.unpaired_labels.empty())
    what += "; " + std::to_string(layout.unpaired_labels.size()) +
            (layout.unpaired_labels.size() == 1 ? " looks like a label, " : " look like labels, such as ") +
            layout.unpaired_labels.front();
  fail(where, what, kRemedy);
}

}  // namespace

std::string_view name_of(LayoutKind kind) noexcept {
  switch (kind) {
    case LayoutKind::folders: return "folders";
    case LayoutKind::beside: return "beside";
    case LayoutKind::camvid: return "camvid";
    case LayoutKind::cityscapes: return "cityscapes";
    case LayoutKind::ade20k: return "ade20k";
    case LayoutKind::cocostuff: return "cocostuff";
    case LayoutKind::voc: break;
  }
  return "voc";
}

Layout find_layout(const std::vector<std::string>& files, const std::string& where) {
  Pairing pairing(files);
  Layout layout = pairing.run();
  if (layout.pairs.empty()) fail_without_pairs(files, layout, where);
  // Ids and train ids are different numbers for one class; what most labels hold decides.
  constexpr std::array kNumbers = {LabelNumbers::cityscapes_ids, LabelNumbers::cityscapes_train_ids,
                                   LabelNumbers::plain, LabelNumbers::colors};
  const auto count = [&](LabelNumbers numbers) { return std::ranges::count(pairing.numbers(), numbers); };
  layout.numbers = *std::ranges::max_element(kNumbers, {}, count);
  std::erase_if(layout.pairs, [&](const ImageAndLabel& pair) {
    if (file_role(pair.label).numbers == layout.numbers) return false;
    layout.ambiguous.push_back(
        {.where = pair.label,
         .what = "holds something else than most labels (ids, train ids, class numbers or colours, by its name)",
         .remedy = "convert it like the others; it is left out"});
    return true;
  });
  layout.kind = kind_of(layout, where);
  return layout;
}

}  // namespace seg
