// SPDX-License-Identifier: Apache-2.0
// What a network sees in some images of a data set, as a picture: image, label and prediction side by side.
#pragma once
#include <cstdint>
#include <filesystem>
#include <span>

#include "evaluation/protocol.h"
#include "image/color.h"
#include "image/image.h"
#include "loader/reader_source.h"

namespace seg {

// A row for each of `count` images of the data set from the `first` on (as far as there are).
Image prediction_picture(const ReaderSource& source, Protocol& protocol, std::span<const Rgb> palette,
                         std::int64_t count, std::size_t first = 0);
// Of the data set's first images, as a file. UserError if it cannot be written.
void save_prediction_picture(const std::filesystem::path& path, const ReaderSource& source, Protocol& protocol,
                             std::span<const Rgb> palette, std::int64_t count);

}  // namespace seg
