// SPDX-License-Identifier: Apache-2.0
#include "formats/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <unordered_set>
#include <utility>

#include "base/counted.h"
#include "base/error.h"
#include "formats/crc32.h"

namespace seg {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

static_assert(std::endian::native == std::endian::little, "the file's numbers are used where they lie");

constexpr std::size_t kPrefixBytes = 8;
constexpr std::size_t kMaxHeaderBytes = 100'000'000;  // the format's own limit
constexpr std::string_view kMetadataName = "__metadata__";

std::string json_text(std::string_view text) { return Json(text).dump(); }

// What the header claims about one tensor.
struct Claim {
  std::string name;
  std::optional<TensorType> type;
  std::optional<std::vector<std::uint64_t>> shape, offsets;
};

// Takes the header apart as the parser meets it: whatever cannot belong to a header ends the parse, so nothing deep or
// large is ever built. Every event returns whether to go on.
class HeaderReader final : public nlohmann::json_sax<Json> {
 public:
  std::vector<Claim> claims;
  Metadata metadata;
  std::string problem;

  bool start_object(std::size_t) override {
    if (place_ == Place::start) return enter(Place::header);
    if (place_ != Place::header) return unexpected("an object");
    if (key_ == kMetadataName) return enter(Place::metadata);
    claims.push_back({.name = key_, .type = {}, .shape = {}, .offsets = {}});
    return enter(Place::tensor);
  }
  bool key(std::string& name) override {
    key_ = name;
    if (place_ == Place::header && !names_.insert(name).second) return refuse("names " + shown(name) + " twice");
    if (place_ == Place::metadata && metadata.contains(name)) {
      return refuse("names " + shown(name) + " twice in its metadata");
    }
    return true;
  }
  bool end_object() override {
    if (place_ == Place::header) return enter(Place::end);
    if (place_ == Place::tensor) {
      const Claim& claim = claims.back();
      if (!claim.type || !claim.shape || !claim.offsets) {
        return refuse("tensor " + shown(claim.name) + " lacks dtype, shape or data_offsets");
      }
    }
    return enter(Place::header);
  }
  bool start_array(std::size_t) override {
    if (place_ == Place::tensor && key_ == "shape") return begin_numbers(claims.back().shape);
    if (place_ == Place::tensor && key_ == "data_offsets") return begin_numbers(claims.back().offsets);
    return unexpected("a list");
  }
  bool end_array() override {
    if (key_ == "data_offsets" && numbers_->size() != 2) return unexpected("a list that is no pair");
    return enter(Place::tensor);
  }
  bool number_unsigned(std::uint64_t value) override {
    if (place_ != Place::numbers) return unexpected("a number");
    if (numbers_->size() == kMaxRank) return unexpected("too long a list");
    numbers_->push_back(value);
    return true;
  }
  bool string(std::string& text) override {
    if (place_ == Place::metadata) return metadata.emplace(key_, std::move(text)).second;
    if (place_ != Place::tensor || key_ != "dtype") return unexpected("a text");
    if (claims.back().type) return unexpected("a second value");
    claims.back().type = tensor_type_named(text);
    return claims.back().type ? true
                              : refuse("tensor " + shown(claims.back().name) + " is of unknown type " + shown(text));
  }
  bool number_integer(std::int64_t) override { return unexpected("a negative number"); }
  bool number_float(double, const std::string&) override {
    return unexpected("a number that is not whole or too large");
  }
  bool null() override { return unexpected("null"); }
  bool boolean(bool) override { return unexpected("a truth value"); }
  bool binary(Json::binary_t&) override { return unexpected("binary data"); }
  bool parse_error(std::size_t position, const std::string&, const Json::exception&) override {
    return refuse("is no JSON (at its byte " + std::to_string(position) + ")");
  }

 private:
  enum class Place { start, header, metadata, tensor, numbers, end };

