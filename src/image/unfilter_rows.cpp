// SPDX-License-Identifier: Apache-2.0
#include "image/unfilter_rows.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

// This source is compiled once for each level of instructions; what follows HWY_ONCE, once.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "image/unfilter_rows.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "image/row_blocks.h"

#ifndef SEG_UNFILTER_ROWS_ONCE
#define SEG_UNFILTER_ROWS_ONCE
namespace seg {
namespace {

constexpr int kNone = 0, kSub = 1, kUp = 2, kAverage = 3, kPaeth = 4;
constexpr std::ptrdiff_t kLag = 2;  // pixels that a row is behind the row above it

#if HWY_ARCH_X86 && (HWY_TARGETS & HWY_AVX2) != 0
namespace N_AVX2 {
int rows_at_once(PixelBytes bytes);
void unfilter_group(const UnfilterGroup& group);
}  // namespace N_AVX2
#endif

}  // namespace
}  // namespace seg
#endif

HWY_BEFORE_NAMESPACE();
namespace seg {
namespace {
namespace HWY_NAMESPACE {

#if HWY_ARCH_X86 && HWY_TARGET < HWY_AVX2 && (HWY_TARGETS & HWY_AVX2) != 0

// Levels above AVX2 do as it does: with AVX-512 a comparison takes three cycles to a mask instead of one to a vector,
// and comparisons are in the chain that decides the speed (measured on Zen 4: 16 rows with 512 bits are slower than 8
// rows with 256). The levels cannot be switched off for this source alone: sources that are linked must agree on them.
int rows_at_once(PixelBytes bytes) { return N_AVX2::rows_at_once(bytes); }
void unfilter_group(const UnfilterGroup& group) { N_AVX2::unfilter_group(group); }

#elif HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128 || HWY_HAVE_SCALABLE

// For processors without vectors, or whose vectors are of a length that is not known when compiling (those cannot be
// held in arrays): a row at a time.
int rows_at_once(PixelBytes) { return 1; }

int paeth(int left, int above, int corner) {
  const int to_left = std::abs(above - corner), to_above = std::abs(left - corner);
  const int to_corner = std::abs(left + above - 2 * corner);
  if (to_left <= to_above && to_left <= to_corner) return left;
  return to_above <= to_corner ? above : corner;
}

int guess(int filter, int left, int above, int corner) {
  switch (filter) {
    case kSub: return left;
    case kUp: return above;
    case kAverage: return (left + above) / 2;
    case kPaeth: return paeth(left, above, corner);
    default: return 0;
  }
}

void unfilter_group(const UnfilterGroup& group) {
  const auto stored = static_cast<std::ptrdiff_t>(group.bytes) + 1;
  const std::ptrdiff_t kept = stored < 3 ? 1 : 3;
  const int filter = std::to_integer<int>(group.rows[0]);
  for (std::ptrdiff_t c = 0; c < kept; ++c) {
    int left = 0, corner = 0;
    for (std::ptrdiff_t x = 0; x < group.pixels; ++x) {
      const int above = std::to_integer<int>(group.above[x * kept + c]);  // before it is overwritten
      const int stored_value = std::to_integer<int>(group.rows[1 + x * stored + c]);
      left = (stored_value + guess(filter, left, above, corner)) & 255;
      group.kept[x * kept + c] = static_cast<std::byte>(left);
      corner = above;
    }
  }
}

#else

namespace hn = hwy::HWY_NAMESPACE;

using Bytes = hn::CappedTag<std::uint8_t, 32>;
using row_blocks::HWY_NAMESPACE::Block;
using row_blocks::HWY_NAMESPACE::kBlock;
using row_blocks::HWY_NAMESPACE::load_blocks;
using row_blocks::HWY_NAMESPACE::store_blocks;
using row_blocks::HWY_NAMESPACE::transpose;
constexpr std::size_t kVector = hn::MaxLanes(Bytes());

template <PixelBytes>
struct Kind;
template <>
struct Kind<PixelBytes::one> {
  using Lane = std::uint8_t;
  static constexpr std::ptrdiff_t kStored = 1, kKept = 1;
};
template <>
struct Kind<PixelBytes::two_keep_one> {
  using Lane = std::uint16_t;
  static constexpr std::ptrdiff_t kStored = 2, kKept = 1;
};
template <>
struct Kind<PixelBytes::three> {
  using Lane = std::uint32_t;
  static constexpr std::ptrdiff_t kStored = 3, kKept = 3;
};
template <>
struct Kind<PixelBytes::four_keep_three> {
  using Lane = std::uint32_t;
  static constexpr std::ptrdiff_t kStored = 4, kKept = 3;
};

// Which byte of a block goes where: between pixels of kFrom bytes and of kTo bytes. The bytes of a wider pixel that a
// narrower one does not have hold anything: bytes of a pixel do not depend on each other.
template <std::size_t kFrom, std::size_t kTo>
constexpr std::array<std::uint8_t, kBlock> moved_bytes() {
  std::array<std::uint8_t, kBlock> moved{};
  for (std::size_t i = 0; i < kBlock; ++i) {
    const std::size_t from = i / kTo * kFrom + i % kTo;
    moved[i] = static_cast<std::uint8_t>(from < kBlock ? from : 0);
  }
  return moved;
}

// Every lane moves to the next; the last lane of `top` becomes the first.
template <std::size_t kLane, class D>
HWY_INLINE hn::VFromD<D> one_row_down(D d, hn::VFromD<D> rows, hn::VFromD<Block> top) {
  constexpr std::size_t kBlocks = hn::MaxLanes(D()) / kBlock;
  if constexpr (kBlocks == 1) {
    return hn::CombineShiftRightBytes<kBlock - kLane>(d, rows, top);
  } else {
    static_assert(kBlocks == 2);
    const auto before = hn::ConcatLowerLower(d, rows, hn::ZeroExtendVector(d, top));
    return hn::CombineShiftRightBytes<kBlock - kLane>(d, rows, before);
  }
}

// The filter type of each byte's row, as masks.
struct Filters {
  hn::VFromD<Bytes> sub, up, average;
  hn::MFromD<Bytes> paeth;
};

// Whichever of left, above and corner is nearest to left + above - corner (the first of them, if two are): the smaller
// of left and above if it is at most 2 x as far below the corner … in 8 bits without overflow, since of the two
// saturated differences the doubled one only saturates where the other is 0.
HWY_INLINE hn::VFromD<Bytes> paeth(hn::VFromD<Bytes> left, hn::VFromD<Bytes> above, hn::VFromD<Bytes> corner) {
  const auto low = hn::Min(left, above), high = hn::Max(left, above);
  const auto over = hn::SaturatedSub(high, corner), under = hn::SaturatedSub(corner, low);
  const auto is_low = hn::Eq(hn::Max(hn::SaturatedAdd(over, over), under), under);
  const auto is_high = hn::Eq(hn::Max(hn::SaturatedAdd(under, under), over), over);
  return hn::IfThenElse(is_low, low, hn::IfThenElse(is_high, high, corner));
}

template <bool kAllPaeth>
HWY_INLINE hn::VFromD<Bytes> guess(const Filters& filters, hn::VFromD<Bytes> left, hn::VFromD<Bytes> above,
                                   hn::VFromD<Bytes> corner) {
  const auto nearest = paeth(left, above, corner);
  if constexpr (kAllPaeth) {
    return nearest;
  } else {
    const auto odd = hn::And(hn::Xor(left, above), hn::Set(Bytes(), std::uint8_t{1}));
    const auto average = hn::Sub(hn::AverageRound(left, above), odd);  // rounded down
    const auto other =
        hn::Or(hn::Or(hn::And(filters.up, above), hn::And(filters.sub, left)), hn::And(filters.average, average));
    return hn::IfThenElse(filters.paeth, nearest, other);
  }
}

template <PixelBytes kBytes>
constexpr std::size_t rows_of() {
  return kVector / sizeof(typename Kind<kBytes>::Lane);
}

template <PixelBytes kBytes>
class Wavefront {
  using K = Kind<kBytes>;
  using Lane = typename K::Lane;
  using Lanes = hn::Repartition<Lane, Bytes>;
  using Vector = hn::VFromD<Bytes>;
  static constexpr std::size_t kLane = sizeof(Lane), kSteps = kBlock / kLane, kRows = rows_of<kBytes>();
  static constexpr std::int64_t kBehind = kLag * static_cast<std::int64_t>(kRows - 1);

