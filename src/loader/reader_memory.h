// SPDX-License-Identifier: Apache-2.0
// What the threads that read samples hold of them at one time, at most: for forecasts of memory.
//
// sizes_of() reads the heads of some files; the rest are pure functions.
#pragma once
#include <cstdint>

#include "dataset/dataset.h"
#include "image/image.h"
#include "loader/crop_maker.h"

namespace seg {

struct SampleSizes {
  ImageLayout largest{.height = 0, .width = 0};  // image, by its bytes
  std::int64_t file_bytes = 0;                   // of one sample's files together, at most
  std::int64_t decoder_bytes = 0;                // what a thread's decoders keep, at most
  std::int64_t index_bytes = 0;                  // of places in JPEG files, for all threads that read windows
};

// Judged by some samples, evenly spread. Files that cannot be read are passed over: whoever needs them will tell.
SampleSizes sizes_of(const Dataset& dataset);

struct ReaderCounts {
  int num_workers = 1;          // 0 counts as the one thread that reads then
  bool fills_cache = false;     // then whole images are decoded, whatever a crop needs
  std::int64_t num_images = 0;  // of a batch of evaluation
};

std::int64_t training_reader_bytes(const SampleSizes& sizes, const CropOptions& options, const ReaderCounts& counts);

// Whole images that wait, that are being decoded, and that one batch is made of.
std::int64_t evaluation_reader_bytes(const SampleSizes& sizes, const ReaderCounts& counts);

}  // namespace seg
