// SPDX-License-Identifier: Apache-2.0
// Writes an HDF5 file of images and labels (docs/hdf5.md): it appears whole when it is committed, or not at all. Files
// that belong together are all finished before the first is committed.
//
// The HDF5 library does it, in this process: one writer at a time until it is finished, and one thread in it. A build
// without the library (SEG_HDF5=OFF) refuses. UserError names the file.
#pragma once
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "formats/hdf5.h"

namespace seg {

struct Hdf5NewArray {
  std::string name;   // groups before its last slash are made
  Hdf5Shape shape{};  // image number, row, column, channel
  int value_bytes = 1;
  bool is_stacked = false;     // has a side for the image number, even of one image
  bool is_compressed = false;  // in chunks with gzip; else in one piece, without a filter
};

class Hdf5Writer {
 public:
  explicit Hdf5Writer(const std::filesystem::path& path);
  ~Hdf5Writer();
  Hdf5Writer(const Hdf5Writer&) = delete;
  Hdf5Writer& operator=(const Hdf5Writer&) = delete;

  // An array that write() fills, image by image in any order, until the writer ends.
  std::size_t add(const Hdf5NewArray& array);
  // Dense rows of all channels in this machine's byte order.
  void write(std::size_t array, std::int64_t image, std::span<const std::byte> pixels);

  // An array of one image, with its pixels.
  void add_image(const Hdf5NewArray& array, std::span<const std::byte> pixels);

  // All is on the disk now, under another name, or a UserError says why not. Only commit() may follow.
  void finish();
  void commit();  // finishes it if need be; what was there under its name is replaced

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace seg
