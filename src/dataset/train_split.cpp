// SPDX-License-Identifier: Apache-2.0
#include "dataset/train_split.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "base/error.h"
#include "base/random.h"

namespace seg {
namespace {

// Of names that hardly differ, too, all bits differ.
std::uint64_t mixed_hash(const std::string& text) {
  const std::uint64_t hash = hash_of(text.data(), text.size());
  const PhiloxBlock block = philox({static_cast<std::uint32_t>(hash), static_cast<std::uint32_t>(hash >> 32), 0, 0},
                                   {0x7365'6774u, 0x7261'696eu});
  return std::uint64_t{block[1]} << 32 | block[0];
}

void hash_split(std::vector<ImageAndLabel> pairs, double val_fraction, TrainSplit& split) {
  // The stem comes first: it stays when folders are renamed, or images converted.
  std::vector<std::pair<std::uint64_t, std::size_t>> order;
  for (std::size_t i = 0; i < pairs.size(); ++i) order.emplace_back(mixed_hash(pairs[i].stem), i);
  std::ranges::sort(order);
  const auto wanted = std::llround(val_fraction * static_cast<double>(pairs.size()));
  const auto count =
      static_cast<std::size_t>(std::clamp<long long>(wanted, 1, static_cast<long long>(pairs.size()) - 1));
  for (std::size_t k = 0; k < order.size(); ++k)
    (k < count ? split.validation : split.train).push_back(std::move(pairs[order[k].second]));
  std::ranges::sort(split.train, {}, &ImageAndLabel::image);
  std::ranges::sort(split.validation, {}, &ImageAndLabel::image);
}

}  // namespace

TrainSplit split_pairs(std::vector<ImageAndLabel> pairs, double val_fraction, const std::string& where) {
  TrainSplit split;
  const auto count = [&](Part part) { return std::ranges::count(pairs, part, &ImageAndLabel::part); };
  if (count(Part::train) > 0) {
    split.left_alone = std::erase_if(pairs, [](const auto& pair) { return pair.part == Part::test; });
    if (count(Part::validation) > 0) {
      split.is_given = true;
      for (ImageAndLabel& pair : pairs)
        (pair.part == Part::validation ? split.validation : split.train).push_back(std::move(pair));
      return split;
    }
  }
  if (pairs.size() < 2)
    fail(where, "there is only one pair of an image and a label that can be used",
         "at least two: one to train on, another to validate with");
  hash_split(std::move(pairs), val_fraction, split);
  return split;
}

}  // namespace seg
