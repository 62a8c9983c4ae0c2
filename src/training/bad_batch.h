// SPDX-License-Identifier: Apache-2.0
// Keeps the batch at which training broke, for whoever has to find out why.
#pragma once
#include <filesystem>
#include <string>

#include "dataset/dataset.h"
#include "loader/host_batch.h"

namespace seg {

// Writes `images` [M,H,W,C] and `labels` [M,H,W] as they went to the network, and what else the batch carries:
// `distance` [M,H,W] in eighths of a pixel, `points` [M,P,2]. Returns the names of the batch's images.
std::string save_bad_batch(const std::filesystem::path& path, const BatchView& batch, const Dataset& dataset);

}  // namespace seg
