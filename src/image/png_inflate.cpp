// SPDX-License-Identifier: Apache-2.0
#include "image/png_inflate.h"

#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace seg {
namespace {

// Every call of isal_inflate() costs a copy of its history, and programs write pieces of 8 KiB: so small pieces are
// gathered, which costs less than the calls, and large ones are used in place.
constexpr std::size_t kGathered = std::size_t{64} << 10, kLarge = kGathered / 2;

constexpr unsigned kDeflate = 8, kLargestWindow = 7, kHasDictionary = 0x20;

std::uint8_t* writable(std::byte* bytes) noexcept { return reinterpret_cast<std::uint8_t*>(bytes); }

}  // namespace

PngInflate::PngInflate() : state_(std::make_unique<inflate_state>()), gathered_(kGathered) {}
PngInflate::~PngInflate() = default;

void PngInflate::begin(PngChunks& chunks, std::string_view where, Checked checked) {
  chunks_ = &chunks;
  where_ = where;
  piece_ = {};
  isal_inflate_init(state_.get());
  state_->avail_in = 0;
  state_->crc_flag = checked == Checked::to_the_end ? ISAL_ZLIB_NO_HDR_VER : ISAL_DEFLATE;
  const auto method = std::to_integer<unsigned>(next_byte()), flags = std::to_integer<unsigned>(next_byte());
  if ((method & 15) != kDeflate || method >> 4 > kLargestWindow || (method << 8 | flags) % 31 != 0 ||
      (flags & kHasDictionary) != 0)
    fail(std::string(where_), "the PNG is damaged: its compressed pixels do not begin as they must", kDamagedPngRemedy);
}

bool PngInflate::refill() {
  if (piece_.empty()) piece_ = chunks_->next_piece();
  std::span<const std::byte> input = std::exchange(piece_, {});
  if (input.size() < kLarge) input = gathered_with(input);
  state_->next_in = writable(const_cast<std::byte*>(input.data()));  // ISA-L only reads there
  state_->avail_in = static_cast<std::uint32_t>(input.size());
  return !input.empty();
}

std::span<const std::byte> PngInflate::gathered_with(std::span<const std::byte> first) {
  std::size_t size = 0;
  for (piece_ = first; !piece_.empty() && piece_.size() <= kGathered - size;) {
    std::memcpy(gathered_.data() + size, piece_.data(), piece_.size());
    size += std::exchange(piece_, {}).size();
    try {
      piece_ = chunks_->next_piece();
    } catch (const UserError&) {
      break;  // perhaps it is not needed; if it is, the next call says so again
    }
  }
  return {gathered_.data(), size};
}

std::byte PngInflate::next_byte() {
  if (state_->avail_in == 0 && !refill()) fail_short();
  --state_->avail_in;
  return std::byte{*state_->next_in++};
}

// One step: until the output is full, the input is used up, or the compressed pixels end.
void PngInflate::advance() {
  const auto avail_in = state_->avail_in, avail_out = state_->avail_out;
  const auto before = state_->block_state;
  const int result = isal_inflate(state_.get());
  if (result == ISAL_INCORRECT_CHECKSUM)
    fail(std::string(where_), "the PNG is damaged: its pixels do not match their checksum", kDamagedPngRemedy);
  if (result < 0)
    fail(std::string(where_), "the PNG is damaged: its compressed pixels are not valid", kDamagedPngRemedy);
  const bool moved = state_->avail_in != avail_in || state_->avail_out != avail_out || state_->block_state != before;
  if (!moved && state_->avail_in > 0)
    fail(std::string(where_), "the PNG is damaged: its compressed pixels are not valid", kDamagedPngRemedy);
}

void PngInflate::read(std::span<std::byte> to) {
  state_->next_out = writable(to.data());
  state_->avail_out = static_cast<std::uint32_t>(to.size());
  while (state_->avail_out > 0) {
    advance();  // even without input: ISA-L may hold bytes back
    if (state_->avail_out == 0) return;
    if (state_->block_state == ISAL_BLOCK_FINISH) fail_short();
    if (state_->avail_in == 0 && !refill()) fail_short();
  }
}

void PngInflate::finish() {
  state_->next_out = writable(&surplus_);
  state_->avail_out = 1;
  while (state_->block_state != ISAL_BLOCK_FINISH && state_->avail_out > 0) {
    advance();
    const bool waits = state_->block_state != ISAL_BLOCK_FINISH && state_->avail_out > 0 && state_->avail_in == 0;
    if (waits && !refill()) fail_short();
  }
  const bool unused = state_->avail_in > 0 || state_->read_in_length >= 8 || !piece_.empty();
  if (state_->avail_out == 0 || unused)
    fail(std::string(where_), "the PNG is damaged: it holds more than its rows", kDamagedPngRemedy);
}

void PngInflate::fail_short() const {
  fail(std::string(where_), "the PNG is damaged: its compressed pixels end before its last row", kDamagedPngRemedy);
}

}  // namespace seg
