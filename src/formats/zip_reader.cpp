// SPDX-License-Identifier: Apache-2.0
#include "formats/zip_reader.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <initializer_list>
#include <numeric>
#include <unordered_set>
#include <utility>

#include "base/error.h"
#include "formats/crc32.h"
#include "formats/tensor_entry.h"

namespace seg {
namespace {

static_assert(std::endian::native == std::endian::little, "the file's numbers are used where they lie");

constexpr std::uint32_t kLocalHeader = 0x04034b50, kDescriptor = 0x08074b50, kCentralHeader = 0x02014b50;
constexpr std::uint32_t kEnd = 0x06054b50, kEnd64 = 0x06064b50, kLocator64 = 0x07064b50;
constexpr std::size_t kLocalBytes = 30, kCentralBytes = 46, kEndBytes = 22, kEnd64Bytes = 56, kLocator64Bytes = 20;
constexpr std::size_t kLongestComment = 0xffff;
constexpr std::uint16_t kEncrypted = 1 << 0 | 1 << 6 | 1 << 13, kHasDescriptor = 1 << 3;
constexpr std::uint16_t kExtra64 = 1;
constexpr std::uint32_t kSeeExtra64 = 0xffffffff;  // the number is too large for its field

// The directory's lines, or a part of the file that claims to be an entry.
struct Claim {
  std::string name;
  std::uint16_t flags = 0, method = 0;
  std::uint32_t checksum = 0;
  std::uint64_t stored_size = 0, size = 0, header = 0;
};

struct Directory {
  std::uint64_t offset = 0, bytes = 0, count = 0;
};

class Parser {
 public:
  Parser(std::span<const std::byte> bytes, const std::string& where) : bytes_(bytes), where_(where) {}

  std::vector<ZipEntry> entries() {
    const Directory directory = find_directory();
    std::vector<Claim> claims = read_directory(directory);
    std::vector<ZipEntry> entries;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
    std::unordered_set<std::string_view> names;
    for (const Claim& claim : claims) {
      if (!names.insert(claim.name).second) refuse("holds " + shown(claim.name) + " twice");
      check_is_readable(claim);
      const std::uint64_t data = data_of(claim);
      const std::uint64_t end = data + claim.size;  // data_of() saw that it lies inside
      ranges.emplace_back(claim.header, end + descriptor_bytes(claim, end));
      entries.push_back({.name = claim.name, .data = bytes_.subspan(data, claim.size), .checksum = claim.checksum});
    }
    check_ranges(std::move(ranges), claims, directory.offset);
    return entries;
  }

 private:
  [[noreturn]] void refuse(std::string what) const {
    fail(where_, std::move(what), "the file is damaged or cut off: copy, download or write it again");
  }

  template <class Number>
  Number number(std::uint64_t offset) const {
    if (offset > bytes_.size() || bytes_.size() - offset < sizeof(Number)) refuse("ends within its directory");
    Number value{};
    std::memcpy(&value, bytes_.data() + offset, sizeof value);
    return value;
  }
  std::uint16_t u16(std::uint64_t offset) const { return number<std::uint16_t>(offset); }
  std::uint32_t u32(std::uint64_t offset) const { return number<std::uint32_t>(offset); }
  std::uint64_t u64(std::uint64_t offset) const { return number<std::uint64_t>(offset); }

  std::string text(std::uint64_t offset, std::size_t length) const {
    if (offset > bytes_.size() || bytes_.size() - offset < length) refuse("ends within a name");
    return {reinterpret_cast<const char*>(bytes_.data()) + offset, length};
  }

  std::uint64_t find_end() const {
    if (bytes_.size() >= kEndBytes) {
      const std::size_t last = bytes_.size() - kEndBytes;
      const std::size_t first = last - std::min(last, kLongestComment);
      for (std::size_t at = last + 1; at-- > first;)
        if (u32(at) == kEnd && u16(at + 20) == last - at) return at;
    }
    refuse("has no directory at its end, as a ZIP container must");
  }

