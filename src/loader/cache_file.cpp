// SPDX-License-Identifier: Apache-2.0
#include "loader/cache_file.h"

#include <atomic>
#include <mutex>
#include <string>
#include <system_error>

#include "base/crc32c.h"
#include "base/error.h"
#include "base/text.h"
#include "loader/cache_budget.h"
#include "loader/cache_compaction.h"
#include "loader/segment_map.h"

namespace seg {
namespace {

std::uint32_t checksum_of(const SamplePacker& packed) {
  std::uint32_t checksum = 0;
  packed.for_each_piece([&](std::span<const std::byte> piece) {
    checksum = crc32c({reinterpret_cast<const char*>(piece.data()), piece.size()}, checksum);
  });
  return checksum;
}

// 0, or what went wrong.
int write_sample(int descriptor, const SamplePacker& packed, std::uint64_t offset) {
  int error = 0;
  packed.for_each_piece([&](std::span<const std::byte> piece) {
    if (error == 0) error = write_at(descriptor, piece, offset);
    offset += piece.size();
  });
  return error;
}

bool has_room_to_compact(const CacheFiles& files, const CacheFileOptions& options, Log& log) {
  const std::int64_t copied = compaction_bytes(files);
  if (copied <= options.spare_bytes) return true;
  log.info_once(
      files.folder.string() + ": " + bytes_text(static_cast<std::int64_t>(files.stale_bytes())) +
      " of this cache are used no more (damaged, or of images that have changed since). To give them back takes " +
      bytes_text(copied) + " of the disk for a while, and " + bytes_text(options.spare_bytes) +
      " may be used: it is put off. Try: free some space there, or remove the folder while no run uses it");
  return false;
}

// Opened, and rid of what it holds for nothing if that pays.
CacheFiles open_tidy(const CacheFileOptions& options, Log& log, std::int64_t& reclaimed) {
  CacheFiles files = open_cache_files(options.folder, log, options.segment_bytes);
  if (!files.may_write() || !should_compact(files, options.budget_bytes)) return files;
  if (!has_room_to_compact(files, options, log)) return files;
  try {
    const auto given_back = compact_cache(files, options.go_on);
    if (!given_back) return files;
    reclaimed = static_cast<std::int64_t>(*given_back);
    log.info(options.folder.string() + ": " + bytes_text(reclaimed) +
             " of this cache, which were used no more (damaged, or of images that have changed since), are given back");
  } catch (const UserError& error) {
    log.warning_once(error.what());
  }
  files = {};  // with the lock, which is taken anew; after a failure, too, for what was opened may be there no more
  return open_cache_files(options.folder, log, options.segment_bytes);
}

}  // namespace

class CacheFile::Impl {
 public:
  Impl(const CacheFileOptions& options, Log& log)
      : log_(log),
        files_(open_tidy(options, log, reclaimed_)),
        may_add_(files_.may_write()),
        budget_(options.budget_bytes),
        map_(files_.pixels.get(), options.segment_bytes) {
    budget_.charge(static_cast<std::int64_t>(files_.end));
  }

  std::span<const std::byte> find(const SampleKey& key) {
    CacheEntry entry;
    {
      const std::lock_guard guard(mutex_);
      const auto found = files_.entries.find(key.sample);
      if (found == files_.entries.end()) return {};
      if (found->second.key != key) {
        forget(found);
        return {};
      }
      entry = found->second.entry;
    }
    const std::span<const std::byte> bytes = mapped(entry.offset, entry.size);
    if (bytes.empty() || is_whole_sample(bytes, entry.checksum)) return bytes;
    drop(key);
    return {};
  }

  bool may_add() const noexcept { return may_add_; }
  bool take_room(std::int64_t bytes) noexcept { return may_add_ && budget_.take(bytes); }
  void give_room_back(std::int64_t bytes) noexcept { budget_.give_back(bytes); }

