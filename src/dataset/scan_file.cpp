// SPDX-License-Identifier: Apache-2.0
#include "dataset/scan_file.h"

#include <cstddef>
#include <cstdint>

#include "base/crc32c.h"
#include "base/little_endian.h"

namespace seg {
namespace {

constexpr std::string_view kMark = "SEGSCANS";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kChecksumBytes = sizeof(std::uint32_t);
// Of an entry before its facts: two lengths and the key.
constexpr std::size_t kKeyAt = 8, kNumberBytes = sizeof(std::uint64_t), kFactsAt = kKeyAt + 3 * kNumberBytes;

}  // namespace

std::string scan_file_head() {
  std::string head(kMark);
  append_number(head, kVersion);
  append_number(head, crc32c(head));
  return head;
}

void append_scan_entry(std::string& file, const ScanEntry& entry) {
  const std::size_t begin = file.size();
  append_number(file, static_cast<std::uint32_t>(entry.labels.size()));
  append_number(file, static_cast<std::uint32_t>(entry.image.size()));
  append_number(file, entry.key.high);
  append_number(file, entry.key.low);
  append_number(file, entry.key.sample);
  file += entry.labels;
  file += entry.image;
  append_number(file, crc32c(std::string_view(file).substr(begin)));
}

std::vector<ScanEntry> read_scan_file(std::string_view file) {
  const std::string head = scan_file_head();
  if (!file.starts_with(head)) return {};
  std::vector<ScanEntry> entries;
  std::string_view rest = file.substr(head.size());
  while (rest.size() >= kFactsAt + kChecksumBytes) {
    const std::size_t labels = number_at<std::uint32_t>(rest, 0), image = number_at<std::uint32_t>(rest, 4);
    const std::size_t checked = kFactsAt + labels + image;
    if (checked > rest.size() - kChecksumBytes) break;  // torn, or no lengths
    if (crc32c(rest.substr(0, checked)) == number_at<std::uint32_t>(rest, checked))
      entries.push_back({.key = {.high = number_at<std::uint64_t>(rest, kKeyAt),
                                 .low = number_at<std::uint64_t>(rest, kKeyAt + kNumberBytes),
                                 .sample = number_at<std::uint64_t>(rest, kKeyAt + 2 * kNumberBytes)},
                         .labels = rest.substr(kFactsAt, labels),
                         .image = rest.substr(kFactsAt + labels, image)});
    rest.remove_prefix(checked + kChecksumBytes);
  }
  return entries;
}

}  // namespace seg
