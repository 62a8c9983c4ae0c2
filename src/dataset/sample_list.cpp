// SPDX-License-Identifier: Apache-2.0
#include "dataset/sample_list.h"

#include <cassert>

namespace seg {

void SampleList::add(std::span<const std::string> images, std::string_view label) {
  assert(!images.empty() && (offsets_.empty() || images.size() == num_images_));
  num_images_ = images.size();
  offsets_.push_back(names_.size());
  for (const std::string& image : images) append(image);
  append(label);
}

SampleList SampleList::only(std::span<const std::size_t> samples) const {
  SampleList part(root_);
  part.repeated_ = repeated_;
  std::vector<std::string> images(num_images_);
  for (const std::size_t i : samples) {
    for (std::size_t k = 0; k < num_images_; ++k) images[k] = image(i, k);
    part.add(images, label(i));
  }
  return part;
}

void SampleList::append(std::string_view name) {
  assert(name.size() <= UINT16_MAX);
  lengths_.push_back(static_cast<std::uint16_t>(name.size()));
  names_ += name;
}

std::string_view SampleList::column(std::size_t i, std::size_t k) const noexcept {
  const std::uint16_t* lengths = lengths_.data() + i * (num_images_ + 1);
  std::size_t begin = offsets_[i];
  for (std::size_t before = 0; before < k; ++before) begin += lengths[before];
  return std::string_view(names_).substr(begin, lengths[k]);
}

std::string SampleList::path_of(std::string_view name) const {
  std::string path;
  path_of(name, path);
  return path;
}

void SampleList::path_of(std::string_view name, std::string& path) const {
  path.clear();
  path.reserve(root_.size() + 1 + name.size());
  if (!name.starts_with('/') && !root_.empty()) {
    path = root_;
    if (!path.ends_with('/')) path += '/';
  }
  path += name;
}

}  // namespace seg
