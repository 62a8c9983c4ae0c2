// SPDX-License-Identifier: Apache-2.0
#include "loader/disk_store.h"

#include <chrono>
#include <filesystem>
#include <string>
#include <system_error>

#include "base/random.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

// `names` is what stays the same when a file changes.
bool add_file(const fs::path& path, std::string& text, std::string& names) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  if (error) return false;
  const fs::file_time_type time = fs::last_write_time(path, error);
  if (error) return false;
  const fs::path absolute = fs::absolute(path, error);
  if (error) return false;
  const std::string name = absolute.lexically_normal().string() + '\0';
  names += name;
  text += name + std::to_string(size) + '\0' + std::to_string(time.time_since_epoch().count()) + '\0';
  return true;
}

}  // namespace

std::optional<CacheKey> cache_key(const Dataset& dataset, std::size_t index) {
  const SampleFiles files = dataset.files(index);
  std::string text, names;
  for (const std::string& image : files.images)
    if (!add_file(image, text, names)) return std::nullopt;
  if (!files.label.empty() && !add_file(files.label, text, names)) return std::nullopt;
  text += files.images.empty() ? dataset.name(index) : files.part;
  names += files.images.empty() ? dataset.name(index) : files.part;
  const std::uint64_t high = hash_of(text.data(), text.size());
  text.insert(text.begin(), 'b');  // another 64 bits of the same text
  return CacheKey{
      .high = high, .low = hash_of(text.data(), text.size()), .sample = hash_of(names.data(), names.size())};
}

std::span<const std::byte> DiskStore::look_up(std::size_t index) {
  keys_[index] = cache_key(dataset_, index);
  return keys_[index] ? file_.find(*keys_[index]) : std::span<const std::byte>();
}

std::span<const std::byte> DiskStore::store(std::size_t index, const SamplePacker& packed) {
  return keys_[index] ? file_.add(*keys_[index], packed) : std::span<const std::byte>();
}

void DiskStore::dropped(std::size_t index) noexcept {
  if (keys_[index]) file_.drop(*keys_[index]);
}

}  // namespace seg