  std::span<const std::byte> add(const SampleKey& key, const SamplePacker& packed) {
    if (!may_add_ || packed.size() > files_.segment) return {};
    CacheEntry entry{.offset = 0, .size = packed.size(), .checksum = checksum_of(packed)};
    {
      const std::lock_guard guard(mutex_);
      entry.offset = next_cache_offset(files_.end, entry.size, files_.segment);
      budget_.charge(static_cast<std::int64_t>(entry.offset - files_.end));  // the gap before it, besides its own room
      files_.end = entry.offset + entry.size;
    }
    // Before it is written: what cannot be read back would be written again by every later run.
    const std::span<const std::byte> place = mapped(entry.offset, entry.size);
    if (place.empty()) return {};
    if (const int error = write_sample(files_.pixels.get(), packed, entry.offset); error != 0) {
      stop_adding(std::generic_category().message(error));
      return {};
    }
    try {
      const std::lock_guard guard(mutex_);
      files_.index->append(cache_record(key, entry));
      files_.entries[key.sample] = {.key = key, .entry = entry};
    } catch (const UserError& error) {
      stop_adding(error.problems().front().what);
      return {};
    }
    return place;
  }

  void drop(const SampleKey& key) noexcept {
    {
      const std::lock_guard guard(mutex_);
      const auto found = files_.entries.find(key.sample);
      if (found != files_.entries.end() && found->second.key == key) forget(found);
    }
    try {
      log_.warning_once(files_.folder.string() +
                        ": something in this cache is damaged; it is not used, but made again");
    } catch (const std::exception&) {  // a message less
    }
  }

  std::int64_t reclaimed_bytes() const noexcept { return reclaimed_; }

 private:
  // The sample of another version, or damaged, is not kept any more: later runs give its room back even if its new
  // version finds none in this one. The mutex is held.
  void forget(CacheIndex::iterator found) noexcept {
    const SampleKey key = found->second.key;
    files_.entries.erase(found);
    if (!may_add_) return;
    try {
      files_.index->append(cache_record(key, {}));
    } catch (const UserError& error) {
      stop_adding(error.problems().front().what);
    } catch (const std::exception& error) {
      stop_adding(error.what());
    }
  }
  void stop_adding(std::string_view why) noexcept {
    may_add_ = false;
    try {
      log_.warning_once(files_.folder.string() + ": nothing more is added to this cache: " + std::string(why) +
                        ". What is in it is used, the rest is read from its files");
    } catch (const std::exception&) {  // a message less
    }
  }

  // Empty if the system does not map it, which says nothing of what lies there.
  std::span<const std::byte> mapped(std::uint64_t offset, std::uint64_t size) {
    try {
      return map_.at(offset, size);
    } catch (const std::system_error& error) {
      may_add_ = false;
      log_.warning_once(files_.folder.string() + ": this cache, or a part of it, cannot be mapped into memory (" +
                        error.code().message() + "): samples are read from their files instead");
      return {};
    }
  }

  Log& log_;
  std::int64_t reclaimed_ = 0;
  CacheFiles files_;
  std::atomic<bool> may_add_;
  CacheBudget budget_;
  std::mutex mutex_;  // of the entries, the end and the index; held for an instant
  SegmentMap map_;
};

CacheFile::CacheFile(const CacheFileOptions& options, Log& log) : impl_(std::make_unique<Impl>(options, log)) {}
CacheFile::~CacheFile() = default;

std::span<const std::byte> CacheFile::find(const SampleKey& key) { return impl_->find(key); }
bool CacheFile::may_add() const noexcept { return impl_->may_add(); }
bool CacheFile::take_room(std::int64_t bytes) noexcept { return impl_->take_room(bytes); }
void CacheFile::give_room_back(std::int64_t bytes) noexcept { impl_->give_room_back(bytes); }
std::span<const std::byte> CacheFile::add(const SampleKey& key, const SamplePacker& packed) {
  return impl_->add(key, packed);
}
void CacheFile::drop(const SampleKey& key) noexcept { impl_->drop(key); }
std::int64_t CacheFile::reclaimed_bytes() const noexcept { return impl_->reclaimed_bytes(); }

}  // namespace seg
