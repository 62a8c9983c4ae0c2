// SPDX-License-Identifier: Apache-2.0
// What scans learn from the files of one sample, and as the bytes in which a record keeps it (scan_record.h).
//
// Bytes may be of any origin: what no sample can have is not believed. Pure functions.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dataset/image_moments.h"
#include "image/label_histogram.h"

namespace seg {

// Of the decoded pixels, so that a copy in another file format is found, too.
using Fingerprint = std::uint64_t;

struct LabelFacts {
  std::int64_t height = 0, width = 0;    // of the label and its image
  LabelHistogram in_files{}, classes{};  // before and after the label map
};

struct ImageFacts {
  Fingerprint fingerprint = 0;
  ImageMoments moments;
};

std::string packed(const LabelFacts& facts);
std::string packed(const ImageFacts& facts);

// Nothing if the bytes are not those of facts.
std::optional<LabelFacts> label_facts(std::string_view bytes);
std::optional<ImageFacts> image_facts(std::string_view bytes);

}  // namespace seg
