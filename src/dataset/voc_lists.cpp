// SPDX-License-Identifier: Apache-2.0
#include "dataset/voc_lists.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "base/text.h"

namespace seg {
namespace {

constexpr std::string_view kImages = "JPEGImages/", kLists = "ImageSets/Segmentation/";

using Names = std::set<std::string, std::less<>>;
using Pairs = std::vector<ImageAndLabel*>;

Names names_in(const std::filesystem::path& path, const FileSource& source) {
  Bytes bytes;
  source.read(path.string(), bytes);
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  Names names;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    const std::string_view name = trimmed(text.substr(0, end));
    if (!name.empty()) names.emplace(name);
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return names;
}

std::string_view stem_of(const std::string& image) {
  const std::string_view name = file_name_of(image);
  return name.substr(0, std::min(name.rfind('.'), name.size()));
}

// The pairs of each folder that holds JPEGImages/.
std::map<std::string, Pairs> by_folder(Layout& layout) {
  std::map<std::string, Pairs> folders;
  for (ImageAndLabel& pair : layout.pairs) {
    const std::size_t at = ("/" + pair.image).rfind("/" + std::string(kImages));
    if (at != std::string::npos) folders[pair.image.substr(0, at)].push_back(&pair);
  }
  return folders;
}

struct Lists {
  Names train, validation;
};

bool are_followed(const Pairs& pairs, const Lists& lists) {
  const auto has_some = [&](const Names& names) {
    return std::ranges::any_of(pairs, [&](const ImageAndLabel* pair) { return names.contains(stem_of(pair->image)); });
  };
  return has_some(lists.train) && has_some(lists.validation);
}

}  // namespace

std::vector<Problem> take_parts_of_voc(Layout& layout, const std::vector<std::string>& files,
                                       const std::filesystem::path& root, const FileSource& source) {
  std::vector<Problem> problems;
  for (auto& [folder, pairs] : by_folder(layout)) {
    const std::string train = folder + std::string(kLists) + "train.txt",
                      validation = folder + std::string(kLists) + "val.txt";
    if (!std::ranges::binary_search(files, train) || !std::ranges::binary_search(files, validation)) continue;
    const Lists lists{.train = names_in(root / train, source), .validation = names_in(root / validation, source)};
    if (!are_followed(pairs, lists)) {
      problems.push_back(
          {.where = (root / train).string(),
           .what = "this list, or val.txt beside it, names no image that has a label; neither is followed",
           .remedy = "one name a line, without folder and extension"});
      continue;
    }
    for (ImageAndLabel* pair : pairs)
      pair->part = lists.validation.contains(stem_of(pair->image)) ? Part::validation
                   : lists.train.contains(stem_of(pair->image))    ? Part::train
                                                                   : Part::test;
  }
  return problems;
}

}  // namespace seg