 public:
  HWY_INLINE explicit Wavefront(const UnfilterGroup& group) : above_(as_bytes(group.above)) {
    for (std::size_t r = 0; r < kRows; ++r) {
      // Rows that are not there are computed, too, from the last one.
      const std::size_t row = std::min(r, static_cast<std::size_t>(group.count - 1));
      const auto lag = kLag * static_cast<std::ptrdiff_t>(r);
      from_[r] = as_bytes(group.rows + row * group.stride + 1) - lag * K::kStored;
      to_[r] = reinterpret_cast<std::uint8_t*>(group.kept + r * group.pitch) - lag * K::kKept;
    }
  }

  template <bool kAllPaeth>
  HWY_INLINE void run(const Filters& filters, std::int64_t pixels) {
    const Bytes d;
    Vector left = hn::Zero(d), before = left, corner = left;
    std::int64_t t = 0;
    for (; t < kBehind; t += kSteps) steps<kAllPaeth, true>(filters, t, left, before, corner);
    for (; t < pixels + kBehind; t += kSteps) steps<kAllPaeth, false>(filters, t, left, before, corner);
  }

 private:
  static const std::uint8_t* as_bytes(const std::byte* bytes) { return reinterpret_cast<const std::uint8_t*>(bytes); }

  // The next kSteps pixels of every row. At the beginning, rows whose first pixel is still to come hold zeros.
  template <bool kAllPaeth, bool kBeginning>
  HWY_INLINE void steps(const Filters& filters, std::int64_t t, Vector& left, Vector& before, Vector& corner) {
    const Bytes d;
    const Lanes lanes;
    hn::VFromD<Lanes> pixels[kSteps];
#pragma GCC unroll 16
    for (std::size_t j = 0; j < kSteps; ++j) {
      Vector row = load_blocks(d, from_ + j, kSteps, t * K::kStored);
      if constexpr (K::kStored == 3) row = moved<3, 4>(row);
      pixels[j] = hn::BitCast(lanes, row);
    }
    transpose(lanes, pixels);
    const std::uint8_t* above_end =
        above_ + t * K::kKept + static_cast<std::ptrdiff_t>(kLane) - static_cast<std::ptrdiff_t>(kBlock);
#pragma GCC unroll 16
    for (std::size_t s = 0; s < kSteps; ++s) {
      const auto top = hn::LoadU(Block(), above_end + static_cast<std::ptrdiff_t>(s) * K::kKept);
      const Vector above = one_row_down<kLane>(d, before, top);
      Vector value = hn::Add(guess<kAllPaeth>(filters, left, above, corner), hn::BitCast(d, pixels[s]));
      if constexpr (kBeginning) value = hn::And(value, begun(t + static_cast<std::int64_t>(s)));
      corner = above;
      before = left;
      left = value;
      pixels[s] = hn::BitCast(lanes, value);
    }
    transpose(lanes, pixels);
#pragma GCC unroll 16
    for (std::size_t j = 0; j < kSteps; ++j) {
      Vector row = hn::BitCast(d, pixels[j]);
      if constexpr (K::kKept != kLane) row = moved<kLane, static_cast<std::size_t>(K::kKept)>(row);
      store_blocks(d, row, to_ + j, kSteps, t * K::kKept);
    }
  }

