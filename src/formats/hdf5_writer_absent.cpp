// SPDX-License-Identifier: Apache-2.0
// In place of hdf5_writer.cpp in a build without the HDF5 library.
#include "base/error.h"
#include "formats/hdf5_writer.h"

namespace seg {

struct Hdf5Writer::State {};

Hdf5Writer::Hdf5Writer(const std::filesystem::path& path) {
  fail(path.string(), "an HDF5 file, which this build cannot write", "build segtrain with -DSEG_HDF5=ON");
}
Hdf5Writer::~Hdf5Writer() = default;

std::size_t Hdf5Writer::add(const Hdf5NewArray&) { return 0; }
void Hdf5Writer::write(std::size_t, std::int64_t, std::span<const std::byte>) {}
void Hdf5Writer::add_image(const Hdf5NewArray&, std::span<const std::byte>) {}
void Hdf5Writer::finish() {}
void Hdf5Writer::commit() {}

}  // namespace seg
