// SPDX-License-Identifier: Apache-2.0
// A list of samples, held compactly: 100,000 lines take their own length and a few bytes a line.
//
// Paths are as written in the list; path_of() joins them to the root (an absolute path stays). Immutable once filled.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace seg {

// The files of one sample. Several images would be stacked as channels in this order (not built: one is read).
// Without a label (prediction) the path is empty.
struct SampleRef {
  std::vector<std::filesystem::path> images;
  std::filesystem::path label;
};

class SampleList {
 public:
  explicit SampleList(std::string root) : root_(std::move(root)) {}

  void add(std::string_view image, std::string_view label);  // an empty label: there is none
  std::size_t size() const noexcept { return entries_.size(); }

  std::string_view image(std::size_t i) const noexcept { return text(entries_[i].offset, entries_[i].image_length); }
  std::string_view label(std::size_t i) const noexcept {
    return text(entries_[i].offset + entries_[i].image_length, entries_[i].label_length);
  }
  std::string image_path(std::size_t i) const { return path_of(image(i)); }
  std::string label_path(std::size_t i) const { return path_of(label(i)); }
  std::string path_of(std::string_view name) const;
  SampleRef ref(std::size_t i) const;

 private:
  struct Entry {
    std::uint64_t offset;
    std::uint16_t image_length, label_length;
  };
  std::string_view text(std::uint64_t offset, std::size_t length) const noexcept {
    return std::string_view(names_).substr(offset, length);
  }

  std::string root_, names_;
  std::vector<Entry> entries_;
};

}  // namespace seg
