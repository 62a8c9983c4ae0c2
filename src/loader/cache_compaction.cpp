// SPDX-License-Identifier: Apache-2.0
#include "loader/cache_compaction.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include "base/file.h"
#include "base/opened_file.h"
#include "loader/packed_sample.h"

namespace seg {
namespace {

bool read_at(int descriptor, const CacheEntry& entry, Bytes& bytes) {
  bytes.resize(static_cast<std::size_t>(entry.size));
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got =
        ::pread(descriptor, bytes.data() + filled, bytes.size() - filled, static_cast<off_t>(entry.offset + filled));
    if (got <= 0) return false;
    filled += static_cast<std::size_t>(got);
  }
  return true;
}

// A sample after the other, behind the head. What is written goes to the disk as it comes: who asks for an end while
// there are gigabytes to flush would wait long.
class CopiedPixels {
 public:
  CopiedPixels(const std::filesystem::path& path, std::string_view head)
      : file_(path), flushed_(::open(file_.temporary().c_str(), O_WRONLY | O_CLOEXEC)), end_(head.size()) {
    file_.write(head);
  }

  // Returns where it lies.
  std::uint64_t add(const Bytes& bytes, std::uint64_t segment) {
    const std::uint64_t place = next_cache_offset(end_, bytes.size(), segment);
    file_.write(std::string(static_cast<std::size_t>(place - end_), '\0'));
    file_.write(bytes);
    end_ = place + bytes.size();
    if (end_ - flushed_end_ >= kFlushedAtOnce) {
      (void)::fdatasync(flushed_.get());  // commit() will say what is wrong
      flushed_end_ = end_;
    }
    return place;
  }
  void commit() { file_.commit(); }
  std::uint64_t end() const noexcept { return end_; }

 private:
  static constexpr std::uint64_t kFlushedAtOnce = std::uint64_t{64} << 20;

  AtomicFile file_;
  Descriptor flushed_;  // the same file
  std::uint64_t end_, flushed_end_ = 0;
};

}  // namespace

bool should_compact(const CacheFiles& files, std::int64_t budget_bytes) {
  const auto used = static_cast<std::int64_t>(files.end), stale = static_cast<std::int64_t>(files.stale_bytes());
  return 2 * stale > used || (8 * stale > used && budget_bytes - used < stale);
}

std::int64_t compaction_bytes(const CacheFiles& files) {
  return static_cast<std::int64_t>(compacted_end(files.entries, files.segment));
}

std::optional<std::uint64_t> compact_cache(const CacheFiles& files, const CacheProgress& go_on) {
  const std::optional<std::filesystem::path> before = cache_pixels(files.folder);
  const std::uint64_t number = new_cache_number();
  std::string records = cache_head(number);
  CopiedPixels pixels(cache_pixels(files.folder, number), records);
  Bytes bytes;
  std::size_t done = 0;
  for (const CachedVersion& version : by_place(files.entries)) {
    if (go_on && !go_on(done++, files.entries.size())) return std::nullopt;
    if (!read_at(files.pixels.get(), version.entry, bytes) || !is_whole_sample(bytes, version.entry.checksum)) continue;
    const std::uint64_t place = pixels.add(bytes, files.segment);
    records += cache_record(version.key, {.offset = place, .size = bytes.size(), .checksum = version.entry.checksum});
  }
  AtomicFile index(files.folder / "index");
  index.write(records);
  pixels.commit();  // nobody knows of them yet
  index.commit();
  std::error_code ignored;  // whoever opens the cache next will try again
  if (before) std::filesystem::remove(*before, ignored);
  return files.end - std::min(files.end, pixels.end());
}

}  // namespace seg
