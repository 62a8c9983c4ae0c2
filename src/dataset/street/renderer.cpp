// SPDX-License-Identifier: Apache-2.0
#include "dataset/street/renderer.h"

#include <algorithm>
#include <cassert>
#include <limits>

#include "dataset/street/buildings.h"
#include "dataset/street/furniture.h"
#include "dataset/street/ground.h"
#include "dataset/street/people.h"
#include "dataset/street/plants.h"
#include "dataset/street/vehicles.h"

namespace seg::street {
namespace {

constexpr float kNothingSeen = std::numeric_limits<float>::max();
constexpr float kFarthestGround = 400;
constexpr std::int64_t kPixelsAtOnce = std::int64_t{1} << 18;

std::uint8_t clipped(float value) noexcept {
  return static_cast<std::uint8_t>(value <= 0 ? 0 : value >= 255 ? 255 : value + 0.5F);
}

// From top to bottom, so that a large image takes no more memory than a small one; all but the last of one height.
std::vector<Window> bands_of(const Window& window) {
  const std::int64_t rows = std::max<std::int64_t>(1, kPixelsAtOnce / window.width),
                     bottom = window.top + window.height;
  std::vector<Window> bands;
  for (std::int64_t top = window.top; top < bottom; top += rows)
    bands.push_back({top, window.left, std::min(rows, bottom - top), window.width});
  return bands;
}

// The last step of develop() for `count` values in a row.
void expose(const std::uint16_t* blurred, const std::uint16_t* corners, const std::int16_t* grain, std::size_t count,
            std::uint16_t lens, std::int16_t noise, std::uint8_t* out) noexcept {
  for (std::size_t k = 0; k < count; ++k) {
    const auto sum = static_cast<std::uint16_t>(7 * (blurred[k - 3] + 4 * blurred[k] + blurred[k + 3]));
    const auto factor = static_cast<std::uint16_t>(lens - corners[k]);
    const int value = static_cast<int>(std::uint32_t{sum} * factor >> 16) + (grain[k] * noise >> 6) + 8;  // sixteenths
    out[k] = static_cast<std::uint8_t>(std::clamp(value >> 4, 0, 255));
  }
}

}  // namespace

// The part of an image that is drawn, and where its pixels look.
struct Renderer::Frame {
  const Street& street;
  Wanted wanted;
  int top, left, height, width;  // the drawn area
  float scale;                   // pixels in an image height
  float middle;                  // column of the image's middle

  std::size_t index(int y, int x) const noexcept {
    return static_cast<std::size_t>(y - top) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x - left);
  }
  float u_of(int x) const noexcept { return (static_cast<float>(x) + 0.5F - middle) / scale; }
  // Below the horizon.
  float v_of(int y) const noexcept { return (static_cast<float>(y) + 0.5F) / scale - street.camera.horizon; }
  int first_row_below(float v) const noexcept {  // whose v is not smaller
    return std::clamp(floor_of((v + street.camera.horizon) * scale - 0.5F) + 1, top, top + height);
  }
  int first_column_right_of(float u) const noexcept {
    return std::clamp(floor_of(std::clamp(u * scale + middle - 0.5F, -1.0F, 1e6F)) + 1, left, left + width);
  }
  float haze_at(float z) const noexcept { return z / (z + street.light.haze_distance); }
};

void Renderer::draw_image(const Street& street, const Picture& picture, Image& image) {
  image.resize({picture.window.height, picture.window.width, 3, PixelType::u8});
  for (const Window& band : bands_of(picture.window)) {
    const auto top = std::max<std::int64_t>(0, band.top - 1), left = std::max<std::int64_t>(0, band.left - 1);
    const auto bottom = std::min(picture.height, band.top + band.height + 1);
    const auto right = std::min(picture.width, band.left + band.width + 1);
    const Frame frame{.street = street,
                      .wanted = Wanted::colors,
                      .top = static_cast<int>(top),
                      .left = static_cast<int>(left),
                      .height = static_cast<int>(bottom - top),
                      .width = static_cast<int>(right - left),
                      .scale = static_cast<float>(picture.height),
                      .middle = static_cast<float>(picture.width) / 2};
    draw(frame);
    develop(frame, band, band.top - picture.window.top, image);
  }
}

