// SPDX-License-Identifier: Apache-2.0
#include "image/jpeg_index.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace seg {
namespace {

constexpr std::size_t kLargestIndex = std::size_t{32} << 20;  // of about 20,000 photos
constexpr std::size_t kFileBytes = 64;                        // what a file takes beside its marks

// Each step can be undone, so that words that differ in one place make different numbers.
constexpr std::uint64_t mixed(std::uint64_t number, std::uint64_t word) noexcept {
  number = (number ^ word) * 0x9e3779b97f4a7c15;
  return number ^ number >> 29;
}

}  // namespace

JpegDigest JpegDigest::extended(std::span<const std::byte> bytes) const noexcept {
  std::uint64_t lanes[4] = {first, second, ~first, ~second};
  const std::uint64_t size = bytes.size();
  while (!bytes.empty()) {
    std::uint64_t words[4] = {};
    const std::size_t count = std::min(bytes.size(), sizeof words);
    std::memcpy(words, bytes.data(), count);
    for (int i = 0; i < 4; ++i) lanes[i] = mixed(lanes[i], words[i]);
    bytes = bytes.subspan(count);
  }
  return {mixed(mixed(lanes[0], std::rotl(lanes[1], 17)), size), mixed(mixed(lanes[2], std::rotl(lanes[3], 31)), size)};
}

void JpegIndex::find(std::uint64_t name, std::vector<JpegMark>& marks) const {
  marks.clear();
  const std::lock_guard lock(mutex_);
  const auto file = files_.find(name);
  if (file != files_.end()) marks = file->second;
}

void JpegIndex::keep(std::uint64_t name, std::span<const JpegMark> marks) {
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(name);
  const std::size_t known = found == files_.end() ? 0 : found->second.size() * sizeof(JpegMark) + kFileBytes;
  const std::size_t wanted = marks.size() * sizeof(JpegMark) + kFileBytes;
  if (wanted > bytes_left_ + known) return;
  bytes_left_ = bytes_left_ + known - wanted;
  files_[name].assign(marks.begin(), marks.end());
}

JpegIndex& jpeg_index() {
  static JpegIndex index(kLargestIndex);
  return index;
}

}  // namespace seg
