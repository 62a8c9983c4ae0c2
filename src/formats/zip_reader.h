// SPDX-License-Identifier: Apache-2.0
// ZIP containers whose entries lie there as they are ("stored"), as PyTorch writes them.
//
// The central directory counts, and every local header must agree with it. Compressed or encrypted entries, containers
// in several parts, names that come twice, entries that overlap or leave the file, and numbers that contradict each
// other are UserErrors that name the file and the entry. ZIP64 is read. Nothing is read out of bounds, and memory grows
// with the number of entries alone. The bytes outlive the reader; distinct readers may be used by distinct threads.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace seg {

struct ZipEntry {
  std::string name;
  std::span<const std::byte> data;
  std::uint32_t checksum = 0;  // as the directory has it; read() compares
};

class ZipReader {
 public:
  // `where` names the bytes in errors.
  ZipReader(std::span<const std::byte> bytes, std::string where);

  static bool looks_like_zip(std::span<const std::byte> bytes) noexcept;

  const std::vector<ZipEntry>& entries() const noexcept { return entries_; }  // in the order of the directory
  const ZipEntry* find(std::string_view name) const noexcept;                 // nullptr if there is none
  // The entry's bytes, after their checksum was compared.
  std::span<const std::byte> read(const ZipEntry& entry) const;

 private:
  std::string where_;
  std::vector<ZipEntry> entries_;
  std::vector<std::size_t> by_name_;  // places in entries_
};

}  // namespace seg
