// SPDX-License-Identifier: Apache-2.0
// Where rows of units begin in JPEG files that were decoded before, so that a window need not be walked up to.
//
// Nothing depends on it but the time: a place is used only for a file whose bytes before it are, by two digests of 64
// bits, those that it was found behind. So a file that was changed is walked through anew, and damage ahead of a window
// is found as ever.
// An index is bounded: once it is full, files that are new to it are walked through each time. Thread-safe.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

namespace seg {

// All that decoding needs to go on before a unit.
struct JpegPlace {
  std::uint32_t offset = 0;  // in the file: the byte with the next bit
  std::uint32_t units_to_restart = 0;
  std::array<std::int32_t, 3> predicted{};
  std::uint8_t bit = 0, next_restart = 0;
  bool operator==(const JpegPlace&) const = default;
};

// Of the bytes so far.
struct JpegDigest {
  std::uint64_t first = 0, second = 0;
  bool operator==(const JpegDigest&) const = default;
  JpegDigest extended(std::span<const std::byte> bytes) const noexcept;
};

// Every so many rows of units, the first not; each behind the bytes of the ones before.
struct JpegMark {
  JpegPlace place;
  JpegDigest digest;
  bool operator==(const JpegMark&) const = default;
};

class JpegIndex {
 public:
  explicit JpegIndex(std::size_t largest_bytes) : bytes_left_(largest_bytes) {}

  // What was kept under the name; none if nothing was.
  void find(std::uint64_t name, std::vector<JpegMark>& marks) const;
  void keep(std::uint64_t name, std::span<const JpegMark> marks);

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, std::vector<JpegMark>> files_;
  std::size_t bytes_left_;
};

// The one that all threads share.
JpegIndex& jpeg_index();

}  // namespace seg
