// SPDX-License-Identifier: Apache-2.0
#include "formats/hdf5_values.h"

#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace seg {
namespace {

using Buffer = std::vector<std::byte>;

constexpr std::size_t kCheckBytes = 4;

std::size_t size_of(std::int64_t count) { return static_cast<std::size_t>(count); }

// zlib's format: header, deflate, Adler-32. False unless it gives just as many bytes as `to` has.
bool inflate_all(std::span<const std::byte> from, std::span<std::byte> to) {
  inflate_state state;
  isal_inflate_init(&state);
  state.crc_flag = ISAL_ZLIB;
  state.next_in = reinterpret_cast<std::uint8_t*>(const_cast<std::byte*>(from.data()));
  state.avail_in = static_cast<std::uint32_t>(from.size());
  state.next_out = reinterpret_cast<std::uint8_t*>(to.data());
  state.avail_out = static_cast<std::uint32_t>(to.size());
  return isal_inflate(&state) == ISAL_DECOMP_OK && state.block_state == ISAL_BLOCK_FINISH && state.avail_out == 0;
}

// From all first bytes, all second bytes, …, to values.
void unshuffle(std::span<const std::byte> from, std::size_t value_bytes, std::span<std::byte> to) {
  const std::size_t count = from.size() / value_bytes;
  for (std::size_t byte = 0; byte < value_bytes; ++byte)
    for (std::size_t i = 0; i < count; ++i) to[i * value_bytes + byte] = from[byte * count + i];
  std::copy(from.begin() + static_cast<std::ptrdiff_t>(count * value_bytes), from.end(),
            to.begin() + static_cast<std::ptrdiff_t>(count * value_bytes));
}

class ChunkReader {
 public:
  ChunkReader(const PositionedFile& file, const Hdf5Array& array) : file_(file), array_(array) {
    for (std::size_t i = 0; i < 4; ++i) counts_[i] = (array.shape[i] + array.chunk_shape[i] - 1) / array.chunk_shape[i];
  }

  // Valid until the thread's next call.
  std::span<const std::byte> read(const Hdf5Shape& place) {
    std::int64_t number = 0;
    for (std::size_t i = 0; i < 4; ++i) number = number * counts_[i] + place[i];
    const Hdf5Chunk& chunk = array_.chunks[size_of(number)];
    std::size_t bytes = size_of(array_.value_bytes);
    for (const std::int64_t side : array_.chunk_shape) bytes *= size_of(side);
    if (!could_hold(chunk, bytes)) fail_damaged(number);
    static thread_local Buffer stored, other;  // for their memory
    stored.resize(chunk.bytes);
    file_.read(chunk.at, stored);
    undo_filters(chunk, bytes, stored, other);
    if (stored.size() != bytes) fail_damaged(number);
    return stored;
  }

 private:
  // Before memory is taken for it. A byte of deflate becomes 1032 at most, and what does not shrink hardly grows.
  bool could_hold(const Hdf5Chunk& chunk, std::size_t bytes) const {
    bool is_deflated = false;
    for (std::size_t i = 0; i < array_.filters.size(); ++i)
      is_deflated = is_deflated || (array_.filters[i] == Hdf5Filter::deflate && is_applied(i, chunk));
    return bytes <= size_of(chunk.bytes) * (is_deflated ? 1032 : 1) && chunk.bytes <= 2 * bytes + 1024;
  }

  static bool is_applied(std::size_t filter, const Hdf5Chunk& chunk) {
    return filter >= 32 || (chunk.skipped_filters >> filter & 1U) == 0;
  }

  // In the reverse order of writing; what follows a filter in writing made the data that it gets here.
  void undo_filters(const Hdf5Chunk& chunk, std::size_t bytes, Buffer& data, Buffer& other) const {
    for (std::size_t i = array_.filters.size(); i-- > 0;) {
      if (!is_applied(i, chunk)) continue;
      switch (array_.filters[i]) {
        case Hdf5Filter::fletcher32: take_check(chunk, data); break;
        case Hdf5Filter::shuffle:
          other.resize(data.size());
          unshuffle(data, size_of(array_.value_bytes), other);
          std::swap(data, other);
          break;
        case Hdf5Filter::deflate:
          other.resize(bytes + kCheckBytes * size_of(checks_before(i, chunk)));
          if (!inflate_all(data, other)) fail_damaged(&chunk - array_.chunks.data());
          std::swap(data, other);
          break;
      }
    }
  }

  std::int64_t checks_before(std::size_t filter, const Hdf5Chunk& chunk) const {
    std::int64_t count = 0;
    for (std::size_t i = 0; i < filter; ++i)
      count += array_.filters[i] == Hdf5Filter::fletcher32 && is_applied(i, chunk) ? 1 : 0;
    return count;
  }

  void take_check(const Hdf5Chunk& chunk, Buffer& data) const {
    if (data.size() < kCheckBytes) fail_damaged(&chunk - array_.chunks.data());
    const std::size_t size = data.size() - kCheckBytes;
    std::uint32_t expected = 0;
    for (std::size_t i = 0; i < kCheckBytes; ++i) expected |= std::to_integer<std::uint32_t>(data[size + i]) << 8 * i;
    data.resize(size);
    if (fletcher32(data) != expected) fail_damaged(&chunk - array_.chunks.data());
  }