  Directory find_directory() const {
    const std::uint64_t end = find_end();
    if (u16(end + 4) != 0 || u16(end + 6) != 0 || u16(end + 8) != u16(end + 10)) refuse("is one part of several");
    Directory directory{.offset = u32(end + 16), .bytes = u32(end + 12), .count = u16(end + 10)};
    std::uint64_t limit = end;
    if (end >= kLocator64Bytes && u32(end - kLocator64Bytes) == kLocator64) {
      const std::uint64_t end64 = u64(end - kLocator64Bytes + 8);
      if (end64 > end - kLocator64Bytes || end - kLocator64Bytes - end64 < kEnd64Bytes || u32(end64) != kEnd64)
        refuse("has no ZIP64 directory where it should be");
      const Directory large{.offset = u64(end64 + 48), .bytes = u64(end64 + 40), .count = u64(end64 + 32)};
      if ((directory.offset != kSeeExtra64 && directory.offset != large.offset) ||
          (directory.bytes != kSeeExtra64 && directory.bytes != large.bytes) ||
          (directory.count != 0xffff && directory.count != large.count))
        refuse("describes its directory twice, and differently");
      directory = large;
      limit = end64;
    }
    if (directory.offset > limit || directory.bytes > limit - directory.offset) refuse("ends within its directory");
    if (directory.count > directory.bytes / kCentralBytes)
      refuse("claims more entries than its directory has room for");
    return directory;
  }

  std::vector<Claim> read_directory(const Directory& directory) const {
    std::vector<Claim> claims;
    claims.reserve(directory.count);
    std::uint64_t at = directory.offset;
    for (std::uint64_t i = 0; i < directory.count; ++i) {
      if (u32(at) != kCentralHeader) refuse("has a damaged directory, at its entry " + std::to_string(i + 1));
      const std::size_t name = u16(at + 28), extra = u16(at + 30), comment = u16(at + 32);
      Claim claim{.name = text(at + kCentralBytes, name),
                  .flags = u16(at + 8),
                  .method = u16(at + 10),
                  .checksum = u32(at + 16),
                  .stored_size = u32(at + 20),
                  .size = u32(at + 24),
                  .header = u32(at + 42)};
      if (u16(at + 34) != 0) refuse("is one part of several");
      take_large_numbers(at + kCentralBytes + name, extra, {&claim.size, &claim.stored_size, &claim.header});
      claims.push_back(std::move(claim));
      at += kCentralBytes + name + extra + comment;
    }
    if (at != directory.offset + directory.bytes) refuse("has a directory that is not as long as it says");
    return claims;
  }

  // Replaces the numbers that were too large for their fields by those in the extra field, which has just these.
  void take_large_numbers(std::uint64_t at, std::size_t bytes, std::initializer_list<std::uint64_t*> numbers) const {
    const std::uint64_t end = at + bytes;
    while (at + 4 <= end) {
      const std::uint16_t id = u16(at), length = u16(at + 2);
      at += 4;
      if (at + length > end) refuse("has an extra field that is longer than the place for it");
      if (id != kExtra64) {
        at += length;
        continue;
      }
      const std::uint64_t field_end = at + length;
      for (std::uint64_t* const value : numbers) {
        if (*value != kSeeExtra64) continue;
        if (at + 8 > field_end) refuse("lacks a large number in its directory");
        *value = u64(at);
        at += 8;
      }
      return;
    }
  }

  void check_is_readable(const Claim& claim) const {
    if ((claim.flags & kEncrypted) != 0) fail(where_, "its entry " + shown(claim.name) + " is encrypted", "decrypt it");
    if (claim.method != 0)
      fail(where_,
           "its entry " + shown(claim.name) + " is compressed (method " + std::to_string(claim.method) +
               "), which weight files never are",
           "load it in Python and write it again with torch.save");
    if (claim.stored_size != claim.size) refuse("gives its entry " + shown(claim.name) + " two sizes");
  }

