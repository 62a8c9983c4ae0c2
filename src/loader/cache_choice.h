// SPDX-License-Identifier: Apache-2.0
// Which cache of decoded samples a run has, how much it may take, and why: for the settings table.
//
// cache_request() asks the machine; the rest is data in, data out.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/disk.h"
#include "base/error.h"
#include "config/loader.h"
#include "loader/decoding_cost.h"

namespace seg {

// A disk gives a window of a decoded image in about so many milliseconds, or faster.
inline constexpr double kWorthADisk = 4;

// Bytes of memory for decoded samples: what the run needs is taken off, and what other programs and the kernel's own
// cache of files need. None if that is too much already.
std::int64_t room_for_cache(std::int64_t usable_memory, std::int64_t needed_memory);

enum class CacheTier { off, ram, disk };
const char* name_of(CacheTier tier) noexcept;  // as the key `cache` has it

struct CacheRequest {
  std::string cache = "off";          // the key's value
  std::optional<double> budget_gb{};  // in GiB
  std::int64_t usable_memory = 0;     // bytes that this process may still take
  std::int64_t needed_memory = 0;     // bytes that the run takes without a cache
  std::filesystem::path folder{};     // of the cache on disk
  std::optional<DiskSpace> space{};   // of the disk that it lies on
  std::int64_t needed_disk = 0;       // bytes that the run writes without a cache
  std::int64_t on_disk = 0;           // bytes of the cache that is there already
  double epochs = 0;                  // how often each image is used
};

// What the config and this machine say; what the run needs and its epochs are left to the caller. `decoding` tells
// caches apart that would hold other pixels of the same files (dataset/decoding.h).
CacheRequest cache_request(const LoaderConfig& config, const std::string& dataset, const std::string& decoding);

struct CacheChoice {
  CacheTier tier = CacheTier::off;
  std::int64_t budget_bytes = 0;
  std::int64_t expected_bytes = 0;  // what it will hold, as far as that is known
  std::int64_t spare_bytes = 0;     // of the disk, besides what the cache has of it already
  std::filesystem::path folder{};
  bool may_do_without = false;  // nobody asked for this tier: without it the run goes on all the same
  std::string value{}, reason{};
};

// The cost matters unless the cache is off.
CacheChoice choose_cache(const CacheRequest& request, const DecodingCost& cost);

// Where a cache on disk of which nothing is there yet has no room for what it is to hold.
std::optional<Problem> lack_of_disk(const CacheRequest& request, const DecodingCost& cost);

// For who uses each sample about once: only a cache on disk spares work then, and `auto` only uses one that is there.
CacheChoice choose_cache_for_one_pass(const CacheRequest& request);

}  // namespace seg
