// SPDX-License-Identifier: Apache-2.0
// HDF5 files for tests, by the library itself.
#pragma once
#include <hdf5.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <vector>

#include "base/random.h"

namespace seg::testing {

struct Hdf5Recipe {
  std::vector<hsize_t> shape;
  std::vector<hsize_t> chunk = {};  // empty: in one piece
  bool is_deep = false, is_big_endian = false;
  int deflate = 0;  // level
  bool has_shuffle = false, has_check = false, is_deflated_twice = false;
  H5Z_filter_t other_filter = 0;
  std::vector<std::uint16_t> values = {};  // empty: made up, in runs

  std::size_t count() const {
    std::size_t count = 1;
    for (const hsize_t side : shape) count *= side;
    return count;
  }
};

inline std::vector<std::uint16_t> hdf5_values(const Hdf5Recipe& recipe, std::uint64_t seed) {
  std::vector<std::uint16_t> values(recipe.count());
  Random random(seed, RandomStream::synthetic, 13);
  std::uint16_t value = 0;
  for (std::uint16_t& each : values) {
    if (random.below(3) == 0) value = static_cast<std::uint16_t>(random.below(recipe.is_deep ? 65536 : 256));
    each = value;
  }
  return values;
}

class Hdf5Maker {
 public:
  explicit Hdf5Maker(const std::filesystem::path& path, hsize_t user_block = 0) {
    const hid_t creation = H5Pcreate(H5P_FILE_CREATE);
    H5Pset_userblock(creation, user_block);
    file_ = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation, H5P_DEFAULT);
    H5Pclose(creation);
  }
  ~Hdf5Maker() { H5Fclose(file_); }
  Hdf5Maker(const Hdf5Maker&) = delete;
  Hdf5Maker& operator=(const Hdf5Maker&) = delete;

  void add_group(const std::string& name) {
    H5Gclose(H5Gcreate2(file_, name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  }

  // Returns the values that are in it.
  std::vector<std::uint16_t> add(const std::string& name, const Hdf5Recipe& recipe, std::uint64_t seed = 1) {
    const std::vector<std::uint16_t> values = recipe.values.empty() ? hdf5_values(recipe, seed) : recipe.values;
    const hid_t data = create(name, type_of(recipe), recipe);
    H5Dwrite(data, H5T_NATIVE_UINT16, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    H5Dclose(data);
    return values;
  }

  // Without values.
  void add_empty(const std::string& name, hid_t type, const Hdf5Recipe& recipe) {
    H5Dclose(create(name, type, recipe));
  }

  static hid_t type_of(const Hdf5Recipe& recipe) {
    if (!recipe.is_deep) return H5T_STD_U8LE;
    return recipe.is_big_endian ? H5T_STD_U16BE : H5T_STD_U16LE;
  }

 private:
  hid_t create(const std::string& name, hid_t type, const Hdf5Recipe& recipe) {
    const hid_t space = H5Screate_simple(static_cast<int>(recipe.shape.size()), recipe.shape.data(), nullptr);
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    if (!recipe.chunk.empty()) H5Pset_chunk(creation, static_cast<int>(recipe.chunk.size()), recipe.chunk.data());
    if (recipe.other_filter != 0) H5Pset_filter(creation, recipe.other_filter, H5Z_FLAG_OPTIONAL, 0, nullptr);
    if (recipe.has_shuffle) H5Pset_shuffle(creation);
    if (recipe.deflate > 0) H5Pset_deflate(creation, static_cast<unsigned>(recipe.deflate));
    if (recipe.is_deflated_twice) H5Pset_deflate(creation, 1);
    if (recipe.has_check) H5Pset_fletcher32(creation);
    const hid_t data = H5Dcreate2(file_, name.c_str(), type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    H5Pclose(creation);
    H5Sclose(space);
    return data;
  }

  hid_t file_;
};

// Without waiting for the disk.
inline void write_bytes(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace seg::testing
