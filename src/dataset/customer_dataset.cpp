// SPDX-License-Identifier: Apache-2.0
// CustomerDataset: images and labels of your own; labels are class numbers unless a label_map says otherwise.
#include "dataset/list_dataset.h"

namespace seg {
namespace {

std::unique_ptr<Dataset> open(const DatasetConfig& config, Split split, const FileSource& files,
                              std::vector<Problem>* absent) {
  return open_list_dataset(config, split, files, {}, absent);
}

}  // namespace

extern const DatasetKind customer_dataset;
const DatasetKind customer_dataset{.name = "CustomerDataset", .open = open};

}  // namespace seg
