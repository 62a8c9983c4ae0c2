// SPDX-License-Identifier: Apache-2.0
// What a plan changes of the values of a crop's pixels once they are in their places: colours, gamma, blur, noise.
//
// Colours and gamma can be changed band by band, while rows are in the cache; blur and noise need the whole crop.
// Padding stays as it is but for colours and gamma, if asked for. Not thread-safe.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "image/blur.h"
#include "image/color_jitter.h"
#include "image/gamma_curve.h"
#include "loader/augmentation.h"

namespace seg {

class PixelChanges {
 public:
  PixelChanges(std::vector<std::int32_t> pivots, Rounding rounding, bool changes_padding);

  void reserve(std::int64_t crop_width);  // so that crops up to this width will allocate nothing
  void prepare(const CropPlan& plan);     // the crops to come are of this plan

  bool changes_bands() const noexcept { return !plan_.jitter.is_identity() || plan_.gamma != kGammaUnit; }
  bool changes_crop() const noexcept { return plan_.blur != 0 || plan_.noise.strength != 0; }

  // Rows first … first+count-1 of the crop, [count, width, channels].
  template <class T>
  void change_band(std::int64_t first, std::int64_t count, std::span<T> band) const;

  // The whole crop, [height, width, channels].
  template <class T>
  void change_crop(std::span<T> crop);

 private:
  template <class T>
  void change_values(std::span<T> values) const {
    jitter_.apply(values);
    gamma_.apply(values);
  }

  const std::size_t channels_;
  const bool changes_padding_;
  ColorJitter jitter_;
  GammaCurve gamma_;
  Blur blur_;
  CropPlan plan_;
  Window inner_;
};

}  // namespace seg
