// SPDX-License-Identifier: Apache-2.0
#include "loader/cache_choice.h"

#include <algorithm>
#include <cmath>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/machine.h"
#include "base/text.h"
#include "loader/cache_files.h"
#include "loader/cache_folder.h"

namespace seg {
namespace {

constexpr double kGib = 1024.0 * 1024 * 1024;
// A copy out of the cache takes about as long: below it there is nothing to win.
constexpr double kCheapMilliseconds = 0.1;
constexpr std::int64_t kDiskHeadroom = std::int64_t{1} << 30;
constexpr double kWorthAPart = 0.1;  // a cache for less than this share of the images is hardly felt

std::int64_t spare_memory(const CacheRequest& request) {
  return room_for_cache(request.usable_memory, request.needed_memory);
}

std::string size_of_images(const DecodingCost& cost) {
  return count_text(static_cast<double>(cost.images)) + " images take about " + bytes_text(cost.bytes) + " decoded";
}

std::int64_t disk_of_others(const DiskSpace& space) { return std::max(kDiskHeadroom, space.total_bytes / 20); }

// Besides what the cache has of it already.
std::int64_t more_disk(const CacheRequest& request) {
  if (!request.space) return 0;
  return std::max<std::int64_t>(0, request.space->free_bytes - request.needed_disk - disk_of_others(*request.space));
}

std::int64_t spare_disk(const CacheRequest& request) {
  if (!request.space) return 0;
  return more_disk(request) + request.on_disk;
}

std::string with_rest(const CacheChoice& choice, const DecodingCost& cost, const std::string& bound) {
  if (cost.bytes <= choice.budget_bytes) return "";
  return "; the others are read from their files. The limit is " + bound;
}

// Takes from what is spare as much as the key allows, and says which of the two is the limit.
std::string bound_by(const CacheRequest& request, std::int64_t spare, const std::string& spare_name,
                     CacheChoice& choice) {
  choice.budget_bytes = spare;
  if (!request.budget_gb) return spare_name;
  const auto wanted = static_cast<std::int64_t>(*request.budget_gb * kGib);
  choice.budget_bytes = std::min(wanted, spare);
  return wanted <= spare ? "cache_budget_gb" : spare_name;
}

CacheChoice in_memory(const CacheRequest& request, const DecodingCost& cost, const std::string& prefix) {
  CacheChoice choice{.tier = CacheTier::ram};
  const std::string bound = bound_by(request, spare_memory(request), "what training leaves of the memory", choice);
  choice.expected_bytes = std::min(choice.budget_bytes, cost.bytes);
  choice.value = "ram, up to " + bytes_text(choice.budget_bytes);
  choice.reason = prefix + size_of_images(cost) + with_rest(choice, cost, bound);
  return choice;
}

CacheChoice on_disk(const CacheRequest& request, const DecodingCost& cost, const std::string& prefix) {
  CacheChoice choice{.tier = CacheTier::disk, .folder = request.folder};
  const std::string bound = bound_by(request, spare_disk(request), "what others leave of the disk", choice);
  choice.expected_bytes = std::min(choice.budget_bytes, cost.bytes);
  choice.spare_bytes = more_disk(request);
  choice.value = "disk, up to " + bytes_text(choice.budget_bytes);
  choice.reason = prefix + size_of_images(cost) + with_rest(choice, cost, bound) + "; in " + request.folder.string() +
                  ", which may be removed while no run uses it";
  return choice;
}

CacheChoice none(std::string reason) {
  CacheChoice choice;
  choice.value = "off";
  choice.reason = std::move(reason);
  return choice;
}

CacheChoice choose(const CacheRequest& request, const DecodingCost& cost) {
  if (request.epochs < 1.5) return none("auto: each image is used about once");
  const std::string price = "auto: decoding takes " + fixed(cost.milliseconds_per_image, 1) + " ms an image; ";
  if (cost.milliseconds_per_image < kCheapMilliseconds) return none(price + "there is nothing to win");
  CacheChoice memory = in_memory(request, cost, price);
  if (memory.budget_bytes >= cost.bytes) return memory;
  if (cost.milliseconds_per_image >= kWorthADisk && spare_disk(request) >= cost.bytes && !request.budget_gb)
    return on_disk(request, cost, price + "more than the memory has room for: ");
  if (static_cast<double>(memory.budget_bytes) < kWorthAPart * static_cast<double>(cost.bytes))
    return none(price + size_of_images(cost) + ", and training leaves " + bytes_text(memory.budget_bytes));
  return memory;
}

}  // namespace

std::int64_t room_for_cache(std::int64_t usable_memory, std::int64_t needed_memory) {
  const std::int64_t of_others = std::max<std::int64_t>(std::int64_t{1} << 30, usable_memory / 10);
  return std::max<std::int64_t>(0, usable_memory - needed_memory - of_others);
}

const char* name_of(CacheTier tier) noexcept {
  return tier == CacheTier::off ? "off" : tier == CacheTier::ram ? "ram" : "disk";
}

CacheRequest cache_request(const LoaderConfig& config, const std::string& dataset, const std::string& decoding) {
  CacheRequest request;
  request.cache = config.cache;
  request.budget_gb = config.cache_budget_gb;
  request.usable_memory = usable_memory_bytes();
  if (config.cache == "off" || config.cache == "ram") return request;
  try {
    request.folder = cache_folder(config.cache_dir, dataset, decoding);
  } catch (const UserError&) {
    if (config.cache == "disk") throw;
    return request;  // there is no disk to choose
  }
  request.space = disk_space(request.folder);
  if (const auto pixels = cache_pixels(request.folder)) {
    std::error_code error;
    const std::uintmax_t there = std::filesystem::file_size(*pixels, error);
    if (!error) request.on_disk = static_cast<std::int64_t>(there);
  }
  return request;
}

CacheChoice choose_cache(const CacheRequest& request, const DecodingCost& cost) {
  if (request.cache == "auto") {
    CacheChoice choice = choose(request, cost);
    choice.may_do_without = true;
    return choice;
  }
  if (request.cache == "ram") return in_memory(request, cost, "cache: ");
  if (request.cache == "disk") return on_disk(request, cost, "cache: ");
  return none("cache");
}

std::optional<Problem> lack_of_disk(const CacheRequest& request, const DecodingCost& cost) {
  constexpr std::int64_t kBegun = 4096;  // more than the files of a cache without samples
  if (!request.space || request.on_disk > kBegun) return std::nullopt;
  std::int64_t wanted = cost.bytes;
  if (request.budget_gb) wanted = std::min(wanted, static_cast<std::int64_t>(*request.budget_gb * kGib));
  const std::int64_t room = more_disk(request);
  if (wanted <= room) return std::nullopt;
  const double part = std::floor(static_cast<double>(room) / kGib * 100) / 100;
  return Problem{.where = request.folder.string(),
                 .what = "has too little room: the cache would take about " + bytes_text(wanted) + ", and of " +
                         bytes_text(request.space->free_bytes) + " that are free " +
                         bytes_text(disk_of_others(*request.space)) +
                         " are left to others (a twentieth of the disk, at least 1 GiB)",
                 .remedy = "free some space there, or name a cache_dir on another disk" +
                           (part > 0 ? "; cache_budget_gb=" + shortest(part) + " keeps a part" : std::string())};
}

CacheChoice choose_cache_for_one_pass(const CacheRequest& request) {
  const bool is_auto = request.cache == "auto";
  if (request.cache != "disk" && !(is_auto && request.on_disk > 0)) return none("each image is used about once");
  CacheChoice choice = on_disk(request, {}, "cache: ");
  choice.may_do_without = is_auto;
  return choice;
}

}  // namespace seg
