// SPDX-License-Identifier: Apache-2.0
// Files: whole reads, atomic replacement, locks, memory maps, and the source that data sets read from.
//
// What the user can mend (missing, unreadable, disk full, a folder in the place of a file) is thrown as UserError that
// names the path.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace seg {

using Bytes = std::vector<std::byte>;

Bytes read_file(const std::filesystem::path& path);
std::string read_text(const std::filesystem::path& path);

// Where data sets get their files from; tests inject slow or failing ones. Paths are strings because a path of
// std::filesystem allocates. Thread-safe.
class FileSource {
 public:
  virtual ~FileSource() = default;
  // Replaces the content of `bytes`, keeping its capacity.
  virtual void read(const std::string& path, Bytes& bytes) const = 0;
  // At most the first `count` bytes, for headers.
  virtual void read_start(const std::string& path, std::size_t count, Bytes& bytes) const;
  // At most the last `count` bytes.
  virtual void read_end(const std::string& path, std::size_t count, Bytes& bytes) const;
  // Why read() of this file would fail, as far as that can be told without opening it; empty if it would not.
  virtual std::string why_unreadable(const std::string& path) const;
  // read() of this file will follow soon: a disk may begin with it meanwhile. What is wrong with it, read() says.
  virtual void announce(const std::string& path) const;
};
const FileSource& disk();

// A file that appears whole or not at all: written beside its place, flushed to the disk, then renamed over it.
// Without commit() the destructor removes the temporary file.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path destination);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);
  void commit();  // fsync of the file, rename, fsync of the folder

  // For a library that writes what it opens by name: where it may, before commit().
  const std::filesystem::path& temporary() const noexcept { return temporary_; }

 private:
  std::filesystem::path destination_, temporary_;
  int descriptor_ = -1;
};
void write_file(const std::filesystem::path& path, std::string_view text);  // atomically

// With those above it, as far as they are not there.
void make_folder(const std::filesystem::path& path);

// Removes what writers that were killed left in a folder. Only for the holder of the folder's lock: a living writer's
// file would be removed, too. Returns how many there were.
int remove_abandoned_files(const std::filesystem::path& folder);

// An exclusive lock, held by this process until destruction (or death); the file says who holds it.
class FileLock {
 public:
  // Takes the lock, or returns nothing and tells in `holder` what the file says ("host:pid since …").
  static std::optional<FileLock> try_lock(const std::filesystem::path& path, std::string* holder);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

// A whole file, read-only, mapped.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();
  std::span<const std::byte> bytes() const noexcept { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace seg
