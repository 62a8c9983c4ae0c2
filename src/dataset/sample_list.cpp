// SPDX-License-Identifier: Apache-2.0
#include "dataset/sample_list.h"

#include <cassert>

namespace seg {

void SampleList::add(std::string_view image, std::string_view label) {
  assert(image.size() <= UINT16_MAX && label.size() <= UINT16_MAX);
  entries_.push_back({.offset = names_.size(),
                      .image_length = static_cast<std::uint16_t>(image.size()),
                      .label_length = static_cast<std::uint16_t>(label.size())});
  names_ += image;
  names_ += label;
}

std::string SampleList::path_of(std::string_view name) const {
  if (name.starts_with('/') || root_.empty()) return std::string(name);
  std::string path;
  path.reserve(root_.size() + 1 + name.size());
  path = root_;
  if (!path.ends_with('/')) path += '/';
  path += name;
  return path;
}

SampleRef SampleList::ref(std::size_t i) const {
  SampleRef ref{.images = {image_path(i)}, .label = {}};
  if (!label(i).empty()) ref.label = label_path(i);
  return ref;
}

}  // namespace seg
