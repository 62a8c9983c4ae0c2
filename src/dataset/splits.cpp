// SPDX-License-Identifier: Apache-2.0
#include "dataset/splits.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "base/counted.h"
#include "base/random.h"
#include "base/text.h"
#include "dataset/plain_path.h"

namespace seg {
namespace {

constexpr std::size_t kNamed = 3;

// One file has many names: below im_root in one list, absolute in the other.
class PlainNames {
 public:
  std::string operator()(std::string name) const { return plain_path(std::move(name), here_); }

 private:
  std::string here_ = current_folder();
};

std::uint64_t key_of(const std::string& name) { return hash_of(name.data(), name.size()); }

// Finds samples by their plain names, of which only the hashes are kept.
class NameIndex {
 public:
  NameIndex(const Dataset& dataset, const PlainNames& plain) : dataset_(dataset), plain_(plain) {
    entries_.reserve(dataset.size());
    for (std::size_t i = 0; i < dataset.size(); ++i) entries_.emplace_back(key_of(plain(dataset.name(i))), i);
    std::ranges::sort(entries_);
  }

  bool holds(const std::string& name) const {
    const std::uint64_t key = key_of(name);
    auto entry = std::ranges::lower_bound(entries_, key, {}, &Entry::first);
    for (; entry != entries_.end() && entry->first == key; ++entry)
      if (plain_(dataset_.name(entry->second)) == name) return true;
    return false;
  }

 private:
  using Entry = std::pair<std::uint64_t, std::size_t>;

  const Dataset& dataset_;
  const PlainNames& plain_;
  std::vector<Entry> entries_;
};

std::vector<Problem> shared_names(const Splits& splits) {
  const PlainNames plain;
  const NameIndex train(*splits.train, plain);
  std::vector<std::string> first;
  std::size_t count = 0;
  for (std::size_t i = 0; i < splits.validation->size(); ++i) {
    const std::string name = splits.validation->name(i);
    if (train.holds(plain(name)) && ++count <= kNamed) first.push_back(name);
  }
  if (count == 0) return {};
  return {{.where = "the validation data",
           .what = std::to_string(count) + " of " + counted(splits.validation->size(), "image") + " " +
                   (count == 1 ? "is" : "are") + " in the list to train on as well: " + joined(first, ", ") +
                   (count > kNamed ? ", …" : ""),
           .remedy = kTakeOutShared}};
}

}  // namespace

Splits open_splits(const DatasetConfig& config, const FileSource& files, std::vector<Problem>* absent) {
  Splits splits;
  std::vector<Problem> problems, left_out;
  const auto add_new = [](const std::vector<Problem>& found, std::vector<Problem>& to) {
    std::ranges::remove_copy_if(found, std::back_inserter(to), [&](const Problem& problem) {
      return std::ranges::any_of(
          to, [&](const Problem& known) { return known.where == problem.where && known.what == problem.what; });
    });
  };
  for (const Split split : {Split::train, Split::validation}) {
    std::vector<Problem> of_split;
    try {
      (split == Split::train ? splits.train : splits.validation) =
          open_dataset(config, split, files, absent != nullptr ? &of_split : nullptr);
    } catch (const UserError& error) {
      add_new(error.problems(), problems);
    }
    add_new(of_split, left_out);
  }
  if (!problems.empty()) add_new(left_out, problems);
  fail_if_any(std::move(problems));
  if (absent != nullptr) *absent = std::move(left_out);
  return splits;
}

std::vector<Problem> doubts_of(const Splits& splits) {
  std::vector<Problem> doubts;
  for (const Dataset* dataset : {splits.train.get(), splits.validation.get()})
    for (Problem& doubt : dataset->doubts()) doubts.push_back(std::move(doubt));
  for (Problem& doubt : shared_names(splits)) doubts.push_back(std::move(doubt));
  return doubts;
}

}  // namespace seg
