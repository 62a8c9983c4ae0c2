// SPDX-License-Identifier: Apache-2.0
#include "loader/cache_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/append_file.h"
#include "base/crc32c.h"
#include "base/error.h"
#include "base/file.h"
#include "loader/cache_budget.h"
#include "loader/cache_index.h"
#include "loader/packed_sample.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostSegments = 16384;  // of 1 GiB

std::string start_of(const fs::path& path) {
  Bytes bytes;
  disk().read_start(path, kCacheRecordBytes, bytes);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool belong_together(const fs::path& pixels, const fs::path& index) {
  std::error_code ignored;
  if (!fs::is_regular_file(pixels, ignored) || !fs::is_regular_file(index, ignored)) return false;
  const auto number = number_of_cache_head(start_of(pixels));
  return number && number == number_of_cache_head(start_of(index));
}

// New files in the place of the old ones, which readers of other processes keep as they are.
void begin_anew(const fs::path& pixels, const fs::path& index) {
  std::random_device random;
  const std::uint64_t number = (static_cast<std::uint64_t>(random()) << 32) | random();
  write_file(pixels, cache_head(number));
  write_file(index, cache_head(number));
}

// A torn record at the end would put all that follow out of step.
void cut_torn_record(const fs::path& index) {
  const std::uintmax_t size = fs::file_size(index);
  if (size % kCacheRecordBytes != 0) fs::resize_file(index, size / kCacheRecordBytes * kCacheRecordBytes);
}

// 0, or what went wrong.
int write_at(int descriptor, std::span<const std::byte> bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
  return 0;
}

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool is_whole(std::span<const std::byte> bytes, std::uint32_t checksum) {
  static thread_local LabelMap memory;
  if (crc32c(text_of(bytes)) != checksum) return false;
  const auto sample = PackedSample::read(bytes);
  return sample && sample->labels_are_whole(memory);
}

}  // namespace

class CacheFile::Impl {
 public:
  Impl(fs::path folder, std::int64_t budget_bytes, Log& log)
      : folder_(std::move(folder)), log_(log), budget_(budget_bytes), segments_(kMostSegments) {
    make_folder(folder_);
    const fs::path pixels = folder_ / "pixels", index = folder_ / "index";
    lock(pixels, index);
    if (!belong_together(pixels, index)) return;
    descriptor_ = ::open(pixels.c_str(), (may_add_ ? O_RDWR : O_RDONLY) | O_CLOEXEC);
    struct stat status {};
    if (descriptor_ < 0 || ::fstat(descriptor_, &status) != 0) {
      may_add_ = false;
      return;
    }
    end_ = static_cast<std::uint64_t>(status.st_size);
    budget_.charge(status.st_size);
    entries_ = read_cache_index(read_text(index), end_);
    if (may_add_) index_.emplace(index);
  }

