// SPDX-License-Identifier: Apache-2.0
// Writes a data set as an HDF5 file (docs/hdf5.md), of which the data set HDF5 gives the same samples in the same
// order: images as they are decoded, in one piece, and labels after the label map, compressed.
//
// Images of one size become one array; of several sizes, a group with an array for each. UserError names the sample
// that cannot be read, or the file that cannot be written.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "config/dataset.h"
#include "dataset/dataset.h"
#include "formats/hdf5_writer.h"

namespace seg {

struct PackOptions {
  int threads = 1;
  // Called now and then, by one thread at a time, with how many samples are done; false stops.
  std::function<bool(std::size_t done)> go_on = {};
};

struct PackPlan {
  std::vector<ImageLayout> layouts;
  bool is_stacked = false;
  std::int64_t image_bytes = 0, label_bytes = 0;  // the latter before they are compressed
};

// Looks at the size of every sample. Nothing if it was stopped; UserError if there is no sample.
std::optional<PackPlan> plan_hdf5(const Dataset& dataset, const PackOptions& options);

// The finished file, which takes its place when it is committed, and which nobody sees if it is not. Nothing if it was
// stopped.
std::unique_ptr<Hdf5Writer> write_hdf5(const Dataset& dataset, const PackPlan& plan, const std::filesystem::path& path,
                                       const PackOptions& options);

struct PackedFiles {
  std::filesystem::path train, validation;
};
// The config of the data set that these files of one folder are, written from that of the data set with these traits.
DatasetConfig packed_config(const DatasetConfig& config, const DatasetTraits& traits, const PackedFiles& files);

}  // namespace seg
