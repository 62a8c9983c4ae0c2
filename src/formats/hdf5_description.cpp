// SPDX-License-Identifier: Apache-2.0
#include "formats/hdf5_description.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "base/little_endian.h"
#include "base/plain_text.h"

namespace seg {
namespace {

constexpr std::uint32_t kMark = 0x48474553;  // "SEGH"
constexpr std::size_t kChunkBytes = 16;
constexpr std::size_t kLeastArrayBytes = 4 + 2 * 32 + 2 + 8 + 1 + 8;

void append_text(std::string& bytes, const std::string& text) {
  append_number(bytes, static_cast<std::uint32_t>(text.size()));
  bytes += text;
}

void append_array(std::string& bytes, const Hdf5Array& array, const std::string& member) {
  append_text(bytes, member);
  for (const std::int64_t side : array.shape) append_number(bytes, side);
  append_number(bytes, static_cast<std::uint8_t>(array.value_bytes));
  append_number(bytes, static_cast<std::uint8_t>(array.is_big_endian ? 1 : 0));
  append_number(bytes, array.at);
  for (const std::int64_t side : array.chunk_shape) append_number(bytes, side);
  append_number(bytes, static_cast<std::uint8_t>(array.filters.size()));
  for (const Hdf5Filter filter : array.filters) append_number(bytes, static_cast<std::uint8_t>(filter));
  append_number(bytes, static_cast<std::uint64_t>(array.chunks.size()));
  for (const Hdf5Chunk& chunk : array.chunks) {
    append_number(bytes, chunk.at);
    append_number(bytes, chunk.bytes);
    append_number(bytes, chunk.skipped_filters);
  }
}

std::size_t size_of(const Hdf5Description& description) {
  std::size_t size = 64;
  for (const Hdf5Holding& holding : description.holdings)
    for (std::size_t i = 0; i < holding.arrays.size(); ++i)
      size += kLeastArrayBytes + holding.arrays[i].filters.size() + kChunkBytes * holding.arrays[i].chunks.size() +
              (holding.is_group ? holding.members[i].size() : 0);
  return size;
}

// Thrown and caught within this file.
struct Contradiction {};

void require(bool holds) {
  if (!holds) throw Contradiction{};
}

class Reader {
 public:
  Reader(std::string_view bytes, const Hdf5Described& of) : bytes_(bytes), of_(of) {}

  Hdf5Description run() {
    require(take<std::uint32_t>() == kMark);
    Hdf5Description description;
    if (take_flag()) {
      Problem& refusal = description.refusal.emplace();
      refusal.what = take_text();
      refusal.remedy = take_text();
    } else {
      for (const std::string& name : of_.query.names) description.holdings.push_back(take_holding(name));
    }
    require(bytes_.empty());
    return description;
  }

