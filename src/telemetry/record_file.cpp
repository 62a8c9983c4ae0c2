// SPDX-License-Identifier: Apache-2.0
#include "telemetry/record_file.h"

#include <bit>
#include <optional>

#include "base/crc32c.h"
#include "base/file.h"
#include "base/little_endian.h"

namespace seg {
namespace {

constexpr std::size_t kHeadBytes = 12;  // length and its checksum
constexpr std::size_t kTailBytes = 4;   // checksum of the data

std::uint32_t masked_crc(std::string_view data) noexcept { return std::rotr(crc32c(data), 15) + 0xA282EAD8U; }

// The data of the record that `text` begins with; nothing if it is torn or damaged.
std::optional<std::string_view> first_record(std::string_view text) {
  if (text.size() < kHeadBytes + kTailBytes) return std::nullopt;
  const auto length = number_at<std::uint64_t>(text, 0);
  if (number_at<std::uint32_t>(text, sizeof length) != masked_crc(text.substr(0, sizeof length))) return std::nullopt;
  if (length > text.size() - kHeadBytes - kTailBytes) return std::nullopt;
  const std::string_view data = text.substr(kHeadBytes, length);
  if (number_at<std::uint32_t>(text, kHeadBytes + length) != masked_crc(data)) return std::nullopt;
  return data;
}

}  // namespace

std::string framed_record(std::string_view data) {
  std::string record;
  record.reserve(kHeadBytes + data.size() + kTailBytes);
  append_number(record, static_cast<std::uint64_t>(data.size()));
  append_number(record, masked_crc(record));
  record.append(data);
  append_number(record, masked_crc(data));
  return record;
}

std::int64_t keep_records(const std::filesystem::path& path, const std::function<bool(std::string_view data)>& keep) {
  const std::string text = read_text(path);
  std::string kept;
  std::int64_t count = 0;
  for (std::string_view rest = text; const auto data = first_record(rest);) {
    const std::size_t size = kHeadBytes + data->size() + kTailBytes;
    if (keep(*data)) {
      kept.append(rest.substr(0, size));
      ++count;
    }
    rest.remove_prefix(size);
  }
  if (kept != text) write_file(path, kept);
  return count;
}

}  // namespace seg
