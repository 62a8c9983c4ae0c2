// SPDX-License-Identifier: Apache-2.0
// The two forms of the algorithm as its loops see them: F(4x4, 3x3) for float maps, F(2x2, 3x3) for bfloat16 maps.
//
// Number is a number of a map. Factor is what the products multiply: kStep numbers that follow each other in depth.
#pragma once
#include <ATen/core/Tensor.h>

#include "engine/kernels/winograd_f2.h"
#include "engine/kernels/winograd_f4.h"

namespace seg::kernels::winograd {

struct F4 {
  using Number = float;
  using Factor = float;
  static constexpr at::ScalarType kType = at::kFloat;
  static constexpr std::int64_t kOutputs = f4::kOutputs;
  static constexpr std::size_t kWindow = f4::kWindow;
  static constexpr WinogradForm kForm = kWinogradOfFloats;
  static constexpr std::int64_t kStep = kForm.numbers_a_factor;

  using Windows = std::array<Square<const Number, kWindow>, kStep>;
  using Outputs = std::array<Square<const Number, f4::kOutputs>, kStep>;
  using Taps = std::array<Square<const Number, kTaps>, kStep>;
  using Points = Square<Factor, kWindow>;

  static void transform_window(const Square<const Number, kWindow>& window, const Points& points, std::size_t n) {
    f4::transform_window(window, points, n);
  }
  static void transform_windows(const Windows& windows, const Points& points, std::size_t n) {
    f4::transform_window(windows[0], points, n);
  }
  static void transform_output_gradients(const Outputs& outputs, const Points& points, std::size_t n) {
    f4::transform_output_gradient(outputs[0], points, n);
  }
  static void transform_taps(const Taps& taps, const Points& points, std::size_t n) {
    f4::transform_taps(taps[0], points, n);
  }
  template <class... Arguments>
  static void transform_to_outputs(const Arguments&... arguments) {
    f4::transform_to_outputs(arguments...);
  }
  template <class... Arguments>
  static void transform_to_taps(const Arguments&... arguments) {
    f4::transform_to_taps(arguments...);
  }
};

struct F2 {
  using Number = std::uint16_t;
  using Factor = Bfloat16Pair;
  static constexpr at::ScalarType kType = at::kBFloat16;
  static constexpr std::int64_t kOutputs = f2::kOutputs;
  static constexpr std::size_t kWindow = f2::kWindow;
  static constexpr WinogradForm kForm = kWinogradOfHalfPrecision;
  static constexpr std::int64_t kStep = kForm.numbers_a_factor;

  using Points = Square<Factor, kWindow>;
  using Windows = std::array<Square<const Number, kWindow>, kStep>;
  using Outputs = std::array<Square<const Number, f2::kOutputs>, kStep>;
  using Taps = std::array<Square<const Number, kTaps>, kStep>;

  template <class... Arguments>
  static void transform_window(const Arguments&... arguments) {
    f2::transform_window(arguments...);
  }
  template <class... Arguments>
  static void transform_windows(const Arguments&... arguments) {
    f2::transform_windows(arguments...);
  }
  template <class... Arguments>
  static void transform_output_gradients(const Arguments&... arguments) {
    f2::transform_output_gradients(arguments...);
  }
  template <class... Arguments>
  static void transform_taps(const Arguments&... arguments) {
    f2::transform_taps(arguments...);
  }
  template <class... Arguments>
  static void transform_to_outputs(const Arguments&... arguments) {
    f2::transform_to_outputs(arguments...);
  }
  template <class... Arguments>
  static void transform_to_taps(const Arguments&... arguments) {
    f2::transform_to_taps(arguments...);
  }
};

// Calls f with the form for maps of the type.
template <class F>
at::Tensor with_form(at::ScalarType type, const F& f) {
  return type == F4::kType ? f(F4()) : f(F2());
}

static_assert(F4::kOutputs == F4::kForm.outputs && F2::kOutputs == F2::kForm.outputs);

}  // namespace seg::kernels::winograd