void Renderer::draw_labels(const Street& street, const Picture& picture, std::uint8_t ignore, LabelMap& labels) {
  labels.resize(picture.window.height, picture.window.width);
  auto value = labels.values().begin();
  for (const Window& band : bands_of(picture.window)) {
    const Frame frame{.street = street,
                      .wanted = Wanted::labels,
                      .top = static_cast<int>(band.top),
                      .left = static_cast<int>(band.left),
                      .height = static_cast<int>(band.height),
                      .width = static_cast<int>(band.width),
                      .scale = static_cast<float>(picture.height),
                      .middle = static_cast<float>(picture.width) / 2};
    draw(frame);
    for (std::size_t i = 0; i < labels_.size(); ++i, ++value) {
      const Class label = veil_[i] < depth_[i] ? veils_[i] : labels_[i];
      *value = label == Class::nothing ? ignore : static_cast<std::uint8_t>(label);
    }
  }
}

void Renderer::draw(const Frame& frame) {
  const auto pixels = static_cast<std::size_t>(frame.height) * static_cast<std::size_t>(frame.width);
  depth_.assign(pixels, kNothingSeen);
  veil_.assign(pixels, kNothingSeen);
  labels_.resize(pixels);
  veils_.resize(pixels);
  columns_.resize(static_cast<std::size_t>(frame.width));
  if (frame.wanted == Wanted::colors) {
    colors_.resize(3 * pixels);
    light_.assign(pixels, 1.0F);
    darken_ground(frame);
  }
  draw_bonnet(frame);
  draw_panels(frame);
  fill_ground(frame);
  fill_sky(frame);
}

template <class Material>
void Renderer::draw_panel(const Frame& frame, const Panel& panel) {
  const Camera& camera = frame.street.camera;
  const Material material(panel, frame.street.light);
  const float ua = camera.focal * panel.xa / panel.za, ub = camera.focal * panel.xb / panel.zb;
  const int first = frame.first_column_right_of(std::min(ua, ub)), end = frame.first_column_right_of(std::max(ua, ub));
  if (first >= end) return;
  const float dx = panel.xb - panel.xa, dz = panel.zb - panel.za, length = panel.length();
  float highest = kNothingSeen, lowest = -kNothingSeen;
  for (int x = first; x < end; ++x) {
    // Where the ray of this column meets the panel, seen from above.
    const float k = frame.u_of(x) / camera.focal, across = dx - k * dz;
    Column& column = columns_[static_cast<std::size_t>(x - frame.left)];
    column.z = 0;
    if (absolute(across) < 1e-6F) continue;
    const float t = (k * panel.za - panel.xa) / across;
    if (t < 0 || t > 1) continue;
    const float z = panel.za + t * dz;
    column = {.z = z, .s = t * length, .pixel = z / (camera.focal * frame.scale), .haze = frame.haze_at(z)};
    highest = std::min(highest, camera.focal * (camera.height - panel.top) / z);
    lowest = std::max(lowest, camera.focal * (camera.height - panel.bottom) / z);
  }
  if (highest > lowest) return;
  // A row more on both sides: which rows are looked at depends on the window, so rounding must not decide about pixels.
  const int first_row = std::max(frame.first_row_below(highest) - 1, frame.top);
  const int end_row = std::min(frame.first_row_below(lowest) + 1, frame.top + frame.height);
  for (int y = first_row; y < end_row; ++y) {
    const float v = frame.v_of(y) / camera.focal;
    std::size_t i = frame.index(y, first);
    for (int x = first; x < end; ++x, ++i) {
      const Column& column = columns_[static_cast<std::size_t>(x - frame.left)];
      if (column.z <= 0 || column.z >= depth_[i]) continue;
      const float h = camera.height - v * column.z;
      if (h < panel.bottom || h >= panel.top) continue;
      const Hit hit = material.hit(column.s, h, column.pixel);
      if (!hit) continue;
      if (hit.part == kSeeThrough) {
        if (column.z >= veil_[i]) continue;
        veil_[i] = column.z;
        veils_[i] = hit.label;
        continue;
      }
      depth_[i] = column.z;
      labels_[i] = hit.label;
      if (frame.wanted == Wanted::labels) continue;
      const Color color = mix(material.shade(hit, column.s, h, column.pixel), frame.street.light.haze, column.haze);
      colors_[3 * i] = clipped(color.r);
      colors_[3 * i + 1] = clipped(color.g);
      colors_[3 * i + 2] = clipped(color.b);
    }
  }
}

