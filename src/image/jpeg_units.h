// SPDX-License-Identifier: Apache-2.0
// The coded units of a JPEG's scan, one after the other: read into a tile, or passed over.
//
// Every unit has to be walked through, as nothing tells where the next begins. What is passed over costs less: no
// coefficients are stored, and several codes are passed at once.
// Functions return false for data that libjpeg does not take, or takes with a warning, or (rarely) takes: let it judge.
// Not thread-safe. The file must outlive its use; begin() allocates the first time, and nothing else does.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "image/jpeg_bits.h"
#include "image/jpeg_huffman.h"
#include "image/jpeg_scan.h"

namespace seg {

// Quantised coefficients of up to kUnits neighbouring units, by channel and row of blocks. Four blocks of a row are a
// group, in which their rows lie side by side: [8 rows][4 blocks][8 columns].
struct JpegTile {
  static constexpr int kUnits = 8, kGroupBlocks = 4, kGroupSize = 256;
  static constexpr int kGroups = 12;  // two rows of luma with two blocks a unit, two of chroma

  // The first group of row `down` of a channel's blocks, of groups_across().
  static std::size_t first_group(const JpegScan& scan, std::size_t channel, int down) noexcept {
    std::size_t first = static_cast<std::size_t>(down) * groups_across(scan, channel);
    for (std::size_t c = 0; c < channel; ++c)
      first += static_cast<std::size_t>(scan.channels[c].down) * groups_across(scan, c);
    return first;
  }
  static std::size_t groups_across(const JpegScan& scan, std::size_t channel) noexcept {
    return static_cast<std::size_t>(kUnits / kGroupBlocks * scan.channels[channel].across);
  }

  alignas(64) std::array<std::int16_t, kGroups * kGroupSize> coefficients;
  std::array<std::uint8_t, kGroups> reach;  // the last coefficient in use of each group's blocks, in kJpegOrder
};

// All that reading needs to go on before a unit.
struct JpegPlace {
  std::uint64_t offset = 0;  // in the file: the byte with the next bit
  std::uint32_t units_to_restart = 0;
  std::array<std::int32_t, 3> predicted{};
  std::uint8_t bit = 0, next_restart = 0;
  bool operator==(const JpegPlace&) const = default;
};

class JpegUnits {
 public:
  // `scan` and `file`, which it was read from, must outlive the reading. False if its codes are none.
  bool begin(std::span<const std::byte> file, const JpegScan& scan);

  bool pass(std::int64_t units);

  // Before the next unit; and to there, in the same file.
  JpegPlace place() const noexcept;
  void go_to(const JpegPlace& place);

  // At most JpegTile::kUnits, of these channels (bit c for channel c). The other channels' coefficients stay as they
  // are.
  bool read(std::int64_t units, unsigned channels, JpegTile& tile);

  // Whether the image ends properly behind the last unit.
  bool finish();

 private:
  struct Block {  // of a unit
    std::size_t channel;
    const JpegHuffman *dc, *ac;
    std::size_t first_group;
    int across, column;  // blocks of a unit in this row, and which one
  };

  void list_blocks();
  void prepare_passing();
  bool restart();
  template <bool kReads>
  bool walk(std::int64_t units, unsigned channels, JpegTile* tile);

  const JpegScan* scan_ = nullptr;
  JpegBits bits_;
  JpegBitReader reader_;
  std::array<JpegHuffman, 4> dc_, ac_;
  std::array<Block, 10> blocks_;
  std::size_t num_blocks_ = 0;
  std::array<std::int32_t, 3> predicted_{};
  std::int64_t units_to_restart_ = 0;
  std::uint8_t next_restart_ = 0;
};

}  // namespace seg
