// SPDX-License-Identifier: Apache-2.0
// A list of samples, held compactly: 100,000 lines take their own length and a few bytes a line.
//
// All samples have the same number of images, at least one. Paths are as written in the list; path_of() joins them to
// the root (an absolute path stays). Immutable once filled.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace seg {

// Lines of a list file that name the images and the label of an earlier line.
struct RepeatedLines {
  std::size_t count = 0;
  std::size_t line = 0, first_line = 0;  // the first of them, and the line that it repeats; from 1
};

class SampleList {
 public:
  explicit SampleList(std::string root) : root_(std::move(root)) {}

  // As many images as the first sample has. An empty label: there is none.
  void add(std::span<const std::string> images, std::string_view label);
  void add(std::string_view image, std::string_view label) { add(std::vector{std::string(image)}, label); }
  SampleList only(std::span<const std::size_t> samples) const;  // in that order
  std::size_t size() const noexcept { return offsets_.size(); }
  std::size_t num_images() const noexcept { return num_images_; }  // of a sample; 0 while there is none

  std::string_view image(std::size_t i, std::size_t k = 0) const noexcept { return column(i, k); }
  std::string_view label(std::size_t i) const noexcept { return column(i, num_images_); }
  std::string image_path(std::size_t i, std::size_t k = 0) const { return path_of(image(i, k)); }
  std::string label_path(std::size_t i) const { return path_of(label(i)); }
  std::string path_of(std::string_view name) const;
  void path_of(std::string_view name, std::string& path) const;  // the same, into memory that is used again
  const RepeatedLines& repeated() const noexcept { return repeated_; }
  void note_repeated(const RepeatedLines& repeated) { repeated_ = repeated; }

 private:
  void append(std::string_view name);
  std::string_view column(std::size_t i, std::size_t k) const noexcept;

  std::string root_, names_;
  std::size_t num_images_ = 0;
  std::vector<std::uint64_t> offsets_;  // of each sample's names
  std::vector<std::uint16_t> lengths_;  // of each sample's images and label
  RepeatedLines repeated_;
};

}  // namespace seg
