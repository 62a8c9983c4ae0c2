// SPDX-License-Identifier: Apache-2.0
// A file of which pieces are read at places that are known, by many threads at once.
//
// Thread-safe. UserError names the path: what cannot be opened or read, and a file that ends before the piece does.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "base/opened_file.h"

namespace seg {

class PositionedFile {
 public:
  explicit PositionedFile(std::filesystem::path path);

  const std::filesystem::path& path() const noexcept { return path_; }
  std::uint64_t size() const noexcept { return size_; }  // when it was opened
  int descriptor() const noexcept { return file_.get(); }

  void read(std::uint64_t at, std::span<std::byte> to) const;

 private:
  std::filesystem::path path_;
  Descriptor file_;
  std::uint64_t size_;
};

}  // namespace seg