  ~Impl() {
    for (const auto& segment : segments_)
      if (const std::byte* place = segment; place != nullptr)
        ::munmap(const_cast<std::byte*>(place), static_cast<std::size_t>(kCacheSegment));
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  std::span<const std::byte> find(const CacheKey& key) {
    CacheEntry entry;
    {
      const std::lock_guard guard(mutex_);
      const auto found = entries_.find(key);
      if (found == entries_.end()) return {};
      entry = found->second;
    }
    const std::span<const std::byte> bytes = mapped(entry);
    if (!bytes.empty() && is_whole(bytes, entry.checksum)) return bytes;
    log_.warning_once(folder_.string() + ": something in this cache is damaged; it is not used, but made again");
    const std::lock_guard guard(mutex_);
    entries_.erase(key);
    return {};
  }

  bool may_add() const noexcept { return may_add_; }

  bool take_room(std::int64_t bytes) noexcept { return may_add_ && budget_.take(bytes); }
  void give_room_back(std::int64_t bytes) noexcept { budget_.give_back(bytes); }

  std::span<const std::byte> add(const CacheKey& key, std::span<const std::byte> packed) {
    if (!may_add_ || packed.size() > kCacheSegment) return {};
    CacheEntry entry{.offset = 0, .size = packed.size(), .checksum = crc32c(text_of(packed))};
    {
      const std::lock_guard guard(mutex_);
      entry.offset = next_cache_offset(end_, entry.size);
      end_ = entry.offset + entry.size;
    }
    if (const int error = write_at(descriptor_, packed, entry.offset); error != 0) {
      stop_adding(std::generic_category().message(error));
      return {};
    }
    try {
      const std::lock_guard guard(mutex_);
      index_->append(cache_record(key, entry));
      entries_[key] = entry;
    } catch (const UserError& error) {
      stop_adding(error.problems().front().what);
      return {};
    }
    return mapped(entry);
  }

  std::size_t num_samples() const {
    const std::lock_guard guard(mutex_);
    return entries_.size();
  }

 private:
  // Without the lock, what is there is read.
  void lock(const fs::path& pixels, const fs::path& index) {
    std::string holder;
    try {
      lock_ = FileLock::try_lock(folder_ / "lock", &holder);
      may_add_ = lock_.has_value();
      if (!may_add_)
        return log_.info_once(folder_.string() + ": " + holder + " adds to this cache; what is there now is used");
      if (!belong_together(pixels, index)) begin_anew(pixels, index);
      cut_torn_record(index);
    } catch (const UserError& error) {
      may_add_ = false;
      log_.warning_once(folder_.string() + ": nothing is added to this cache: " + error.problems().front().what);
    }
  }

  void stop_adding(const std::string& why) {
    may_add_ = false;
    log_.warning_once(folder_.string() + ": nothing more is added to this cache: " + why +
                      ". What is in it is used, the rest is read from its files");
  }

  // The mapping reaches beyond the end of the file: pages become readable as it grows.
  std::span<const std::byte> mapped(const CacheEntry& entry) {
    const auto number = static_cast<std::size_t>(entry.offset / kCacheSegment);
    if (number >= segments_.size()) return {};
    const std::byte* place = segments_[number];
    if (place == nullptr) {
      const std::lock_guard guard(mutex_);
      place = segments_[number];
      if (place == nullptr) {
        void* made = ::mmap(nullptr, static_cast<std::size_t>(kCacheSegment), PROT_READ, MAP_SHARED, descriptor_,
                            static_cast<off_t>(number * kCacheSegment));
        if (made == MAP_FAILED) return {};
        place = static_cast<const std::byte*>(made);
        segments_[number] = place;
      }
    }
    return {place + entry.offset % kCacheSegment, static_cast<std::size_t>(entry.size)};
  }

  const fs::path folder_;
  Log& log_;
  std::optional<FileLock> lock_;
  std::optional<AppendFile> index_;
  int descriptor_ = -1;
  std::atomic<bool> may_add_ = false;
  CacheBudget budget_;
  mutable std::mutex mutex_;  // of the entries, the end and the index; held for an instant
  CacheIndex entries_;
  std::uint64_t end_ = 0;
  std::vector<std::atomic<const std::byte*>> segments_;
};

CacheFile::CacheFile(fs::path folder, std::int64_t budget_bytes, Log& log)
    : impl_(std::make_unique<Impl>(std::move(folder), budget_bytes, log)) {}
CacheFile::~CacheFile() = default;

std::span<const std::byte> CacheFile::find(const CacheKey& key) { return impl_->find(key); }
bool CacheFile::may_add() const noexcept { return impl_->may_add(); }
bool CacheFile::take_room(std::int64_t bytes) noexcept { return impl_->take_room(bytes); }
void CacheFile::give_room_back(std::int64_t bytes) noexcept { impl_->give_room_back(bytes); }
std::span<const std::byte> CacheFile::add(const CacheKey& key, std::span<const std::byte> packed) {
  return impl_->add(key, packed);
}
std::size_t CacheFile::num_samples() const { return impl_->num_samples(); }

}  // namespace seg