 private:
  template <class T>
  T take() {
    require(bytes_.size() >= sizeof(T));
    const T number = number_at<T>(bytes_, 0);
    bytes_.remove_prefix(sizeof(T));
    return number;
  }
  bool take_flag() {
    const auto flag = take<std::uint8_t>();
    require(flag <= 1);
    return flag == 1;
  }
  std::string take_text() {
    const auto size = take<std::uint32_t>();
    require(size <= bytes_.size());
    std::string text(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    return text;
  }

  Hdf5Holding take_holding(const std::string& name) {
    Hdf5Holding holding{.is_group = take_flag(), .members = {}, .arrays = {}};
    const auto count = take<std::uint64_t>();
    require(holding.is_group ? count <= of_.query.most_members : count == 1);
    require(count <= bytes_.size() / kLeastArrayBytes);
    for (std::uint64_t i = 0; i < count; ++i) {
      std::string member = take_text();
      Hdf5Array array;
      array.name = plain_text(name);
      if (holding.is_group) {
        array.name += '/';
        array.name += plain_text(member);
        require(holding.members.empty() || holding.members.back() < member);
        holding.members.push_back(std::move(member));
      }
      take_array(array, holding.is_group);
      holding.arrays.push_back(std::move(array));
    }
    return holding;
  }

  void take_array(Hdf5Array& array, bool is_one_image) {
    for (std::int64_t& side : array.shape) side = take<std::int64_t>();
    for (const std::int64_t side : array.shape) require(side >= 1 && side <= kLargestHdf5Side);
    require(!is_one_image || array.shape[0] == 1);
    require(array.shape[1] <= kMostHdf5Pixels / array.shape[2] && array.shape[3] <= kMostHdf5Channels);
    array.value_bytes = take<std::uint8_t>();
    require(array.value_bytes == 1 || array.value_bytes == 2);
    array.is_big_endian = take_flag();
    array.at = take<std::uint64_t>();
    for (std::int64_t& side : array.chunk_shape) side = take<std::int64_t>();
    take_filters(array);
    const auto num_chunks = take<std::uint64_t>();
    if (!of_.query.has_places)
      require(array.at == 0 && array.chunk_shape == Hdf5Shape{} && array.filters.empty() && num_chunks == 0);
    else if (array.is_chunked())
      take_chunks(array, num_chunks);
    else
      require_one_piece(array, num_chunks);
  }

  void take_filters(Hdf5Array& array) {
    const std::size_t count = take<std::uint8_t>();
    require(count <= kMostHdf5Filters);
    for (std::size_t i = 0; i < count; ++i) {
      const auto filter = take<std::uint8_t>();
      require(filter <= static_cast<std::uint8_t>(Hdf5Filter::fletcher32));
      array.filters.push_back(static_cast<Hdf5Filter>(filter));
    }
    require(std::ranges::count(array.filters, Hdf5Filter::deflate) <= 1);
  }

  void require_one_piece(const Hdf5Array& array, std::uint64_t num_chunks) const {
    require(array.chunk_shape == Hdf5Shape{} && array.filters.empty() && num_chunks == 0);
    // The limits of the sides keep the image below 2^35 bytes.
    const auto image = static_cast<std::uint64_t>(array.shape[1] * array.shape[2] * array.shape[3] * array.value_bytes);
    require(array.at <= of_.file_bytes &&
            static_cast<std::uint64_t>(array.shape[0]) <= (of_.file_bytes - array.at) / image);
  }

  void take_chunks(Hdf5Array& array, std::uint64_t num_chunks) {
    std::int64_t values = 1, wanted = 1;
    for (std::size_t i = 0; i < array.shape.size(); ++i) {
      const std::int64_t side = array.chunk_shape[i];
      require(side >= 1 && side <= kLargestHdf5Chunk / array.value_bytes / values);
      values *= side;
      const std::int64_t count = (array.shape[i] + side - 1) / side;
      require(count <= kMostHdf5Chunks / wanted);
      wanted *= count;
    }
    require(num_chunks == static_cast<std::uint64_t>(wanted) && num_chunks <= bytes_.size() / kChunkBytes);
    array.chunks.reserve(num_chunks);
    for (std::uint64_t i = 0; i < num_chunks; ++i) {
      const auto at = take<std::uint64_t>();
      const auto size = take<std::uint32_t>();
      require(size > 0 && at <= of_.file_bytes && size <= of_.file_bytes - at);
      array.chunks.push_back({.at = at, .bytes = size, .skipped_filters = take<std::uint32_t>()});
    }
  }

  std::string_view bytes_;
  const Hdf5Described& of_;
};

}  // namespace

std::string hdf5_description_bytes(const Hdf5Description& description) {
  std::string bytes;
  bytes.reserve(size_of(description));
  append_number(bytes, kMark);
  append_number(bytes, static_cast<std::uint8_t>(description.refusal ? 1 : 0));
  if (description.refusal) {
    append_text(bytes, description.refusal->what);
    append_text(bytes, description.refusal->remedy);
    return bytes;
  }
  for (const Hdf5Holding& holding : description.holdings) {
    append_number(bytes, static_cast<std::uint8_t>(holding.is_group ? 1 : 0));
    append_number(bytes, static_cast<std::uint64_t>(holding.arrays.size()));
    for (std::size_t i = 0; i < holding.arrays.size(); ++i)
      append_array(bytes, holding.arrays[i], holding.is_group ? holding.members[i] : std::string());
  }
  return bytes;
}

std::optional<Hdf5Description> read_hdf5_description(std::string_view bytes, const Hdf5Described& of) {
  try {
    return Reader(bytes, of).run();
  } catch (const Contradiction&) {
    return std::nullopt;
  }
}

}  // namespace seg
