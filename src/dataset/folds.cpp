// SPDX-License-Identifier: Apache-2.0
#include "dataset/folds.h"

#include <algorithm>
#include <map>
#include <regex>
#include <tuple>
#include <utility>

#include "base/counted.h"
#include "base/error.h"
#include "base/random.h"

namespace seg {
namespace {

struct Group {
  std::string name;
  std::vector<std::size_t> pairs;
  std::uint64_t lot = 0;
};

std::uint64_t lot_of(const std::string& name, std::uint64_t seed) {
  const std::uint64_t hash = hash_of(name.data(), name.size());
  const PhiloxBlock block = philox({static_cast<std::uint32_t>(hash), static_cast<std::uint32_t>(hash >> 32), 0, 0},
                                   {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)});
  return std::uint64_t{block[1]} << 32 | block[0];
}

std::regex expression_of(const std::string& text) {
  const std::string where = "--group-by " + text;
  constexpr const char* kGroupRemedy =
      "such as --group-by '(patient[0-9]+)', whose group in parentheses is what counts";
  try {
    std::regex expression(text);
    if (expression.mark_count() == 0) fail(where, "has no group in parentheses", kGroupRemedy);
    return expression;
  } catch (const std::regex_error&) {
    fail(where, "is no regular expression", kGroupRemedy);
  }
}

std::vector<std::string> names_of_groups(const std::vector<ImageAndLabel>& pairs, const std::string& group_by) {
  std::vector<std::string> names;
  if (group_by.empty()) {
    for (const ImageAndLabel& pair : pairs) names.push_back(pair.image);
    return names;
  }
  const std::regex expression = expression_of(group_by);
  for (const ImageAndLabel& pair : pairs) {
    std::smatch match;
    if (!std::regex_search(pair.image, match, expression) || !match[1].matched)
      fail("--group-by " + group_by, "finds no group in " + pair.image, "an expression that fits all images");
    names.push_back(match[1].str());
  }
  return names;
}

std::vector<Group> groups_of(const std::vector<std::string>& names, std::uint64_t seed) {
  std::map<std::string, std::vector<std::size_t>> members;
  for (std::size_t i = 0; i < names.size(); ++i) members[names[i]].push_back(i);
  std::vector<Group> groups;
  for (auto& [name, pairs] : members)
    groups.push_back({.name = name, .pairs = std::move(pairs), .lot = lot_of(name, seed)});
  std::ranges::sort(groups, [](const Group& a, const Group& b) {
    return std::tuple(b.pairs.size(), a.lot, a.name) < std::tuple(a.pairs.size(), b.lot, b.name);
  });
  return groups;
}

}  // namespace

Folds deal_folds(std::vector<ImageAndLabel> pairs, const FoldOptions& options, const std::string& where) {
  const bool has_parts = std::ranges::count(pairs, Part::train, &ImageAndLabel::part) > 0;
  const std::size_t left_alone =
      has_parts ? std::erase_if(pairs, [](const auto& pair) { return pair.part == Part::test; }) : 0;
  std::ranges::sort(pairs, {}, &ImageAndLabel::image);
  const std::vector<Group> groups = groups_of(names_of_groups(pairs, options.group_by), options.seed);
  if (groups.size() < options.count)
    fail(where,
         "the images are " + counted(groups.size(), "group") + ", too few for " + std::to_string(options.count) +
             " folds",
         "fewer --folds, or another --group-by");
  std::vector<std::size_t> fold_of(pairs.size()), sizes(options.count, 0);
  for (const Group& group : groups) {
    const auto fold = static_cast<std::size_t>(std::ranges::min_element(sizes) - sizes.begin());
    sizes[fold] += group.pairs.size();
    for (const std::size_t i : group.pairs) fold_of[i] = fold;
  }
  Folds folds{.splits = std::vector<TrainSplit>(options.count), .num_groups = groups.size()};
  for (std::size_t fold = 0; fold < options.count; ++fold) {
    folds.splits[fold].left_alone = left_alone;
    for (std::size_t i = 0; i < pairs.size(); ++i)
      (fold_of[i] == fold ? folds.splits[fold].validation : folds.splits[fold].train).push_back(pairs[i]);
  }
  return folds;
}

}  // namespace seg
