// SPDX-License-Identifier: Apache-2.0
// Where rows of units begin in JPEG files that were decoded before, so that a window need not be walked up to.
//
// Nothing depends on it but the time: a place is used only for a file whose bytes before it have the digest of those
// that it was found behind (image/jpeg_marks.h). So a file that was changed is walked through anew, and damage ahead of
// a window is found as ever.
// Who decodes files again and again owns one, and gives it along. It is bounded: once it is full, files that are new to
// it are walked through each time. keep() allocates for a file that is new; nothing else does. Thread-safe.
#pragma once
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <unordered_map>
#include <vector>

#include "image/jpeg_units.h"
#include "image/keyed_digest.h"

namespace seg {

// A place every so many rows of units, the first not; each with the digest of all bytes before it.
struct JpegMark {
  JpegPlace place;
  std::uint64_t digest = 0;
  bool operator==(const JpegMark&) const = default;
};

inline constexpr std::size_t kMostJpegMarks = 32;  // of a file

class JpegIndex {
 public:
  static constexpr std::size_t kFileBytes = kMostJpegMarks * sizeof(JpegMark) + 64;  // of a file that it knows
  static constexpr std::size_t kLargestBytes = std::size_t{32} << 20;                // of about 25,000 files

  JpegIndex() : JpegIndex(kLargestBytes, KeyedDigest::of_random_key()) {}
  JpegIndex(std::size_t largest_bytes, const KeyedDigest& digest) : digest_(digest), bytes_left_(largest_bytes) {}

  // With which places are told from those of other files. No decoded pixel depends on its key.
  const KeyedDigest& digest() const noexcept { return digest_; }

  std::size_t size() const;  // files

  // What was kept under the name; none if nothing was.
  void find(std::uint64_t name, std::vector<JpegMark>& marks) const;
  void keep(std::uint64_t name, std::span<const JpegMark> marks);  // at most kMostJpegMarks

 private:
  const KeyedDigest digest_;
  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, std::vector<JpegMark>> files_;
  std::size_t bytes_left_;
};

}  // namespace seg