  bool enter(Place place) {
    place_ = place;
    return true;
  }
  bool begin_numbers(std::optional<std::vector<std::uint64_t>>& numbers) {
    if (numbers) return unexpected("a second value");
    numbers_ = &numbers.emplace();
    return enter(Place::numbers);
  }
  bool refuse(std::string text) {
    problem = std::move(text);
    return false;
  }
  bool unexpected(const std::string& what) {
    if (place_ == Place::start) return refuse("is " + what + " instead of an object");
    const bool is_inside = place_ == Place::tensor || place_ == Place::numbers;
    return refuse("has " + what + " as " + shown(key_) + (is_inside ? " of tensor " + shown(claims.back().name) : ""));
  }

  Place place_ = Place::start;
  std::string key_;
  std::unordered_set<std::string> names_;
  std::vector<std::uint64_t>* numbers_ = nullptr;  // of the last claim
};

[[noreturn]] void refuse(const fs::path& path, std::string what) {
  fail(path.string(), std::move(what), "the file is damaged, cut off or no safetensors file: copy or write it again");
}

HeaderReader read_header(const fs::path& path, std::string_view text) {
  HeaderReader reader;
  // The parser would take a zero byte for the end and a byte-order mark for nothing.
  if (!text.starts_with('{') || text.find('\0') != text.npos) refuse(path, "its header is no JSON object");
  if (!Json::sax_parse(text.begin(), text.end(), &reader)) refuse(path, "its header " + reader.problem);
  return reader;
}

// Ranges are checked in the order of the data, where each must begin at the end of the one before.
std::vector<TensorEntry> checked(const fs::path& path, std::vector<Claim> claims, std::span<const std::byte> data) {
  // Stable: tensors without bytes may share their place, and keep the order of the header.
  std::stable_sort(claims.begin(), claims.end(),
                   [](const Claim& a, const Claim& b) { return *a.offsets < *b.offsets; });
  std::vector<TensorEntry> tensors;
  tensors.reserve(claims.size());
  std::uint64_t expected_begin = 0;
  for (Claim& claim : claims) {
    const std::string tensor = "tensor " + shown(claim.name);
    const std::uint64_t begin = claim.offsets->front(), end = claim.offsets->back();
    if (begin > end) refuse(path, tensor + " ends before it begins");
    if (begin < expected_begin) refuse(path, tensor + " overlaps another one");
    if (begin > expected_begin) refuse(path, "unused bytes lie before " + tensor);
    if (end > data.size()) {
      refuse(path, tensor + " ends at byte " + std::to_string(end) + " of " + std::to_string(data.size()));
    }
    expected_begin = end;

    TensorEntry entry{.name = std::move(claim.name), .type = *claim.type, .shape = {}, .data = {}};
    // A size of 64 bits becomes negative, which bytes_of() refuses.
    for (const std::uint64_t size : *claim.shape) entry.shape.push_back(static_cast<std::int64_t>(size));
    const std::optional<std::int64_t> bytes = bytes_of(entry.type, entry.shape);
    if (!bytes) refuse(path, tensor + " is too large");
    if (static_cast<std::uint64_t>(*bytes) != end - begin) {
      refuse(path,
             tensor + " has " + counted(end - begin, "byte") + ", its shape and type want " + std::to_string(*bytes));
    }
    entry.data = data.subspan(begin, end - begin);
    tensors.push_back(std::move(entry));
  }
  if (expected_begin != data.size()) {
    refuse(path, "holds " + counted(data.size() - expected_begin, "byte") + " behind its last tensor");
  }
  return tensors;
}

std::string joined_numbers(std::span<const std::int64_t> numbers) {
  std::string text;
  for (const std::int64_t number : numbers) text += (text.empty() ? "" : ",") + std::to_string(number);
  return text;
}

// Not padded. Throws Json::type_error for what is not UTF-8.
std::string header_text(std::span<const TensorEntry> tensors, const Metadata& metadata) {
  std::string text = "{";
  if (!metadata.empty()) text += json_text(kMetadataName) + ":" + Json(metadata).dump();
  std::int64_t offset = 0;
  for (const TensorEntry& tensor : tensors) {
    const std::int64_t begin = std::exchange(offset, offset + *bytes_of(tensor.type, tensor.shape));
    if (text.size() > 1) text += ',';
    text += json_text(tensor.name) + R"(:{"dtype":")" + std::string(name_of(tensor.type)) + R"(","shape":[)" +
            joined_numbers(tensor.shape) + R"(],"data_offsets":[)" + std::to_string(begin) + "," +
            std::to_string(offset) + "]}";
  }
  return text + "}";
}

// Covers the header as we write it without the checksum, then the data: names, shapes and metadata count as much as
// numbers. The form of header_text() is therefore part of our files.
std::string checksum_of(const TensorSource& tensors, Metadata metadata) {
  metadata.erase(std::string(kChecksumKey));
  const std::string header = header_text(tensors.tensors(), metadata);
  std::uint32_t checksum = add_to_crc32(0, std::as_bytes(std::span(header)));
  for (std::size_t i = 0; i < tensors.tensors().size(); ++i) checksum = add_to_crc32(checksum, tensors.bytes(i));
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(8, '0');
  for (auto digit = text.rbegin(); digit != text.rend(); ++digit, checksum /= 16) *digit = kDigits[checksum % 16];
  return text;
}

}  // namespace

