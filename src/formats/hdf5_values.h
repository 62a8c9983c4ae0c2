// SPDX-License-Identifier: Apache-2.0
// Pixels of an HDF5 file, read at the places that formats/hdf5.h found: without the HDF5 library, by many threads.
//
// Of an array in one piece only the rows and columns of the window are read; of one in chunks those that the window
// touches, each inflated, unshuffled and checked as it was written. Values arrive in this machine's byte order.
// Thread-safe; no memory is taken once a thread has seen the largest chunk. UserError names file, array and chunk.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/positioned_file.h"
#include "formats/hdf5.h"

namespace seg {

// Of one image of the array; lies within it.
struct Hdf5Window {
  std::int64_t image = 0, top = 0, left = 0, height = 0, width = 0;
};

// Dense rows of all channels: `to` has height * width * channels * value_bytes bytes.
void read_hdf5_window(const PositionedFile& file, const Hdf5Array& array, const Hdf5Window& window,
                      std::span<std::byte> to);

// The check that the filter fletcher32 appends, over whole data.
std::uint32_t fletcher32(std::span<const std::byte> data) noexcept;

}  // namespace seg
