// SPDX-License-Identifier: Apache-2.0
// Writes ZIP containers as PyTorch's are: entries stored as they are, their data at multiples of 64 bytes.
//
// The file appears whole or not at all, with commit(). Without ZIP64: a container beyond 4 GB or 65534 entries is a
// UserError that names the file. A name that is taken is a std::logic_error. Not thread-safe.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/file.h"

namespace seg {

class ZipWriter {
 public:
  static constexpr std::uint64_t kAlignment = 64;

  explicit ZipWriter(const std::filesystem::path& path) : path_(path), file_(path) {}

  void add(const std::string& name, std::span<const std::byte> data);
  void add(const std::string& name, std::string_view text) { add(name, std::as_bytes(std::span(text))); }
  void commit();

 private:
  void write(std::span<const std::byte> bytes);
  void write(const std::string& bytes) { write(std::as_bytes(std::span(bytes))); }
  void refuse_if_beyond(std::uint64_t size, std::size_t entries) const;

  std::filesystem::path path_;
  AtomicFile file_;
  std::uint64_t size_ = 0;
  std::size_t num_entries_ = 0;
  std::string directory_;
  std::unordered_set<std::string> names_;
};

}  // namespace seg