  // Ones for the rows whose pixel of step t is not left of the image.
  static HWY_INLINE Vector begun(std::int64_t t) {
    alignas(64) static constexpr auto kOnesThenZeros = [] {
      std::array<std::uint8_t, 2 * kVector> bytes{};
      for (std::size_t i = 0; i < kVector; ++i) bytes[i] = 255;
      return bytes;
    }();
    const std::size_t ones = std::min((static_cast<std::size_t>(t) / kLag + 1) * kLane, kVector);
    return hn::LoadU(Bytes(), kOnesThenZeros.data() + (kVector - ones));
  }

  template <std::size_t kFrom, std::size_t kTo>
  static HWY_INLINE Vector moved(Vector row) {
    alignas(16) static constexpr auto kMoved = moved_bytes<kFrom, kTo>();
    return hn::TableLookupBytes(row, hn::LoadDup128(Bytes(), kMoved.data()));
  }

  const std::uint8_t* above_;
  const std::uint8_t* from_[kRows];
  std::uint8_t* to_[kRows];
};

template <PixelBytes kBytes>
void unfilter_rows(const UnfilterGroup& group) {
  constexpr std::size_t kRows = rows_of<kBytes>(), kLane = kVector / kRows;
  alignas(64) std::uint8_t types[kVector];
  bool all_paeth = true;
  for (std::size_t r = 0; r < kRows; ++r) {
    const std::size_t row = std::min(r, static_cast<std::size_t>(group.count - 1));
    const auto type = std::to_integer<std::uint8_t>(group.rows[row * group.stride]);
    all_paeth = all_paeth && type == kPaeth;
    std::memset(types + r * kLane, type, kLane);
  }
  const Bytes d;
  const auto type = hn::Load(d, types);
  const auto of = [&](int filter) HWY_ATTR { return hn::Eq(type, hn::Set(d, static_cast<std::uint8_t>(filter))); };
  const Filters filters{.sub = hn::VecFromMask(d, of(kSub)),
                        .up = hn::VecFromMask(d, of(kUp)),
                        .average = hn::VecFromMask(d, of(kAverage)),
                        .paeth = of(kPaeth)};
  Wavefront<kBytes> wavefront(group);
  if (all_paeth)
    wavefront.template run<true>(filters, group.pixels);
  else
    wavefront.template run<false>(filters, group.pixels);
}

int rows_at_once(PixelBytes bytes) {
  switch (bytes) {
    case PixelBytes::one: return rows_of<PixelBytes::one>();
    case PixelBytes::two_keep_one: return rows_of<PixelBytes::two_keep_one>();
    case PixelBytes::three: return rows_of<PixelBytes::three>();
    case PixelBytes::four_keep_three: break;
  }
  return rows_of<PixelBytes::four_keep_three>();
}

void unfilter_group(const UnfilterGroup& group) {
  switch (group.bytes) {
    case PixelBytes::one: return unfilter_rows<PixelBytes::one>(group);
    case PixelBytes::two_keep_one: return unfilter_rows<PixelBytes::two_keep_one>(group);
    case PixelBytes::three: return unfilter_rows<PixelBytes::three>(group);
    case PixelBytes::four_keep_three: return unfilter_rows<PixelBytes::four_keep_three>(group);
  }
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace
}  // namespace seg
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace seg {
namespace {

HWY_EXPORT(rows_at_once);
HWY_EXPORT(unfilter_group);

}  // namespace

int unfilter_rows_at_once(PixelBytes bytes) noexcept { return HWY_DYNAMIC_DISPATCH(rows_at_once)(bytes); }
void unfilter_rows(const UnfilterGroup& group) noexcept { HWY_DYNAMIC_DISPATCH(unfilter_group)(group); }

}  // namespace seg
#endif