void Renderer::draw_panels(const Frame& frame) {
  for (const Panel& panel : frame.street.panels) {
    switch (panel.material) {
      case Material::facade: draw_panel<Facade>(frame, panel); break;
      case Material::backdrop: draw_panel<Backdrop>(frame, panel); break;
      case Material::crown: draw_panel<Crown>(frame, panel); break;
      case Material::hedge: draw_panel<Hedge>(frame, panel); break;
      case Material::lamp_post: draw_panel<LampPost>(frame, panel); break;
      case Material::sign_post: draw_panel<SignPost>(frame, panel); break;
      case Material::traffic_light: draw_panel<TrafficLight>(frame, panel); break;
      case Material::railing: draw_panel<Railing>(frame, panel); break;
      case Material::planks: draw_panel<Planks>(frame, panel); break;
      case Material::car_end: draw_panel<CarEnd>(frame, panel); break;
      case Material::car_side: draw_panel<CarSide>(frame, panel); break;
      case Material::car_cabin: draw_panel<CarCabin>(frame, panel); break;
      case Material::walker: draw_panel<Walker>(frame, panel); break;
      case Material::rider: draw_panel<Rider>(frame, panel); break;
      case Material::bicycle: draw_panel<Bicycle>(frame, panel); break;
      case Material::bin: draw_panel<Bin>(frame, panel); break;
      case Material::cone: draw_panel<Cone>(frame, panel); break;
    }
  }
}

// The bonnet of the own car along the lower edge: no class, and nearer than everything.
void Renderer::draw_bonnet(const Frame& frame) {
  if (!frame.street.bonnet) return;
  const Light& light = frame.street.light;
  for (int y = frame.top; y < frame.top + frame.height; ++y) {
    const float from_edge = 1 - (frame.v_of(y) + frame.street.camera.horizon);  // 0 at the lower edge
    if (from_edge > 0.1F) continue;
    for (int x = frame.left; x < frame.left + frame.width; ++x) {
      const float u = frame.u_of(x), edge = 0.085F - 0.06F * u * u;
      if (from_edge > edge) continue;
      const std::size_t i = frame.index(y, x);
      depth_[i] = 0;
      labels_[i] = Class::nothing;
      if (frame.wanted == Wanted::labels) continue;
      const float up = from_edge / 0.085F;
      const Color mirrored = mix(light.haze, light.sky_top, clouds().at(u * 9, up * 3));
      const Color color = mix(frame.street.bonnet_color * light.above, mirrored, 0.15F + 0.3F * up);
      colors_[3 * i] = clipped(color.r);
      colors_[3 * i + 1] = clipped(color.g);
      colors_[3 * i + 2] = clipped(color.b);
    }
  }
}

void Renderer::darken_ground(const Frame& frame) {
  const Camera& camera = frame.street.camera;
  const float reach = camera.focal * camera.height;  // v times Z on the ground
  for (const Stain& stain : frame.street.stains) {
    const float near = std::max(stain.z - stain.half_z, 0.6F), far = stain.z + stain.half_z;
    const int first_row = frame.first_row_below(reach / far), end_row = frame.first_row_below(reach / near);
    const float left = camera.focal * (stain.x - stain.half_x), right = camera.focal * (stain.x + stain.half_x);
    const int first = frame.first_column_right_of(std::min(left / near, left / far));
    const int end = frame.first_column_right_of(std::max(right / near, right / far));
    for (int y = first_row; y < end_row; ++y) {
      const float z = reach / frame.v_of(y), along = squared((z - stain.z) / stain.half_z);
      for (int x = first; x < end; ++x) {
        const float d = along + squared((frame.u_of(x) * z / camera.focal - stain.x) / stain.half_x);
        if (d >= 1) continue;
        float& light = light_[frame.index(y, x)];
        light = std::min(light, 1 - stain.strength * clamped(1.6F * (1 - d)));
      }
    }
  }
}

