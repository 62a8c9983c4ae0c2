// SPDX-License-Identifier: Apache-2.0
#include "loader/cache_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <random>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/error.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPixels = "pixels";

// What file this is, as far as its head tells. UserError if it cannot be read, which says nothing of what it holds.
std::optional<std::uint64_t> number_of(const fs::path& file) {
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored)) return std::nullopt;
  Bytes bytes;
  disk().read_start(file, kCacheRecordBytes, bytes);
  return number_of_cache_head({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

// A torn record at the end would put all that follow out of step.
void cut_torn_record(const fs::path& index) {
  const std::uintmax_t size = fs::file_size(index);
  if (size % kCacheRecordBytes != 0) fs::resize_file(index, size / kCacheRecordBytes * kCacheRecordBytes);
}

// What an earlier pair has left, and processes that were killed before they had made a new one.
void remove_unnamed_pixels(const fs::path& folder, const fs::path& named) {
  remove_abandoned_files(folder);
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(kPixels) && name != named.filename().string()) fs::remove(entry.path(), ignored);
  }
}

// A new pair without samples, in the place of what is there. Returns its number.
std::uint64_t begin_cache(const fs::path& folder) {
  const std::uint64_t number = new_cache_number();
  const std::string head = cache_head(number);
  write_file(cache_pixels(folder, number), head);
  write_file(folder / "index", head);
  return number;
}

// The number of the index, if it is that of the pixels, too.
std::optional<std::uint64_t> number_of_both(const fs::path& folder) {
  const std::optional<std::uint64_t> number = number_of(folder / "index");
  return number && number_of(cache_pixels(folder, *number)) == number ? number : std::nullopt;
}

// Nothing is changed before all that must be written can be.
void take_right_to_write(CacheFiles& files, FileLock lock) {
  const fs::path index = files.folder / "index";
  std::optional<std::uint64_t> number = number_of_both(files.folder);
  if (!number) number = begin_cache(files.folder);
  const fs::path pixels = cache_pixels(files.folder, *number);
  Descriptor descriptor(::open(pixels.c_str(), O_RDWR | O_CLOEXEC));
  if (descriptor.get() < 0)
    fail(pixels.string(), "cannot be written: " + std::generic_category().message(errno), remedy_for(errno));
  files.index = std::make_unique<AppendFile>(index);
  cut_torn_record(index);
  remove_unnamed_pixels(files.folder, pixels);
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

// The size of the file, if that is its number.
std::optional<std::uint64_t> size_of(const Descriptor& pixels, std::uint64_t number) {
  std::string head(kCacheRecordBytes, '\0');
  const ssize_t got = ::pread(pixels.get(), head.data(), head.size(), 0);
  struct stat status {};
  if (got != static_cast<ssize_t>(head.size()) || ::fstat(pixels.get(), &status) != 0) return std::nullopt;
  if (number_of_cache_head(head) != number) return std::nullopt;
  return static_cast<std::uint64_t>(status.st_size);
}

// Empty if there is none.
std::string read_index(const fs::path& folder, Log& log) {
  std::error_code ignored;
  if (!fs::exists(folder / "index", ignored)) return {};
  try {
    return read_text(folder / "index");
  } catch (const UserError& error) {
    log.warning_once(folder.string() + ": this cache is not used: " + error.problems().front().what);
    return {};
  }
}

// Somebody may put a new index in the place of the one that was read, and remove the pixels that were its own: then
// the new one is read. An index whose pixels are not there although it is still in its place names nothing.
void read_what_is_there(CacheFiles& files, Log& log) {
  std::optional<std::uint64_t> read_before;
  for (;;) {
    const std::string index = read_index(files.folder, log);
    const std::optional<std::uint64_t> number = number_of_cache_head(index);
    if (!number || number == read_before) break;
    if (!files.may_write())
      files.pixels = Descriptor(::open(cache_pixels(files.folder, *number).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (const auto size = size_of(files.pixels, *number)) {
      files.end = *size;
      files.entries = read_cache_index(index, *size, files.segment);
      return;
    }
    read_before = number;
  }
  files.index.reset();
  files.pixels = Descriptor(-1);
}

}  // namespace

std::uint64_t CacheFiles::stale_bytes() const { return end - std::min(end, compacted_end(entries, segment)); }

CacheFiles open_cache_files(const fs::path& folder, Log& log, std::uint64_t segment) {
  make_folder(folder);
  CacheFiles files;
  files.folder = folder;
  files.segment = segment;
  try_to_write(files, log);
  read_what_is_there(files, log);
  return files;
}

fs::path cache_pixels(const fs::path& folder, std::uint64_t number) {
  return folder / fmt::format("{}-{:016x}", kPixels, number);
}

std::optional<fs::path> cache_pixels(const fs::path& folder) {
  try {
    if (const auto number = number_of(folder / "index")) return cache_pixels(folder, *number);
  } catch (const UserError&) {  // whoever opens it will tell
  }
  return std::nullopt;
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

bool has_pixels_of_index(const fs::path& folder) { return number_of_both(folder).has_value(); }

std::uint64_t new_cache_number() {
  std::random_device random;
  return (static_cast<std::uint64_t>(random()) << 32) | random();
}

}  // namespace seg
