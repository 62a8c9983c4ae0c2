// SPDX-License-Identifier: Apache-2.0
#include "engine/kernels/max_pool_pixels.h"

// This source is compiled once for each level of instructions; what follows HWY_ONCE, once.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "engine/kernels/max_pool_pixels.cpp"
#include <hwy/foreach_target.h>  // IWYU pragma: keep
#include <hwy/highway.h>

#include "engine/kernels/float_lanes.h"

HWY_BEFORE_NAMESPACE();
namespace seg::kernels {
namespace HWY_NAMESPACE {
namespace {

template <class T>
void largest(const PoolTap<T>* taps, std::size_t count, std::int64_t channels, T* y, std::uint8_t* places) {
  for_each_vector(channels, [&](auto d, std::int64_t c) {
    const hn::RebindToSigned<decltype(d)> integers;
    const hn::Rebind<std::uint8_t, decltype(d)> bytes;
    auto best = load(d, taps[0].pixel + c);
    auto place = hn::Set(integers, taps[0].place);
    for (std::size_t i = 1; i < count; ++i) {
      const auto v = load(d, taps[i].pixel + c);
      const auto is_larger = hn::Or(hn::Gt(v, best), hn::IsNaN(v));
      best = hn::IfThenElse(is_larger, v, best);
      place = hn::IfThenElse(hn::RebindMask(integers, is_larger), hn::Set(integers, taps[i].place), place);
    }
    store(best, d, y + c);
    if (places != nullptr) hn::StoreU(hn::DemoteTo(bytes, place), bytes, places + c);
  });
}

template <class T>
void gradients(const PoolWindow<T>* windows, std::size_t count, std::int64_t channels, T* dx) {
  for_each_vector(channels, [&](auto d, std::int64_t c) {
    const hn::RebindToSigned<decltype(d)> integers;
    const hn::Rebind<std::uint8_t, decltype(d)> bytes;
    auto sum = hn::Zero(d);
    for (std::size_t i = 0; i < count; ++i) {
      const PoolWindow<T>& window = windows[i];
      const auto places = hn::PromoteTo(integers, hn::LoadU(bytes, window.places + c));
      const auto is_here = hn::RebindMask(d, hn::Eq(places, hn::Set(integers, window.place)));
      sum = hn::Add(sum, hn::IfThenElseZero(is_here, load(d, window.dy + c)));
    }
    store(sum, d, dx + c);
  });
}

void largest_float(const PoolTap<float>* taps, std::size_t count, std::int64_t channels, float* y,
                   std::uint8_t* places) {
  largest(taps, count, channels, y, places);
}
void largest_half(const PoolTap<std::uint16_t>* taps, std::size_t count, std::int64_t channels, std::uint16_t* y,
                  std::uint8_t* places) {
  largest(taps, count, channels, y, places);
}
void gradients_float(const PoolWindow<float>* windows, std::size_t count, std::int64_t channels, float* dx) {
  gradients(windows, count, channels, dx);
}
void gradients_half(const PoolWindow<std::uint16_t>* windows, std::size_t count, std::int64_t channels,
                    std::uint16_t* dx) {
  gradients(windows, count, channels, dx);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace seg::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace seg::kernels {
namespace {

HWY_EXPORT(largest_float);
HWY_EXPORT(largest_half);
HWY_EXPORT(gradients_float);
HWY_EXPORT(gradients_half);

}  // namespace

void take_largest(std::span<const PoolTap<float>> taps, std::int64_t channels, float* y,
                  std::uint8_t* places) noexcept {
  HWY_DYNAMIC_DISPATCH(largest_float)(taps.data(), taps.size(), channels, y, places);
}

void take_largest(std::span<const PoolTap<std::uint16_t>> taps, std::int64_t channels, std::uint16_t* y,
                  std::uint8_t* places) noexcept {
  HWY_DYNAMIC_DISPATCH(largest_half)(taps.data(), taps.size(), channels, y, places);
}

void take_gradients(std::span<const PoolWindow<float>> windows, std::int64_t channels, float* dx) noexcept {
  HWY_DYNAMIC_DISPATCH(gradients_float)(windows.data(), windows.size(), channels, dx);
}

void take_gradients(std::span<const PoolWindow<std::uint16_t>> windows, std::int64_t channels,
                    std::uint16_t* dx) noexcept {
  HWY_DYNAMIC_DISPATCH(gradients_half)(windows.data(), windows.size(), channels, dx);
}

}  // namespace seg::kernels
#endif