void Renderer::fill_ground(const Frame& frame) {
  const Camera& camera = frame.street.camera;
  const Ground ground(frame.street);
  for (int y = frame.top; y < frame.top + frame.height; ++y) {
    const float v = frame.v_of(y);
    if (v <= 0) continue;
    const float z = std::min(camera.focal * camera.height / v, kFarthestGround);
    const GroundRow row =
        ground.row_at(z, z / (camera.focal * frame.scale), z * z / (camera.focal * camera.height * frame.scale));
    const float haze = frame.haze_at(z);
    std::size_t i = frame.index(y, frame.left);
    for (int x = frame.left; x < frame.left + frame.width; ++x, ++i) {
      if (depth_[i] < kNothingSeen) continue;
      const float place = frame.u_of(x) * z / camera.focal;
      depth_[i] = z;
      labels_[i] = ground.class_at(row, place);
      if (frame.wanted == Wanted::labels) continue;
      const Color color = mix(ground.color_at(row, labels_[i], place) * light_[i], frame.street.light.haze, haze);
      colors_[3 * i] = clipped(color.r);
      colors_[3 * i + 1] = clipped(color.g);
      colors_[3 * i + 2] = clipped(color.b);
    }
  }
}

void Renderer::fill_sky(const Frame& frame) {
  for (int y = frame.top; y < frame.top + frame.height; ++y) {
    const float up = -frame.v_of(y);
    if (up < 0) return;
    std::size_t i = frame.index(y, frame.left);
    for (int x = frame.left; x < frame.left + frame.width; ++x, ++i) {
      if (depth_[i] < kNothingSeen) continue;
      labels_[i] = Class::sky;
      if (frame.wanted == Wanted::labels) continue;
      const Color color = sky_color(frame.street, frame.u_of(x), up);
      colors_[3 * i] = clipped(color.r);
      colors_[3 * i + 1] = clipped(color.g);
      colors_[3 * i + 2] = clipped(color.b);
    }
  }
}

// What lens and sensor make of the scene: a slight blur, darker corners, noise.
// In integers of 16 bits, so that it takes a small part of the time: 36 x a value as the blur gives it, times 7, fits.
void Renderer::develop(const Frame& frame, const Window& window, std::int64_t first_row, Image& image) {
  const auto values = static_cast<std::size_t>(3 * frame.width), count = static_cast<std::size_t>(3 * window.width);
  const std::size_t first = static_cast<std::size_t>(3 * (window.left - frame.left));
  constexpr float kSixteenths = 16 * 65536 / (36 * 7.0F);  // of a grey value
  blurred_.resize(values + 6);                             // a pixel more at both ends
  corners_.resize(count);
  for (std::size_t k = 0; k < count; ++k) {
    const float u = frame.u_of(static_cast<int>(window.left) + static_cast<int>(k / 3));
    corners_[k] = static_cast<std::uint16_t>(kSixteenths * frame.street.vignette * u * u);
  }
  const auto noise = static_cast<std::int16_t>(frame.street.noise * (64 * 16.0F / kGrainDeviation));
  for (int y = static_cast<int>(window.top); y < static_cast<int>(window.top + window.height); ++y) {
    const std::uint8_t* above = colors_.data() + 3 * frame.index(std::max(y - 1, frame.top), frame.left);
    const std::uint8_t* here = colors_.data() + 3 * frame.index(y, frame.left);
    const std::uint8_t* below =
        colors_.data() + 3 * frame.index(std::min(y + 1, frame.top + frame.height - 1), frame.left);
    std::uint16_t* const row = blurred_.data() + 3;
    for (std::size_t k = 0; k < values; ++k) row[k] = static_cast<std::uint16_t>(above[k] + 4 * here[k] + below[k]);
    for (std::size_t c = 0; c < 3; ++c) {
      blurred_[c] = row[c];
      row[values + c] = row[values - 3 + c];
    }
    const float v = (static_cast<float>(y) + 0.5F) / frame.scale - 0.5F;
    const auto lens = static_cast<std::uint16_t>(kSixteenths * (1 - frame.street.vignette * v * v));
    std::uint8_t* out = image.row<std::uint8_t>(first_row + y - window.top).data();
    for (std::size_t k = 0; k < count;) {
      // The grain of a value depends on its place in the image, not in the window.
      const std::size_t place = static_cast<std::size_t>(3 * window.left) + k + hash_at(0, y, frame.street.seed);
      const std::size_t start = place % kGrainLength, run = std::min(count - k, kGrainLength - start);
      expose(row + first + k, corners_.data() + k, sensor_grain().data() + start, run, lens, noise, out + k);
      k += run;
    }
  }
}

}  // namespace seg::street
