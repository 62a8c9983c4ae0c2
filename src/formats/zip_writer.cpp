// SPDX-License-Identifier: Apache-2.0
#include "formats/zip_writer.h"

#include <stdexcept>

#include "base/error.h"
#include "base/little_endian.h"
#include "formats/crc32.h"

namespace seg {
namespace {

constexpr std::uint64_t kLargestSize = 0xfffffffe;
constexpr std::size_t kMostEntries = 0xfffe;
constexpr std::uint16_t kVersion = 20, kNamesAreUtf8 = 1 << 11;
constexpr std::uint16_t kFirstDay = 1 << 5 | 1;             // 1 January 1980: the same weights give the same file
constexpr std::uint16_t kPadding = 'F' | 'B' << 8;          // the extra field in which PyTorch puts its padding
constexpr std::uint64_t kLocalBytes = 30, kExtraBytes = 4;  // before a name, before an extra field's content

// What a local header and the directory say of an entry alike: from the version to the length of the name.
void append_description(std::string& bytes, std::uint32_t checksum, std::uint32_t size, std::uint16_t name_length) {
  append_number(bytes, kVersion);
  append_number(bytes, kNamesAreUtf8);
  append_number(bytes, std::uint16_t{0});  // stored
  append_number(bytes, std::uint16_t{0});  // midnight
  append_number(bytes, kFirstDay);
  append_number(bytes, checksum);
  append_number(bytes, size);
  append_number(bytes, size);
  append_number(bytes, name_length);
}

}  // namespace

void ZipWriter::write(std::span<const std::byte> bytes) {
  file_.write(bytes);
  size_ += bytes.size();
}

void ZipWriter::refuse_if_beyond(std::uint64_t size, std::size_t entries) const {
  if (size > kLargestSize || entries > kMostEntries)
    fail(path_.string(), "would be larger than a ZIP container without extensions may be (4 GB, 65534 entries)",
         "write a .safetensors file instead");
}

void ZipWriter::add(const std::string& name, std::span<const std::byte> data) {
  if (name.empty() || name.size() > 0xffff || !names_.insert(name).second)
    throw std::logic_error("[zip] a name that is empty, too long or taken: " + name);
  const std::uint64_t header = size_, least = header + kLocalBytes + name.size() + kExtraBytes;
  const std::uint64_t padding = (kAlignment - least % kAlignment) % kAlignment;
  refuse_if_beyond(least + padding + data.size(), num_entries_ + 1);

  const std::uint32_t checksum = add_to_crc32(0, data);
  const auto size = static_cast<std::uint32_t>(data.size());
  const auto name_length = static_cast<std::uint16_t>(name.size());
  std::string local;
  append_number(local, std::uint32_t{0x04034b50});
  append_description(local, checksum, size, name_length);
  append_number(local, static_cast<std::uint16_t>(kExtraBytes + padding));
  local += name;
  append_number(local, kPadding);
  append_number(local, static_cast<std::uint16_t>(padding));
  local.append(padding, 'Z');
  write(local);
  write(data);

  append_number(directory_, std::uint32_t{0x02014b50});
  append_number(directory_, kVersion);
  append_description(directory_, checksum, size, name_length);
  // No extra field, no comment, the first part, no attributes inside and outside.
  for (int i = 0; i < 4; ++i) append_number(directory_, std::uint16_t{0});
  append_number(directory_, std::uint32_t{0});
  append_number(directory_, static_cast<std::uint32_t>(header));
  directory_ += name;
  ++num_entries_;
}

void ZipWriter::commit() {
  refuse_if_beyond(size_ + directory_.size(), num_entries_);
  std::string end;
  append_number(end, std::uint32_t{0x06054b50});
  append_number(end, std::uint32_t{0});  // the first part of one
  append_number(end, static_cast<std::uint16_t>(num_entries_));
  append_number(end, static_cast<std::uint16_t>(num_entries_));
  append_number(end, static_cast<std::uint32_t>(directory_.size()));
  append_number(end, static_cast<std::uint32_t>(size_));
  append_number(end, std::uint16_t{0});  // no comment
  write(directory_);
  write(end);
  file_.commit();
}

}  // namespace seg
