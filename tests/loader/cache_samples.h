// SPDX-License-Identifier: Apache-2.0
// Small samples that differ from number to number, and caches on disk of them.
#pragma once
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <mutex>
#include <string>

#include "base/file.h"
#include "loader/cache_file.h"
#include "loader/cache_files.h"
#include "loader/packed_sample.h"

namespace seg::testing {

inline constexpr std::int64_t kPlenty = std::int64_t{1} << 40;

// The first version of a sample.
inline SampleKey cache_key_of(std::uint64_t number) {
  return {.high = number, .low = 3 * number, .sample = 1000 + number};
}
inline SampleKey changed(SampleKey key) {
  ++key.low;
  return key;
}

// Stays until the program ends, as do the pixels that it points to.
inline const SamplePacker& cache_sample(std::uint64_t number) {
  struct Made {
    Image image;
    SamplePacker packer;
  };
  static std::mutex mutex;
  static std::map<std::uint64_t, Made> made;
  const std::lock_guard lock(mutex);
  const auto [place, is_new] = made.try_emplace(number);
  Made& sample = place->second;
  if (is_new) {
    sample.image = Image(ImageLayout{.height = 70, .width = 5 + static_cast<std::int64_t>(number % 3), .channels = 1});
    LabelMap label(sample.image.height(), sample.image.width());
    std::ranges::fill(sample.image.bytes(), static_cast<std::byte>(number));
    std::ranges::fill(label.values(), static_cast<std::uint8_t>(number));
    sample.packer.take(sample.image, label);
  }
  return sample.packer;
}

inline Bytes packed_cache_sample(std::uint64_t number) {
  Bytes bytes(cache_sample(number).size());
  cache_sample(number).write(bytes);
  return bytes;
}

inline bool has(CacheFile& file, std::uint64_t number) {
  return std::ranges::equal(file.find(cache_key_of(number)), packed_cache_sample(number));
}
inline bool add(CacheFile& file, std::uint64_t number) {
  return !file.add(cache_key_of(number), cache_sample(number)).empty();
}

// Samples `first` and the next, as a run of its own adds them. Whether all could be.
inline bool fill_cache(const std::filesystem::path& folder, std::uint64_t first, std::uint64_t count) {
  CacheFile file({.folder = folder, .budget_bytes = kPlenty}, silent_log());
  bool all = true;
  for (std::uint64_t i = first; i < first + count; ++i) all = add(file, i) && all;
  return all;
}

// Both files as texts, to be damaged; written without waiting for the disk.
struct CacheTexts {
  std::string pixels, index;

  static CacheTexts of(const std::filesystem::path& folder) {
    return {.pixels = read_text(cache_pixels(folder).value()), .index = read_text(folder / "index")};
  }
  // The index has a whole head.
  void write(const std::filesystem::path& folder) const {
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "index", std::ios::binary) << index;
    std::ofstream(cache_pixels(folder).value(), std::ios::binary) << pixels;
  }
};

inline std::uintmax_t pixel_bytes(const std::filesystem::path& folder) {
  return std::filesystem::file_size(cache_pixels(folder).value());
}

// That the index names, whole or not.
inline std::size_t num_named(const std::filesystem::path& folder) {
  return open_cache_files(folder, silent_log()).entries.size();
}

}  // namespace seg::testing
