// SPDX-License-Identifier: Apache-2.0
#include "image/png_at_once.h"

#include <libdeflate.h>

#include <algorithm>
#include <new>

#include "base/error.h"
#include "image/png_chunks.h"
#include "image/unfilter.h"

namespace seg {
namespace {

constexpr std::size_t kLeastRatio = 8;                       // of the rows to the file
constexpr std::size_t kLargestRows = std::size_t{32} << 20;  // bytes

}  // namespace

PngAtOnce::PngAtOnce() : decompressor_(libdeflate_alloc_decompressor()) {
  if (decompressor_ == nullptr) throw std::bad_alloc();
}
PngAtOnce::~PngAtOnce() = default;

void PngAtOnce::Free::operator()(libdeflate_decompressor* decompressor) const noexcept {
  libdeflate_free_decompressor(decompressor);
}

// The compressed pixels of all chunks; false if one is damaged.
bool PngAtOnce::gather(std::span<const std::byte> file, std::string_view where, const PngHeader& header) {
  compressed_.resize(std::max(compressed_.size(), file.size()));
  std::size_t size = 0;
  try {
    PngChunks chunks(file, where, header);
    for (auto piece = chunks.next_piece(); !piece.empty(); piece = chunks.next_piece()) {
      std::ranges::copy(piece, compressed_.begin() + static_cast<std::ptrdiff_t>(size));
      size += piece.size();
    }
    chunks.finish();
  } catch (const UserError&) {
    return false;
  }
  compressed_.resize(size);
  return true;
}

std::int64_t PngAtOnce::most_bytes(std::int64_t rows) noexcept {
  return rows > static_cast<std::int64_t>(kLargestRows) ? 0 : rows + rows / static_cast<std::int64_t>(kLeastRatio);
}

std::span<const std::byte> PngAtOnce::inflate(std::span<const std::byte> file, std::string_view where,
                                              const PngHeader& header) {
  const std::size_t size = static_cast<std::size_t>(header.height) * (1 + static_cast<std::size_t>(header.row_bytes()));
  if (size > kLargestRows || size / kLeastRatio < file.size() || !gather(file, where, header)) return {};
  rows_.resize(std::max(rows_.size(), size + 2 * RowUnfilter::kSlack));
  std::byte* const rows = rows_.data() + RowUnfilter::kSlack;
  std::size_t taken = 0, made = 0;
  const libdeflate_result result = libdeflate_zlib_decompress_ex(decompressor_.get(), compressed_.data(),
                                                                 compressed_.size(), rows, size, &taken, &made);
  if (result != LIBDEFLATE_SUCCESS || taken != compressed_.size() || made != size) return {};
  return {rows, size};
}

}  // namespace seg
