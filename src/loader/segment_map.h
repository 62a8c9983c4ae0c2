// SPDX-License-Identifier: Apache-2.0
// A file that only grows, mapped for reading, one segment at a time where somebody looks.
//
// What at() gave stays valid as long as the map, whatever takes the file's name; but a file that is made shorter ends
// the process that reads the lost part (SIGBUS). Thread-safe.
#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

namespace seg {

class SegmentMap {
 public:
  // The descriptor must outlive the map.
  SegmentMap(int descriptor, std::uint64_t segment_bytes);
  ~SegmentMap();
  SegmentMap(const SegmentMap&) = delete;
  SegmentMap& operator=(const SegmentMap&) = delete;

  // Bytes of one segment. They may lie beyond the file's end: they can be read as soon as the file has grown so far.
  // std::system_error if the system does not map them, for want of address space, say.
  std::span<const std::byte> at(std::uint64_t offset, std::uint64_t size);

 private:
  const std::byte* map(std::size_t number);

  const int descriptor_;
  const std::uint64_t segment_bytes_;
  std::mutex mutex_;  // of who maps
  std::vector<std::atomic<const std::byte*>> segments_;
};

}  // namespace seg
