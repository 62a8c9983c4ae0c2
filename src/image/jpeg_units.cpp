// SPDX-License-Identifier: Apache-2.0
#include "image/jpeg_units.h"

#include <algorithm>
#include <cstdlib>

namespace seg {
namespace {

constexpr std::uint8_t kEndOfImage = 0xd9, kFirstRestart = 0xd0;
constexpr std::int32_t kLargestDc = 1 << 28;  // far from where adding a row's differences would overflow

// Where in a group the coefficient of each place is. What an entry's value is no coefficient of (it ends the block, or
// leads beyond) goes to the first one, which is written last.
constexpr std::array<std::uint8_t, 256> kGroupPlace = [] {
  std::array<std::uint8_t, 256> place{};
  for (std::size_t i = 0; i < 64; ++i)
    place[i] = static_cast<std::uint8_t>(kJpegOrder[i] / 8 * 8 * JpegTile::kGroupBlocks + kJpegOrder[i] % 8);
  return place;
}();

inline void put(std::int16_t* group, int place, int value) {
  group[kGroupPlace[static_cast<std::size_t>(place)]] = static_cast<std::int16_t>(value);
}

// One code and its value.
inline int read_coefficient(JpegBitReader& reader, std::uint32_t entry, std::int16_t* group, int place) {
  reader.drop(JpegEntry::bits(entry));
  place += JpegEntry::step(entry);
  put(group, place, JpegEntry::value(entry));
  return place;
}

// All but the first coefficient. Returns the place where the block ended.
inline int read_coefficients(JpegBitReader& reader, const JpegHuffman& code, std::int16_t* group) {
  // So many short ones may be taken before one of any length.
  constexpr int kShort = (JpegBitReader::kFilled - JpegHuffman::kMostBits) / JpegHuffman::kLookBits;
  int place = 0;
  do {
    reader.refill();
    for (int left = kShort;; --left) {
      const std::uint64_t pair = code.pair(reader.bits);
      if (pair == JpegHuffman::kNoPair) {
        place = read_coefficient(reader, code.entry(reader.bits), group, place);
        break;
      }
      const int first = place + JpegPair::first_step(pair);
      if (first >= 63) return read_coefficient(reader, JpegPair::first(pair), group, place);
      put(group, first, JpegPair::first_value(pair));
      place = first + JpegPair::second_step(pair);
      put(group, place, JpegPair::second_value(pair));
      reader.drop(JpegPair::bits(pair));
      if (place >= 63) return place;
      if (left == 0) break;
    }
  } while (place < 63);
  return place;
}

inline int pass_coefficients(JpegBitReader& reader, const JpegHuffman& code) {
  static_assert(2 * JpegHuffman::kMostFarBits <= JpegBitReader::kFilled);
  int place = 0;
  do {
    reader.refill();
    for (const bool is_last : {false, true}) {
      const auto [bits, step] = code.passed(reader.bits);
      const int further = place + step;
      if (bits == 0 || (further > 63 && !is_block_end(further))) {  // a long code; or the block ended among these
        reader.refill();
        const std::uint32_t one = code.entry(reader.bits);
        reader.drop(JpegEntry::bits(one));
        place += JpegEntry::step(one);
        break;
      }
      reader.drop(bits);
      place = further;
      if (place >= 63 || is_last) break;
    }
  } while (place < 63);
  return place;
}

}  // namespace

bool JpegUnits::begin(std::span<const std::byte> file, const JpegScan& scan) {
  scan_ = &scan;
  for (std::size_t c = 0; c < scan.num_channels; ++c) {
    const std::size_t dc = scan.channels[c].dc_code, ac = scan.channels[c].ac_code;
    if (!dc_[dc].build(scan.dc_codes[dc], JpegHuffman::Kind::dc)) return false;
    if (!ac_[ac].build(scan.ac_codes[ac], JpegHuffman::Kind::ac)) return false;
  }
  list_blocks();
  predicted_ = {};
  units_to_restart_ = scan.restart_units;
  next_restart_ = 0;
  bits_.begin(file.subspan(scan.data));
  reader_ = bits_.run();
  return true;
}

void JpegUnits::list_blocks() {
  num_blocks_ = 0;
  for (std::size_t c = 0; c < scan_->num_channels; ++c) {
    const JpegChannel& channel = scan_->channels[c];
    for (int down = 0; down < channel.down; ++down)
      for (int column = 0; column < channel.across; ++column)
        blocks_[num_blocks_++] = {.channel = c,
                                  .dc = &dc_[channel.dc_code],
                                  .ac = &ac_[channel.ac_code],
                                  .first_group = JpegTile::first_group(*scan_, c, down),
                                  .across = channel.across,
                                  .column = column};
  }
}

void JpegUnits::prepare_passing() {
  for (std::size_t c = 0; c < scan_->num_channels; ++c) ac_[scan_->channels[c].ac_code].prepare_passing();
}

bool JpegUnits::pass(std::int64_t units) {
  if (units > 0) prepare_passing();
  return walk<false>(units, 0, nullptr);
}

bool JpegUnits::read(std::int64_t units, unsigned channels, JpegTile& tile) {
  if (channels + 1 != 1U << scan_->num_channels) prepare_passing();
  return walk<true>(units, channels, &tile);
}

JpegPlace JpegUnits::place() const noexcept {
  const auto [byte, bit] = bits_.place(reader_);
  return {.offset = scan_->data + byte,
          .units_to_restart = static_cast<std::uint32_t>(units_to_restart_),
          .predicted = predicted_,
          .bit = static_cast<std::uint8_t>(bit),
          .next_restart = next_restart_};
}

void JpegUnits::go_to(const JpegPlace& place) {
  reader_ = bits_.run_from({place.offset - scan_->data, place.bit});
  units_to_restart_ = place.units_to_restart;
  predicted_ = place.predicted;
  next_restart_ = place.next_restart;
}

bool JpegUnits::restart() {
  if (!bits_.is_end(reader_) || !bits_.take_marker(kFirstRestart + next_restart_)) return false;
  next_restart_ = (next_restart_ + 1) & 7;
  units_to_restart_ = scan_->restart_units;
  predicted_ = {};
  reader_ = bits_.run();
  return true;
}

bool JpegUnits::finish() { return bits_.is_end(reader_) && bits_.take_marker(kEndOfImage); }

template <bool kReads>
bool JpegUnits::walk(std::int64_t units, unsigned channels, JpegTile* tile) {
  for (std::int64_t unit = 0; unit < units; ++unit) {
    if (scan_->restart_units != 0 && units_to_restart_-- == 0) {
      if (!restart()) return false;
      --units_to_restart_;
    }
    JpegBitReader reader = reader_;  // a copy, which lives in registers
    if (bits_.needs_more(reader)) {
      if (bits_.is_behind_end(reader)) return false;
      reader = bits_.with_more(reader);
    }
    for (std::size_t i = 0; i < num_blocks_; ++i) {
      const Block& block = blocks_[i];
      reader.refill();
      const std::uint32_t difference = block.dc->entry(reader.bits);
      reader.drop(JpegEntry::bits(difference));
      int place = JpegEntry::step(difference) - 1;
      std::int32_t& predicted = predicted_[block.channel];
      predicted += JpegEntry::value(difference);
      if (kReads && (channels >> block.channel & 1) != 0) {
        const int column = static_cast<int>(unit) * block.across + block.column;
        const std::size_t group = block.first_group + static_cast<std::size_t>(column / JpegTile::kGroupBlocks);
        std::int16_t* const to =
            tile->coefficients.data() + group * JpegTile::kGroupSize + column % JpegTile::kGroupBlocks * 8;
        place = place == 0 ? read_coefficients(reader, *block.ac, to) : JpegEntry::kNoCode;
        to[0] = static_cast<std::int16_t>(predicted);
        const int last = place == 63 ? 63 : place - JpegEntry::kEnd;
        tile->reach[group] = std::max(tile->reach[group], static_cast<std::uint8_t>(last));
      } else {
        place = place == 0 ? pass_coefficients(reader, *block.ac) : JpegEntry::kNoCode;
      }
      if (!is_block_end(place)) return false;
    }
    reader_ = reader;
  }
  return !bits_.is_behind_end(reader_) &&
         std::ranges::all_of(predicted_, [](std::int32_t dc) { return std::abs(dc) < kLargestDc; });
}

}  // namespace seg