SafetensorsFile::SafetensorsFile(const fs::path& path) : file_(path) {
  const std::span<const std::byte> bytes = file_.bytes();
  if (bytes.size() < kPrefixBytes) refuse(path, "too short to be a safetensors file");
  std::uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, bytes.data(), kPrefixBytes);
  if (header_bytes > kMaxHeaderBytes) {
    refuse(path, "no safetensors file: its header would have " + std::to_string(header_bytes) + " bytes");
  }
  if (header_bytes > bytes.size() - kPrefixBytes) refuse(path, "ends within its header");
  const std::span<const std::byte> header = bytes.subspan(kPrefixBytes, header_bytes);
  HeaderReader reader = read_header(path, {reinterpret_cast<const char*>(header.data()), header.size()});
  tensors_ = checked(path, std::move(reader.claims), bytes.subspan(kPrefixBytes + header_bytes));
  metadata_ = std::move(reader.metadata);
}

const TensorEntry* SafetensorsFile::find(std::string_view name) const noexcept { return find_entry(tensors_, name); }

bool SafetensorsFile::checksum_matches() const {
  const auto stored = metadata_.find(std::string(kChecksumKey));
  return stored != metadata_.end() && stored->second == checksum_of(TensorSource(tensors_), metadata_);
}

void write_safetensors(const fs::path& path, const TensorSource& tensors, const Metadata& metadata) {
  check_names_and_shapes(tensors.tensors());
  if (find_entry(tensors.tensors(), kMetadataName) != nullptr)
    throw std::logic_error("write_safetensors: a reserved name");
  std::string header;
  try {
    Metadata with_checksum = metadata;
    with_checksum[std::string(kChecksumKey)] = checksum_of(tensors, metadata);
    header = header_text(tensors.tensors(), with_checksum);
  } catch (const Json::type_error&) {
    fail(path.string(), "cannot hold a name or text that is not UTF-8",
         "rename what the config or the class list names");
  }
  // Data begins at a multiple of 8, so that readers may use it where it lies.
  header.append((kPrefixBytes - header.size() % kPrefixBytes) % kPrefixBytes, ' ');
  if (header.size() > kMaxHeaderBytes) throw std::logic_error("write_safetensors: header too long");

  const std::uint64_t header_bytes = header.size();
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(&header_bytes, 1)));
  file.write(header);
  for (std::size_t i = 0; i < tensors.tensors().size(); ++i) file.write(tensors.bytes(i));
  file.commit();
}

}  // namespace seg
