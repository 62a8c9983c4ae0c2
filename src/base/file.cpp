// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cassert>
#include <cerrno>
#include <cstdlib>
#include <new>
#include <system_error>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "base/machine.h"
#include "base/opened_file.h"
#include "base/slow_files.h"
#include "base/text.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPartialMark = ".partial-";

// Whether an AtomicFile gave this name: the mark and two numbers at its end.
bool is_partial(std::string_view name) {
  const std::size_t mark = name.rfind(kPartialMark);
  if (mark == std::string_view::npos) return false;
  const std::string_view numbers = name.substr(mark + kPartialMark.size());
  const std::size_t dash = numbers.find('-');
  return dash != std::string_view::npos && is_digits(numbers.substr(0, dash)) && is_digits(numbers.substr(dash + 1));
}

[[noreturn]] void fail_with_errno(const fs::path& path, const std::string& what, int error = errno) {
  fail(path.string(), what + ": " + std::generic_category().message(error), remedy_for(error));
}

// The size is a hint only: files of /proc have none, others may grow.
template <class Container>
void read_whole(const Descriptor& file, const std::string& path, Container& content) {
  content.resize(size_of(file, path));
  std::size_t filled = read_fully(file, path, content.data(), content.size());
  std::array<char, 4096> beyond{};
  while (filled == content.size()) {
    const std::size_t got = read_fully(file, path, beyond.data(), beyond.size());
    if (got == 0) break;
    const auto* first = reinterpret_cast<const typename Container::value_type*>(beyond.data());
    content.insert(content.end(), first, first + got);
    filled += got;
  }
  content.resize(filled);
}

void write_whole(int descriptor, std::span<const std::byte> bytes, const fs::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_with_errno(path, "cannot be written");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

// MAP_FAILED if it cannot be. Where there is no room, who holds some without using it is asked to give it back, as
// operator new asks.
void* map_for_reading(const Descriptor& file, std::size_t size) {
  while (true) {
    void* const data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
    const std::new_handler make_room = std::get_new_handler();
    if (data != MAP_FAILED || errno != ENOMEM || make_room == nullptr) return data;
    try {
      make_room();
    } catch (const std::bad_alloc&) {
      errno = ENOMEM;
      return MAP_FAILED;
    }
  }
}

// An image or a list. The names of data may be given for one by mistake.
void read_bytes(const std::string& path, Bytes& bytes) {
  constexpr std::size_t kLargest = std::size_t{1} << 31;
  const Descriptor file = open_for_reading(path);
  if (const std::size_t size = size_of(file, path); size > kLargest)
    fail(path, "is " + bytes_text(static_cast<std::int64_t>(size)) + " long, which no image and no list is",
         "name an image or a list");
  read_whole(file, path, bytes);
}

class Disk final : public FileSource {
 public:
  void read(const std::string& path, Bytes& bytes) const override { read_bytes(path, bytes); }
  void read_start(const std::string& path, std::size_t count, Bytes& bytes) const override {
    const Descriptor file = open_for_reading(path);
    read_range(file, path, 0, std::min(count, size_of(file, path)), bytes);
  }
  void read_end(const std::string& path, std::size_t count, Bytes& bytes) const override {
    const Descriptor file = open_for_reading(path);
    const std::size_t size = size_of(file, path), wanted = std::min(count, size);
    read_range(file, path, size - wanted, wanted, bytes);
  }
  void announce(const std::string& path) const override {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (file < 0) return;
    ::posix_fadvise(file, 0, 0, POSIX_FADV_WILLNEED);
    ::close(file);
  }

 private:
  static void read_range(const Descriptor& file, const std::string& path, std::size_t offset, std::size_t count,
                         Bytes& bytes) {
    bytes.resize(count);
    if (::lseek(file.get(), static_cast<off_t>(offset), SEEK_SET) < 0) fail_with_errno(path, "cannot be read");
    bytes.resize(read_fully(file, path, bytes.data(), count));
  }
};

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

void flush_folder(const fs::path& folder) {
  const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.get() < 0) fail_with_errno(folder, "cannot be opened");
  // Some network file systems cannot flush a folder (EINVAL); their rename is as durable as they make it.
  if (::fsync(descriptor.get()) != 0 && errno != EINVAL && errno != ENOTSUP) {
    fail_with_errno(folder, "cannot be flushed to the disk");
  }
}

}  // namespace

Bytes read_file(const fs::path& path) {
  Bytes bytes;
  read_bytes(path, bytes);
  return bytes;
}

