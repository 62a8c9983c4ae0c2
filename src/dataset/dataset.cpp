// SPDX-License-Identifier: Apache-2.0
#include "dataset/dataset.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "config/dataset.h"
#include "dataset/sample_reader.h"

namespace seg {

std::string_view name_of(Split split) noexcept { return split == Split::train ? "train" : "validation"; }

std::unique_ptr<SampleReader> Dataset::reader() const { return file_reader(*this); }

std::unique_ptr<Dataset> open_dataset(const DatasetConfig& config, Split split, const FileSource& files,
                                      std::vector<Problem>* absent) {
  std::vector<std::string> names;
  for (const DatasetKind* kind : dataset_kinds()) {
    if (kind->name == config.dataset) return kind->open(config, split, files, absent);
    names.emplace_back(kind->name);
  }
  fail("dataset", "this version has no data set kind \"" + config.dataset + "\"", "one of " + joined(names, ", "));
}

std::int64_t resolve_num_classes(const DatasetTraits& traits, std::string_view dataset,
                                 std::optional<std::int64_t> n_cats) {
  const std::optional<std::int64_t>& known = traits.num_classes;
  if (!known && !n_cats) fail("n_cats", "is not set", "n_cats = the number of classes in the labels");
  if (known && n_cats && *n_cats < *known)
    fail("n_cats",
         "is " + std::to_string(*n_cats) + ", but " + std::string(dataset) + " has " + std::to_string(*known) +
             " classes",
         "n_cats=" + std::to_string(*known));
  return n_cats ? *n_cats : *known;
}

}  // namespace seg
