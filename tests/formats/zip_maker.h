// SPDX-License-Identifier: Apache-2.0
// ZIP containers byte by byte, right ones and wrong ones, without the code under test.
#pragma once
#include <zlib.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace seg::testing {

struct ZipPart {
  std::string name, data;
  std::uint16_t flags = 0, method = 0;
  bool has_descriptor = false;                // the header leaves the numbers out, as PyTorch's do
  bool has_wide_descriptor = false;           // with sizes of 64 bits
  bool has_wide_directory = false;            // sizes and place in an extra field for large numbers
  std::optional<std::uint32_t> checksum{};    // instead of the right one
  std::optional<std::uint32_t> size{};        // likewise, in the directory
  std::optional<std::uint32_t> local_size{};  // likewise, in the local header
  std::optional<std::uint32_t> descriptor_size{};
  std::optional<std::uint32_t> header{};  // where the directory says that the entry begins
  std::optional<std::string> local_name{};
};

struct ZipMaker {
  std::vector<ZipPart> parts;
  bool has_wide_end = false;  // the end for large containers, too
  std::string comment{};
  std::optional<std::uint16_t> count{};
  std::optional<std::uint32_t> directory_offset{}, directory_size{};

  template <class Number>
  static std::string raw(Number number) {
    return {reinterpret_cast<const char*>(&number), sizeof number};
  }
  static std::uint32_t crc(const std::string& data) {
    return static_cast<std::uint32_t>(
        crc32(0, reinterpret_cast<const Bytef*>(data.data()), static_cast<uInt>(data.size())));
  }
  static std::string u16(std::size_t number) { return raw(static_cast<std::uint16_t>(number)); }
  static std::string u32(std::size_t number) { return raw(static_cast<std::uint32_t>(number)); }
  static std::string u64(std::size_t number) { return raw(static_cast<std::uint64_t>(number)); }

  std::string bytes() const {
    std::string file, directory;
    for (const ZipPart& part : parts) {
      const std::size_t begin = file.size();
      const std::uint32_t checksum = part.checksum.value_or(crc(part.data));
      const std::size_t flags = part.flags | (part.has_descriptor ? 8u : 0u);
      const std::string name = part.local_name.value_or(part.name);
      const std::size_t local_size =
          part.has_descriptor ? 0 : part.local_size.value_or(static_cast<std::uint32_t>(part.data.size()));
      file += u32(0x04034b50) + u16(20) + u16(flags) + u16(part.method) + u32(0) +
              u32(part.has_descriptor ? 0 : checksum) + u32(local_size) + u32(local_size) + u16(name.size()) + u16(0) +
              name + part.data;
      const std::size_t size = part.size.value_or(static_cast<std::uint32_t>(part.data.size()));
      const std::size_t said = part.descriptor_size.value_or(static_cast<std::uint32_t>(size));
      if (part.has_descriptor)
        file += u32(0x08074b50) + u32(checksum) +
                (part.has_wide_descriptor ? u64(said) + u64(said) : u32(said) + u32(said));
      const std::size_t place = part.header.value_or(static_cast<std::uint32_t>(begin));
      const std::string extra =
          part.has_wide_directory ? u16(7) + u16(1) + "x" + u16(1) + u16(24) + u64(size) + u64(size) + u64(place) : "";
      const auto field = [&](std::size_t number) { return u32(part.has_wide_directory ? 0xffffffffu : number); };
      directory += u32(0x02014b50) + u16(20) + u16(20) + u16(flags) + u16(part.method) + u32(0) + u32(checksum) +
                   field(size) + field(size) + u16(part.name.size()) + u16(extra.size()) + u16(0) + u16(0) + u16(0) +
                   u32(0) + field(place) + part.name + extra;
    }
    const std::size_t offset = file.size(), number = count.value_or(static_cast<std::uint16_t>(parts.size()));
    const std::size_t at = directory_offset.value_or(static_cast<std::uint32_t>(offset));
    const std::size_t length = directory_size.value_or(static_cast<std::uint32_t>(directory.size()));
    file += directory;
    if (has_wide_end) {
      const std::size_t wide = file.size();
      file += u32(0x06064b50) + u64(44) + u16(20) + u16(20) + u32(0) + u32(0) + u64(number) + u64(number) +
              u64(length) + u64(at) + u32(0x07064b50) + u32(0) + u64(wide) + u32(1);
    }
    return file + u32(0x06054b50) + u16(0) + u16(0) + u16(has_wide_end ? 0xffff : number) +
           u16(has_wide_end ? 0xffff : number) + u32(has_wide_end ? 0xffffffff : length) +
           u32(has_wide_end ? 0xffffffff : at) + u16(comment.size()) + comment;
  }
};

}  // namespace seg::testing
