// SPDX-License-Identifier: Apache-2.0
#include "loader/segment_map.h"

#include <sys/mman.h>

#include <cassert>
#include <cerrno>
#include <system_error>

namespace seg {
namespace {

constexpr std::size_t kMostSegments = 16384;

[[noreturn]] void fail_to_map(int error) { throw std::system_error(error, std::generic_category()); }

}  // namespace

SegmentMap::SegmentMap(int descriptor, std::uint64_t segment_bytes)
    : descriptor_(descriptor), segment_bytes_(segment_bytes), segments_(kMostSegments) {}

SegmentMap::~SegmentMap() {
  for (const auto& segment : segments_)
    if (const std::byte* place = segment; place != nullptr)
      ::munmap(const_cast<std::byte*>(place), static_cast<std::size_t>(segment_bytes_));
}

const std::byte* SegmentMap::map(std::size_t number) {
  const std::lock_guard guard(mutex_);
  if (const std::byte* place = segments_[number]; place != nullptr) return place;
  void* made = ::mmap(nullptr, static_cast<std::size_t>(segment_bytes_), PROT_READ, MAP_SHARED, descriptor_,
                      static_cast<off_t>(number * segment_bytes_));
  if (made == MAP_FAILED) fail_to_map(errno);
  segments_[number] = static_cast<const std::byte*>(made);
  return segments_[number];
}

std::span<const std::byte> SegmentMap::at(std::uint64_t offset, std::uint64_t size) {
  assert(size > 0 && offset / segment_bytes_ == (offset + size - 1) / segment_bytes_);
  const auto number = static_cast<std::size_t>(offset / segment_bytes_);
  if (number >= segments_.size()) fail_to_map(EFBIG);
  const std::byte* place = segments_[number];
  if (place == nullptr) place = map(number);
  return {place + offset % segment_bytes_, static_cast<std::size_t>(size)};
}

}  // namespace seg
