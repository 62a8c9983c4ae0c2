// SPDX-License-Identifier: Apache-2.0
#include "image/jpeg_index.h"

#include <cassert>

namespace seg {

std::size_t JpegIndex::size() const {
  const std::lock_guard lock(mutex_);
  return files_.size();
}

void JpegIndex::find(std::uint64_t name, std::vector<JpegMark>& marks) const {
  marks.clear();
  const std::lock_guard lock(mutex_);
  const auto file = files_.find(name);
  if (file != files_.end()) marks.assign(file->second.begin(), file->second.end());
}

void JpegIndex::keep(std::uint64_t name, std::span<const JpegMark> marks) {
  assert(marks.size() <= kMostJpegMarks);
  const std::lock_guard lock(mutex_);
  auto file = files_.find(name);
  if (file == files_.end()) {
    if (bytes_left_ < kFileBytes) return;
    bytes_left_ -= kFileBytes;
    file = files_.try_emplace(name).first;
    file->second.reserve(kMostJpegMarks);  // at once, lest it be allocated for every few more
  }
  file->second.assign(marks.begin(), marks.end());
}

}  // namespace seg
