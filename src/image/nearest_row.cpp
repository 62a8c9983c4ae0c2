// SPDX-License-Identifier: Apache-2.0
#include "image/nearest_row.h"

#include <algorithm>
#include <cassert>

// This source is compiled once for each level of instructions; what follows HWY_ONCE, once.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "image/nearest_row.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace seg {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

void take_labels(const NearestRow::Tables& t, const std::uint8_t* HWY_RESTRICT row, std::uint8_t* HWY_RESTRICT out,
                 std::size_t size) {
  std::size_t i = 0;
#if HWY_TARGET != HWY_SCALAR
  if (t.registers > 0) {
    const hn::FixedTag<std::uint8_t, 16> sixteen;
    for (; i + 16 <= size; i += 16) {
      const std::uint8_t* from = row + t.first[i / 16];
      const std::uint8_t* index = t.index.data() + i * t.registers;
      auto taken = hn::Zero(sixteen);
      for (std::size_t k = 0; k < t.registers; ++k, from += 16, index += 16) {
        const auto there = hn::TableLookupBytesOr0(hn::LoadU(sixteen, from), hn::LoadU(sixteen, index));
        taken = hn::Or(taken, there);
      }
      hn::StoreU(taken, sixteen, out + i);
    }
  }
#endif
  for (; i < size; ++i) out[i] = row[t.positions[i]];
}

std::size_t count_equal(std::uint8_t value, const std::uint8_t* labels, std::size_t size) {
  const hn::ScalableTag<std::uint8_t> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto wanted = hn::Set(d, value);
  std::size_t count = 0, i = 0;
  for (; i + lanes <= size; i += lanes) count += hn::CountTrue(d, hn::Eq(hn::LoadU(d, labels + i), wanted));
  return count + static_cast<std::size_t>(std::count(labels + i, labels + size, value));
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace seg
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace seg {
namespace {

HWY_EXPORT(take_labels);
HWY_EXPORT(count_equal);

constexpr std::size_t kGroup = 16;
constexpr std::size_t kMostRegisters = 8;  // more would cost more than label by label

}  // namespace

void NearestRow::reserve(std::size_t size) {
  tables_.positions.reserve(size);
  tables_.first.reserve(size / kGroup);
  tables_.index.reserve(size * kMostRegisters);
}

void NearestRow::prepare(std::span<const std::int32_t> positions, std::size_t row_size) {
  Tables& t = tables_;
  t.positions.assign(positions.begin(), positions.end());
  t.first.clear();
  t.index.clear();
  const std::size_t groups = positions.size() / kGroup;
  std::int32_t widest = 1;  // what a group reads
  for (std::size_t g = 0; g < groups; ++g) {
    const auto [lowest, highest] = std::minmax(positions[g * kGroup], positions[g * kGroup + kGroup - 1]);
    t.first.push_back(lowest);
    widest = std::max(widest, highest - lowest + 1);
  }
  t.registers = (static_cast<std::size_t>(widest) + kGroup - 1) / kGroup;
  if (t.registers > kMostRegisters || t.registers * kGroup > row_size) t.registers = 0;
  if (t.registers == 0) return;
  const auto last_first = static_cast<std::int32_t>(row_size - t.registers * kGroup);  // nothing is read behind a row
  for (std::size_t g = 0; g < groups; ++g) {
    t.first[g] = std::min(t.first[g], last_first);
    for (std::size_t k = 0; k < t.registers; ++k) {
      for (std::size_t i = g * kGroup; i < (g + 1) * kGroup; ++i) {
        const auto place = static_cast<std::size_t>(positions[i] - t.first[g]) - k * kGroup;  // wraps if before
        t.index.push_back(place < kGroup ? static_cast<std::uint8_t>(place) : kElsewhere);
      }
    }
  }
}

void NearestRow::take(std::span<const std::uint8_t> row, std::span<std::uint8_t> out) const noexcept {
  assert(out.size() == tables_.positions.size());
  HWY_DYNAMIC_DISPATCH(take_labels)(tables_, row.data(), out.data(), out.size());
}

std::size_t count_of(std::uint8_t value, std::span<const std::uint8_t> labels) noexcept {
  return HWY_DYNAMIC_DISPATCH(count_equal)(value, labels.data(), labels.size());
}

}  // namespace seg
#endif