  // Where the data of the entry begin; its end lies within the file.
  std::uint64_t data_of(const Claim& claim) const {
    const std::string entry = "its entry " + shown(claim.name);
    const std::uint64_t at = claim.header;
    if (at > bytes_.size() || bytes_.size() - at < kLocalBytes || u32(at) != kLocalHeader)
      refuse(entry + " is not where the directory says");
    const std::size_t name = u16(at + 26), extra = u16(at + 28);
    const std::uint64_t data = at + kLocalBytes + name + extra;
    if (data > bytes_.size() || bytes_.size() - data < claim.size) refuse(entry + " leaves the file");
    std::uint64_t stored_size = u32(at + 18), size = u32(at + 22);
    take_large_numbers(at + kLocalBytes + name, extra, {&size, &stored_size});
    // Where a descriptor follows the data, the header may leave the numbers out.
    const bool is_left_out = (claim.flags & kHasDescriptor) != 0 && u32(at + 14) == 0 && stored_size == 0 && size == 0;
    const bool agrees = u32(at + 14) == claim.checksum && stored_size == claim.size && size == claim.size;
    if (text(at + kLocalBytes, name) != claim.name || u16(at + 6) != claim.flags || u16(at + 8) != claim.method ||
        !(is_left_out || agrees))
      refuse(entry + " has a header that contradicts the directory");
    return data;
  }

  // Of the description that follows data which end at `at`: with or without a mark, with sizes of 32 or 64 bits.
  std::uint64_t descriptor_bytes(const Claim& claim, std::uint64_t at) const {
    if ((claim.flags & kHasDescriptor) == 0) return 0;
    for (const std::uint64_t mark : {std::uint64_t{4}, std::uint64_t{0}}) {
      if (bytes_.size() - at < mark + 12 || (mark != 0 && u32(at) != kDescriptor)) continue;
      if (u32(at + mark) != claim.checksum) continue;
      const std::uint64_t sizes = at + mark + 4;
      if (u32(sizes) == claim.size && u32(sizes + 4) == claim.size) return mark + 12;
      if (bytes_.size() - sizes >= 16 && u64(sizes) == claim.size && u64(sizes + 8) == claim.size) return mark + 20;
    }
    refuse("has a descriptor after " + shown(claim.name) + " that contradicts the directory");
  }

  void check_ranges(std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges, const std::vector<Claim>& claims,
                    std::uint64_t directory) const {
    const auto name_at = [&](std::uint64_t header) {
      return shown(std::ranges::find(claims, header, &Claim::header)->name);
    };
    std::ranges::sort(ranges);
    std::uint64_t end = 0;
    for (const auto& [begin, own_end] : ranges) {
      if (begin < end) refuse("its entry " + name_at(begin) + " overlaps another one");
      if (own_end > directory) refuse("its entry " + name_at(begin) + " overlaps the directory");
      end = own_end;
    }
  }

  std::span<const std::byte> bytes_;
  const std::string& where_;
};

}  // namespace

ZipReader::ZipReader(std::span<const std::byte> bytes, std::string where)
    : where_(std::move(where)), entries_(Parser(bytes, where_).entries()), by_name_(entries_.size()) {
  std::iota(by_name_.begin(), by_name_.end(), std::size_t{0});
  std::ranges::sort(by_name_, {}, [&](std::size_t i) -> const std::string& { return entries_[i].name; });
}

bool ZipReader::looks_like_zip(std::span<const std::byte> bytes) noexcept {
  std::uint32_t mark = 0;
  if (bytes.size() < sizeof mark) return false;
  std::memcpy(&mark, bytes.data(), sizeof mark);
  return mark == kLocalHeader || mark == kEnd;
}

const ZipEntry* ZipReader::find(std::string_view name) const noexcept {
  const auto name_of_place = [&](std::size_t i) -> std::string_view { return entries_[i].name; };
  const auto place = std::ranges::lower_bound(by_name_, name, {}, name_of_place);
  return place != by_name_.end() && entries_[*place].name == name ? &entries_[*place] : nullptr;
}

std::span<const std::byte> ZipReader::read(const ZipEntry& entry) const {
  if (add_to_crc32(0, entry.data) != entry.checksum)
    fail(where_, "its entry " + shown(entry.name) + " is not what was written: the checksum does not match",
         "use another copy of the file");
  return entry.data;
}

}  // namespace seg
