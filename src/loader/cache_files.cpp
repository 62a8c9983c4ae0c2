// SPDX-License-Identifier: Apache-2.0
#include "loader/cache_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <random>
#include <system_error>
#include <utility>

#include "base/error.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

std::string start_of(const fs::path& path) {
  Bytes bytes;
  disk().read_start(path, kCacheRecordBytes, bytes);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool belong_together(const fs::path& folder) {
  const fs::path pixels = folder / "pixels", index = folder / "index";
  std::error_code ignored;
  if (!fs::is_regular_file(pixels, ignored) || !fs::is_regular_file(index, ignored)) return false;
  const auto number = number_of_cache_head(start_of(pixels));
  return number && number == number_of_cache_head(start_of(index));
}

// A torn record at the end would put all that follow out of step.
void cut_torn_record(const fs::path& index) {
  const std::uintmax_t size = fs::file_size(index);
  if (size % kCacheRecordBytes != 0) fs::resize_file(index, size / kCacheRecordBytes * kCacheRecordBytes);
}

// Nothing is changed before all that must be written can be.
void take_right_to_write(CacheFiles& files, FileLock lock) {
  const fs::path pixels = files.folder / "pixels", index = files.folder / "index";
  if (!belong_together(files.folder)) begin_cache(files.folder);
  Descriptor descriptor(::open(pixels.c_str(), O_RDWR | O_CLOEXEC));
  if (descriptor.get() < 0)
    fail(pixels.string(), "cannot be written: " + std::generic_category().message(errno), remedy_for(errno));
  files.index = std::make_unique<AppendFile>(index);
  cut_torn_record(index);
  remove_abandoned_files(files.folder);
  files.pixels = std::move(descriptor);
  files.lock = std::move(lock);
}

void try_to_write(CacheFiles& files, Log& log) {
  const auto tell = [&](const std::string& why) {
    files.index.reset();
    log.warning_once(files.folder.string() + ": nothing is added to this cache: " + why + "; what is there is used");
  };
  try {
    std::string holder;
    std::optional<FileLock> lock = FileLock::try_lock(files.folder / "lock", &holder);
    if (!lock)
      return log.info_once(files.folder.string() + ": " + holder + " adds to this cache; what is there now is used");
    take_right_to_write(files, std::move(*lock));
  } catch (const UserError& error) {
    tell(error.problems().front().where + " " + error.problems().front().what);
  } catch (const fs::filesystem_error& error) {
    tell(error.code().message());
  }
}

// The size of the file, if its head is that of the index. Somebody may have put new files in the place of either since.
std::optional<std::uint64_t> size_beside(const Descriptor& pixels, const std::string& index) {
  std::string head(kCacheRecordBytes, '\0');
  const ssize_t got = ::pread(pixels.get(), head.data(), head.size(), 0);
  struct stat status {};
  if (got != static_cast<ssize_t>(head.size()) || ::fstat(pixels.get(), &status) != 0) return std::nullopt;
  const auto number = number_of_cache_head(head);
  if (!number || number != number_of_cache_head(index)) return std::nullopt;
  return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace

std::uint64_t CacheFiles::stale_bytes() const { return end - std::min(end, compacted_end(entries, segment)); }

CacheFiles open_cache_files(const fs::path& folder, Log& log, std::uint64_t segment) {
  make_folder(folder);
  CacheFiles files;
  files.folder = folder;
  files.segment = segment;
  try_to_write(files, log);
  if (!files.may_write())
    files.pixels = Descriptor(::open((folder / "pixels").c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (files.pixels.get() < 0) return files;
  std::string index;
  try {
    index = read_text(folder / "index");
  } catch (const UserError& error) {
    log.warning_once(folder.string() + ": this cache is not used: " + error.problems().front().what);
  }
  const std::optional<std::uint64_t> size = size_beside(files.pixels, index);
  if (!size) {
    files.index.reset();
    files.pixels = Descriptor(-1);
    return files;
  }
  files.end = *size;
  files.entries = read_cache_index(index, *size, segment);
  return files;
}

int write_at(int descriptor, std::span<const std::byte> bytes, std::uint64_t offset) noexcept {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(descriptor, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
  return 0;
}

std::string new_cache_head() {
  std::random_device random;
  return cache_head((static_cast<std::uint64_t>(random()) << 32) | random());
}

void begin_cache(const fs::path& folder) {
  const std::string head = new_cache_head();
  write_file(folder / "pixels", head);
  write_file(folder / "index", head);
}

}  // namespace seg
