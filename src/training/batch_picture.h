// SPDX-License-Identifier: Apache-2.0
// A batch as the network sees it, as a picture: each crop beside the same crop with its labels laid over.
#pragma once
#include <filesystem>
#include <span>

#include "image/color.h"
#include "loader/host_batch.h"

namespace seg {

// At most `most` crops. UserError if the file cannot be written.
void save_batch_picture(const std::filesystem::path& path, const BatchView& batch, std::span<const Rgb> palette,
                        int ignore_label, std::int64_t most = 8);

}  // namespace seg
