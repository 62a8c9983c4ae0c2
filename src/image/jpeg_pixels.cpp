// SPDX-License-Identifier: Apache-2.0
#include "image/jpeg_pixels.h"

#include <algorithm>
#include <cstring>

// Not SVE and RVV: vectors whose length is not known when compiling cannot be held in arrays.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "image/jpeg_pixels.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace seg {
namespace {
namespace HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR

// For processors without vectors: libjpeg has something for them, too.
bool has_vectors() { return false; }
bool transform_blocks(const JpegGroups&) { return false; }
void widen(const std::uint8_t*, const std::uint8_t*, std::size_t, std::int16_t*, std::uint8_t*) {}
void mix_rows(const std::uint8_t*, const std::uint8_t*, bool, std::size_t, std::uint8_t*) {}
void colors(const std::array<const std::uint8_t*, 3>&, std::size_t, std::uint8_t*) {}

#else

bool has_vectors() { return true; }

namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t kGroupRow = 32;  // values of a row of a group
using Wide = hn::CappedTag<std::int16_t, kGroupRow>;
using Double = hn::RepartitionToWide<Wide>;
using Narrow = hn::Rebind<std::uint8_t, Wide>;
using V = hn::Vec<Wide>;
using V2 = hn::Vec<Double>;
constexpr std::size_t kLanes = hn::MaxLanes(Wide());

// Lanes a[2i] and a[2i + 1] times the factors, added.
HWY_INLINE V2 dot(V pairs, V factors) {
  V2 odd = hn::Zero(Double());
  const V2 even = hn::ReorderWidenMulAccumulate(Double(), pairs, factors, hn::Zero(Double()), odd);
  return hn::RearrangeToOddPlusEven(even, odd);
}

HWY_INLINE V factors(int first, int second) {
  const auto both = static_cast<std::uint32_t>(first & 0xffff) | static_cast<std::uint32_t>(second) << 16;
  return hn::BitCast(Wide(), hn::Set(Double(), static_cast<std::int32_t>(both)));
}

// Twice the lanes, of 32 bits: those of a block's lower and upper halves.
struct Halves {
  V2 lower, upper;
};
HWY_INLINE Halves operator+(Halves a, Halves b) { return {hn::Add(a.lower, b.lower), hn::Add(a.upper, b.upper)}; }
HWY_INLINE Halves operator-(Halves a, Halves b) { return {hn::Sub(a.lower, b.lower), hn::Sub(a.upper, b.upper)}; }

struct Pairs {
  V lower, upper;
};
HWY_INLINE Pairs paired(V a, V b) { return {hn::InterleaveLower(a, b), hn::InterleaveUpper(Wide(), a, b)}; }
HWY_INLINE Halves dot(Pairs pairs, V factors) { return {dot(pairs.lower, factors), dot(pairs.upper, factors)}; }

template <int kShift>
HWY_INLINE V descaled(Halves v) {
  return hn::ReorderDemote2To(Wide(), hn::ShiftRight<kShift>(v.lower), hn::ShiftRight<kShift>(v.upper));
}

constexpr int kFactorBits = 13, kKeptBits = 2;  // kept between the passes
constexpr int factor(std::int64_t billionths) {
  return static_cast<int>(((billionths << kFactorBits) + 500'000'000) / 1'000'000'000);
}

// The factors' names are those of the published algorithm: sums and differences of cosines.
constexpr int k0298 = factor(298'631'336), k0390 = factor(390'180'644), k0541 = factor(541'196'100),
              k0765 = factor(765'366'865), k0899 = factor(899'976'223), k1175 = factor(1'175'875'602),
              k1501 = factor(1'501'321'110), k1847 = factor(1'847'759'065), k1961 = factor(1'961'570'560),
              k2053 = factor(2'053'119'869), k2562 = factor(2'562'915'447), k3072 = factor(3'072'711'026);

// One pass over eight values, lane by lane, rounded to kShift bits less.
template <int kShift>
HWY_INLINE void inverse_pass(V* v) {
  // The rounding is a second term of the product that scales: 8 x 2^(kShift - 4).
  const V scale = factors(1 << kFactorBits, 1 << (kShift - 4)), eights = hn::Set(Wide(), 8);
  const Halves sum = dot(paired(hn::Add(v[0], v[4]), eights), scale);
  const Halves difference = dot(paired(hn::Sub(v[0], v[4]), eights), scale);
  const Pairs v26 = paired(v[2], v[6]);
  const Halves outer = dot(v26, factors(k0541 + k0765, k0541)), inner = dot(v26, factors(k0541, k0541 - k1847));
  const Halves even[4] = {sum + outer, difference + inner, difference - inner, sum - outer};

  const Pairs crossed = paired(hn::Add(v[7], v[3]), hn::Add(v[5], v[1]));
  const Halves z3 = dot(crossed, factors(k1175 - k1961, k1175)), z4 = dot(crossed, factors(k1175, k1175 - k0390));
  const Pairs v71 = paired(v[7], v[1]), v53 = paired(v[5], v[3]);
  const Halves odd[4] = {dot(v71, factors(-k0899, k1501 - k0899)) + z4, dot(v53, factors(-k2562, k3072 - k2562)) + z3,
                         dot(v53, factors(k2053 - k2562, -k2562)) + z4, dot(v71, factors(k0298 - k0899, -k0899)) + z3};
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    v[i] = descaled<kShift>(even[i] + odd[i]);
    v[7 - i] = descaled<kShift>(even[i] - odd[i]);
  }
}

// Within each block of 8 x 8: three times, halves of vectors that stand apart are put side by side.
HWY_INLINE void transpose(V* v) {
#pragma GCC unroll 3
  for (int round = 0; round < 3; ++round) {
    V turned[8];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      turned[2 * i] = hn::InterleaveLower(v[i], v[i + 4]);
      turned[2 * i + 1] = hn::InterleaveUpper(Wide(), v[i], v[i + 4]);
    }
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) v[i] = turned[i];
  }
}

// Signed values around the middle grey.
HWY_INLINE void store_samples(V v, std::uint8_t* to) {
  const hn::Rebind<std::int8_t, Wide> narrow_signed;
  const auto samples = hn::BitCast(Narrow(), hn::DemoteTo(narrow_signed, v));
  hn::StoreU(hn::Xor(samples, hn::Set(Narrow(), 128)), Narrow(), to);
}

// Of so many values of each row, blocks side by side, from the `part`th.
HWY_INLINE void transform_part(const JpegGroups& groups, const std::int16_t* group, std::uint8_t* to) {
  const Wide wide;
  V v[8];
#pragma GCC unroll 8
  for (std::size_t i = 0; i < 8; ++i)
    v[i] = hn::Mul(hn::Load(wide, group + i * kGroupRow), hn::LoadDup128(wide, groups.quanta + 8 * i));
  inverse_pass<kFactorBits - kKeptBits>(v);
  transpose(v);
  inverse_pass<kFactorBits + kKeptBits + 3>(v);
  transpose(v);
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) store_samples(v[i], to + i * groups.stride);
}

// Blocks of one level each.
HWY_INLINE void fill_blocks(const JpegGroups& groups, const std::int16_t* group, std::uint8_t* to) {
  for (int block = 0; block < 4; ++block) {
    const int level = (group[8 * block] * groups.quanta[0] + 4) >> 3;
    const int sample = std::clamp(level + 128, 0, 255);
    for (int i = 0; i < 8; ++i) std::memset(to + i * groups.stride + 8 * block, sample, 8);
  }
}

// Whether the first rows' coefficients are within 16 bits even with the kept bits.
HWY_INLINE bool is_plausible(const std::int16_t* group, const std::int16_t* largest) {
  const Wide wide;
  auto beyond = hn::Zero(wide);
  for (std::size_t part = 0; part < kGroupRow; part += kLanes) {
    const auto v = hn::Load(wide, group + part), most = hn::LoadDup128(wide, largest);
    beyond =
        hn::Or(beyond, hn::Or(hn::VecFromMask(wide, hn::Gt(v, most)), hn::VecFromMask(wide, hn::Lt(v, hn::Neg(most)))));
  }
  return hn::AllTrue(wide, hn::Eq(beyond, hn::Zero(wide)));
}

bool transform_blocks(const JpegGroups& groups) {
  HWY_ALIGN std::int16_t largest[8];
  for (int i = 0; i < 8; ++i) {
    const int most = INT16_MAX >> kKeptBits;
    largest[i] = static_cast<std::int16_t>(groups.quanta[i] != 0 ? most / groups.quanta[i] : most);
  }
  const std::int16_t* group = groups.coefficients;
  std::uint8_t* to = groups.to;
  for (const std::uint8_t reach : groups.reach) {
    if (!is_plausible(group, largest)) return false;
    if (reach == 0) {
      fill_blocks(groups, group, to);
    } else {
      for (std::size_t part = 0; part < kGroupRow; part += kLanes) transform_part(groups, group + part, to + part);
    }
    group += 8 * kGroupRow;
    to += kGroupRow;
  }
  return true;
}

HWY_INLINE V wide_samples(const std::uint8_t* from) { return hn::PromoteTo(Wide(), hn::LoadU(Narrow(), from)); }

HWY_INLINE V times_3(V v) { return hn::Add(hn::Add(v, v), v); }

// Both neighbours of a sample get a quarter of it.
template <int kShift>
HWY_INLINE void widen_sums(const std::int16_t* sums, int left_rounding, int right_rounding, std::size_t size,
                           std::uint8_t* to) {
  const Wide wide;
  const auto left_round = hn::Set(wide, static_cast<std::int16_t>(left_rounding));
  const auto right_round = hn::Set(wide, static_cast<std::int16_t>(right_rounding));
  for (std::size_t i = 0; i < size; i += kLanes) {
    const V here = times_3(hn::LoadU(wide, sums + i));
    const V left = hn::ShiftRight<kShift>(hn::Add(hn::Add(here, hn::LoadU(wide, sums + i - 1)), left_round));
    const V right = hn::ShiftRight<kShift>(hn::Add(hn::Add(here, hn::LoadU(wide, sums + i + 1)), right_round));
    const hn::Repartition<std::uint8_t, Wide> bytes;  // the right one is the higher byte of 16 bits
    hn::StoreU(hn::BitCast(bytes, hn::Or(left, hn::ShiftLeft<8>(right))), bytes, to + 2 * i);
  }
}

void widen(const std::uint8_t* near, const std::uint8_t* far, std::size_t size, std::int16_t* sums, std::uint8_t* to) {
  const Wide wide;
  for (std::size_t i = 0; i < size + 2; i += kLanes) {  // one before and one behind
    const V v = wide_samples(near + i - 1);
    hn::StoreU(far == nullptr ? v : hn::Add(times_3(v), wide_samples(far + i - 1)), wide, sums + i);
  }
  if (far == nullptr)
    widen_sums<2>(sums + 1, 1, 2, size, to);
  else
    widen_sums<4>(sums + 1, 8, 7, size, to);
}

void mix_rows(const std::uint8_t* near, const std::uint8_t* far, bool is_lower, std::size_t size, std::uint8_t* to) {
  const V round = hn::Set(Wide(), is_lower ? 2 : 1);
  for (std::size_t i = 0; i < size; i += kLanes) {
    const V sum = hn::Add(hn::Add(times_3(wide_samples(near + i)), wide_samples(far + i)), round);
    hn::StoreU(hn::DemoteTo(Narrow(), hn::ShiftRight<2>(sum)), Narrow(), to + i);
  }
}

// v factor / 2^16, rounded: a product's upper half is rounded down, so is half of the next number.
HWY_INLINE V part_of(V v, int factor) {
  const V twice = hn::MulHigh(hn::Add(v, v), hn::Set(Wide(), static_cast<std::int16_t>(factor)));
  return hn::ShiftRight<1>(hn::Add(twice, hn::Set(Wide(), 1)));
}

// Factors of 16 bits; what is more than their range allows is added as whole numbers.
constexpr int kWhole = 1 << 16;
constexpr int kRedOfCr = 91881 - kWhole, kBlueOfCb = 116130 - 2 * kWhole;
constexpr int kGreenOfCb = -22554, kGreenOfCr = -46802 + kWhole;

struct Colors {
  hn::Vec<Narrow> red, green, blue;
};

HWY_INLINE Colors colors_at(const std::array<const std::uint8_t*, 3>& rows, std::size_t i) {
  const V middle = hn::Set(Wide(), 128), y = wide_samples(rows[0] + i);
  const V cb = hn::Sub(wide_samples(rows[1] + i), middle), cr = hn::Sub(wide_samples(rows[2] + i), middle);
  const V red = hn::Add(hn::Add(y, cr), part_of(cr, kRedOfCr));
  const V blue = hn::Add(hn::Add(y, hn::Add(cb, cb)), part_of(cb, kBlueOfCb));
  const V2 half = hn::Set(Double(), kWhole / 2);
  const Halves parts = dot(paired(cb, cr), factors(kGreenOfCb, kGreenOfCr)) + Halves{half, half};
  const V green = hn::Add(hn::Sub(y, cr), descaled<16>(parts));
  return {hn::DemoteTo(Narrow(), red), hn::DemoteTo(Narrow(), green), hn::DemoteTo(Narrow(), blue)};
}

void colors(const std::array<const std::uint8_t*, 3>& rows, std::size_t pixels, std::uint8_t* rgb) {
  std::size_t i = 0;
  for (; i + kLanes <= pixels; i += kLanes) {
    const Colors c = colors_at(rows, i);
    hn::StoreInterleaved3(c.red, c.green, c.blue, Narrow(), rgb + 3 * i);
  }
  if (i == pixels) return;
  std::uint8_t rest[3 * kLanes];
  const Colors c = colors_at(rows, i);
  hn::StoreInterleaved3(c.red, c.green, c.blue, Narrow(), rest);
  std::memcpy(rgb + 3 * i, rest, 3 * (pixels - i));
}

#endif

}  // namespace HWY_NAMESPACE
}  // namespace
}  // namespace seg
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace seg {
namespace {

HWY_EXPORT(has_vectors);
HWY_EXPORT(transform_blocks);
HWY_EXPORT(widen);
HWY_EXPORT(mix_rows);
HWY_EXPORT(colors);

}  // namespace

bool has_jpeg_pixels() noexcept { return HWY_DYNAMIC_DISPATCH(has_vectors)(); }

bool transform_jpeg_blocks(const JpegGroups& groups) noexcept { return HWY_DYNAMIC_DISPATCH(transform_blocks)(groups); }

void widen_chroma(const std::uint8_t* near, const std::uint8_t* far, std::size_t size, std::int16_t* sums,
                  std::uint8_t* to) noexcept {
  HWY_DYNAMIC_DISPATCH(widen)(near, far, size, sums, to);
}

void mix_chroma_rows(const std::uint8_t* near, const std::uint8_t* far, bool is_lower, std::size_t size,
                     std::uint8_t* to) noexcept {
  HWY_DYNAMIC_DISPATCH(mix_rows)(near, far, is_lower, size, to);
}

void jpeg_colors(const std::array<const std::uint8_t*, 3>& rows, std::size_t pixels, std::uint8_t* rgb) noexcept {
  HWY_DYNAMIC_DISPATCH(colors)(rows, pixels, rgb);
}

}  // namespace seg
#endif
