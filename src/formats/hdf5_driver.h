// SPDX-License-Identifier: Apache-2.0
// The HDF5 library's way to a file in the child process that describes it: reads that one file and no other, nothing
// beyond its end, and tells where a chunk lies without reading it.
//
// The library's own question after a chunk's place walks through all chunks, which for a hundred thousand of them takes
// minutes. Asked for a chunk's bytes it searches its index; the driver notes what it would read. For one thread.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "formats/hdf5_id.h"

namespace seg {

class Hdf5Driver {
 public:
  explicit Hdf5Driver(const std::filesystem::path& path);
  ~Hdf5Driver();
  Hdf5Driver(const Hdf5Driver&) = delete;
  Hdf5Driver& operator=(const Hdf5Driver&) = delete;

  hid_t open() const;  // the file, read-only; negative if the library cannot

  struct Place {
    std::uint64_t at = 0, bytes = 0;  // 0 bytes: it was never written
    std::uint32_t skipped_filters = 0;
  };
  // Of the chunk that begins at `corner`, in the array's own dimensions. Nothing if it cannot be found.
  static std::optional<Place> place_of_chunk(hid_t array, const hsize_t* corner);

 private:
  std::string path_;
  Hdf5Id driver_;
};

}  // namespace seg