  [[noreturn]] void fail_damaged(std::int64_t number) const {
    fail(file_.path().string(), "array " + array_.name + " is damaged: chunk " + std::to_string(number),
         "copy or write the file again");
  }

  const PositionedFile& file_;
  const Hdf5Array& array_;
  Hdf5Shape counts_{};
};

void read_piece(const PositionedFile& file, const Hdf5Array& array, const Hdf5Window& window, std::span<std::byte> to) {
  const std::int64_t pixel_bytes = array.shape[3] * array.value_bytes;
  const auto place = [&](std::int64_t row) {
    const std::int64_t pixels = (window.image * array.shape[1] + row) * array.shape[2] + window.left;
    return array.at + static_cast<std::uint64_t>(pixels * pixel_bytes);
  };
  if (window.width == array.shape[2]) return file.read(place(window.top), to);
  const std::size_t row_bytes = size_of(window.width * pixel_bytes);
  for (std::int64_t y = 0; y < window.height; ++y)
    file.read(place(window.top + y), to.subspan(size_of(y) * row_bytes, row_bytes));
}

// Part of a side: [begin, end) of the array that chunk number `place` shares with [first, first + count).
struct Shared {
  std::int64_t begin, end;
};
Shared shared(std::int64_t place, std::int64_t side, std::int64_t first, std::int64_t count) {
  return {std::max(place * side, first), std::min((place + 1) * side, first + count)};
}

void copy_shared(const Hdf5Array& array, const Hdf5Shape& place, const Hdf5Window& window,
                 std::span<const std::byte> chunk, std::span<std::byte> to) {
  const Hdf5Shape& side = array.chunk_shape;
  const Shared rows = shared(place[1], side[1], window.top, window.height);
  const Shared columns = shared(place[2], side[2], window.left, window.width);
  const Shared channels = shared(place[3], side[3], 0, array.shape[3]);
  const std::int64_t image = window.image - place[0] * side[0];
  const std::int64_t count = channels.end - channels.begin;
  const bool is_dense = count == array.shape[3] && side[3] == count;
  for (std::int64_t y = rows.begin; y < rows.end; ++y) {
    std::int64_t from = ((image * side[1] + y - place[1] * side[1]) * side[2] + columns.begin - place[2] * side[2]) *
                        side[3] * array.value_bytes;
    std::int64_t target =
        (((y - window.top) * window.width + columns.begin - window.left) * array.shape[3] + channels.begin) *
        array.value_bytes;
    const std::int64_t pixels = columns.end - columns.begin;
    if (is_dense) {
      std::memcpy(&to[size_of(target)], &chunk[size_of(from)], size_of(pixels * count * array.value_bytes));
      continue;
    }
    for (std::int64_t x = 0; x < pixels; ++x) {
      std::memcpy(&to[size_of(target)], &chunk[size_of(from)], size_of(count * array.value_bytes));
      from += side[3] * array.value_bytes;
      target += array.shape[3] * array.value_bytes;
    }
  }
}

void read_chunks(const PositionedFile& file, const Hdf5Array& array, const Hdf5Window& window,
                 std::span<std::byte> to) {
  ChunkReader reader(file, array);
  const Hdf5Shape& side = array.chunk_shape;
  const std::int64_t image = window.image / side[0];
  for (std::int64_t y = window.top / side[1]; y * side[1] < window.top + window.height; ++y)
    for (std::int64_t x = window.left / side[2]; x * side[2] < window.left + window.width; ++x)
      for (std::int64_t c = 0; c * side[3] < array.shape[3]; ++c) {
        const Hdf5Shape place{image, y, x, c};
        copy_shared(array, place, window, reader.read(place), to);
      }
}

}  // namespace

void read_hdf5_window(const PositionedFile& file, const Hdf5Array& array, const Hdf5Window& window,
                      std::span<std::byte> to) {
  assert(window.image >= 0 && window.image < array.shape[0]);
  assert(window.top >= 0 && window.left >= 0 && window.top + window.height <= array.shape[1]);
  assert(window.left + window.width <= array.shape[2]);
  assert(to.size() == size_of(window.height * window.width * array.shape[3] * array.value_bytes));
  if (to.empty()) return;
  (array.is_chunked() ? read_chunks : read_piece)(file, array, window, to);
  if (!array.is_big_endian) return;
  for (std::size_t i = 0; i + 1 < to.size(); i += 2) std::swap(to[i], to[i + 1]);
}

std::uint32_t fletcher32(std::span<const std::byte> data) noexcept {
  constexpr std::size_t kWordsUntilOverflow = 360;  // of the second sum
  std::uint32_t sum = 0, sum_of_sums = 0;
  const auto fold = [](std::uint32_t value) { return (value & 0xffff) + (value >> 16); };
  for (std::size_t i = 0, words = 0; i < data.size(); i += 2) {
    sum += std::to_integer<std::uint32_t>(data[i]) << 8;
    if (i + 1 < data.size()) sum += std::to_integer<std::uint32_t>(data[i + 1]);
    sum_of_sums += sum;
    if (++words % kWordsUntilOverflow != 0) continue;
    sum = fold(sum);
    sum_of_sums = fold(sum_of_sums);
  }
  return fold(fold(sum_of_sums)) << 16 | fold(fold(sum));
}

}  // namespace seg