std::string read_text(const fs::path& path) {
  std::string text;
  read_whole(open_for_reading(path), path, text);
  return text;
}

void FileSource::read_start(const std::string& path, std::size_t count, Bytes& bytes) const {
  read(path, bytes);
  if (bytes.size() > count) bytes.resize(count);
}

void FileSource::read_end(const std::string& path, std::size_t count, Bytes& bytes) const {
  read(path, bytes);
  if (bytes.size() > count) bytes.erase(bytes.begin(), bytes.end() - static_cast<std::ptrdiff_t>(count));
}

void FileSource::announce(const std::string& /*path*/) const {}

std::string FileSource::why_unreadable(const std::string& path) const {
  return ::access(path.c_str(), R_OK) == 0 ? std::string() : std::generic_category().message(errno);
}

const FileSource& disk() {
  static const Disk source;
  static const double delay = read_delay_of(std::getenv(kReadDelayVariable)).value_or(0);
  static const SlowFiles slow(source, delay);
  return delay > 0 ? static_cast<const FileSource&>(slow) : source;
}

AtomicFile::AtomicFile(fs::path destination) : destination_(std::move(destination)) {
  static std::atomic<int> serial{0};
  std::error_code ignored;
  if (fs::is_directory(destination_, ignored)) fail_with_errno(destination_, "cannot be written", EISDIR);
  if (fs::is_symlink(destination_, ignored))  // the file that it names is meant, not the link
    if (auto target = fs::weakly_canonical(destination_, ignored); !ignored) destination_ = std::move(target);
  if (fs::exists(destination_, ignored) && !fs::is_regular_file(destination_, ignored))
    fail(destination_.string(), "is a device or a pipe, which no file may take the place of", "the name of a file");
  temporary_ = destination_;
  temporary_ += std::string(kPartialMark) + std::to_string(::getpid()) + '-' + std::to_string(serial++);
  // Truncation, not O_EXCL: a killed process of another boot may have had the same number.
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail_with_errno(destination_, "cannot be written");
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  assert(descriptor_ >= 0);
  write_whole(descriptor_, bytes, destination_);
}

void AtomicFile::write(std::string_view text) { write(std::as_bytes(std::span(text.data(), text.size()))); }

void AtomicFile::commit() {
  assert(descriptor_ >= 0);
  if (::fsync(descriptor_) != 0) fail_with_errno(destination_, "cannot be flushed to the disk");
  // A network file system may tell of a full disk only here.
  if (::close(std::exchange(descriptor_, -1)) != 0) fail_with_errno(destination_, "cannot be written");
  if (::rename(temporary_.c_str(), destination_.c_str()) != 0) fail_with_errno(destination_, "cannot be replaced");
  temporary_.clear();
  flush_folder(folder_of(destination_));
}

void write_file(const fs::path& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

void make_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error || !fs::is_directory(path))
    fail(path.string(), "this folder cannot be made: " + (error ? error.message() : "a file is in its place"),
         "move what is in its place, check the rights of the folder above it, or use another folder");
}

int remove_abandoned_files(const fs::path& folder) {
  int removed = 0;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    if (!is_partial(entry.path().filename().string())) continue;
    std::error_code ignored;
    if (fs::remove(entry.path(), ignored)) ++removed;
  }
  return removed;
}

std::optional<FileLock> FileLock::try_lock(const fs::path& path, std::string* holder) {
  Descriptor descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (descriptor.get() < 0) fail_with_errno(path, "cannot be opened");
  if (::flock(descriptor.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) fail_with_errno(path, "cannot be locked");
    if (holder != nullptr) *holder = read_text(path);
    return std::nullopt;
  }
  const std::string owner = host_name() + ":" + std::to_string(::getpid()) + " since " + local_time_text();
  if (::ftruncate(descriptor.get(), 0) != 0) fail_with_errno(path, "cannot be written");
  write_whole(descriptor.get(), std::as_bytes(std::span(owner)), path);
  return FileLock(descriptor.release());
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

// The file stays: to remove it would let a second and a third process lock two files of the same name.
FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

MappedFile::MappedFile(const fs::path& path) {
  const Descriptor descriptor = open_for_reading(path);
  const std::size_t size = size_of(descriptor, path);
  if (size == 0) return;  // an empty mapping is an error to mmap
  void* const data = map_for_reading(descriptor, size);
  if (data == MAP_FAILED) fail_with_errno(path, "cannot be mapped");
  bytes_ = {static_cast<const std::byte*>(data), size};
}

MappedFile::MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  return *this;
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

}  // namespace seg
