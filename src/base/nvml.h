// SPDX-License-Identifier: Apache-2.0
// What NVIDIA's management library tells of a GPU: how busy, how full, how fast, how hot, and what slows it down.
//
// The library comes with the driver and is loaded when it is first asked for; no build needs it. Where it is absent,
// too old, or does not know something of a GPU, that is nothing, never 0. Asking does not wait for the GPU. Not
// thread-safe.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace seg {

struct GpuFigures {
  std::optional<double> utilisation{};  // share of the driver's last sample period in which a kernel ran
  std::optional<std::int64_t> used_bytes{}, total_bytes{};  // whoever uses them
  std::optional<double> megahertz{}, memory_megahertz{};
  std::optional<double> watts{}, most_watts{};
  std::optional<double> celsius{};
  std::optional<std::vector<std::string>> throttled_by{};  // "power", "heat", "hardware"; empty: by nothing

  std::optional<double> used_share() const {
    if (!used_bytes || !total_bytes || *total_bytes <= 0) return std::nullopt;
    return static_cast<double>(*used_bytes) / static_cast<double>(*total_bytes);
  }
};

class GpuProbe {
 public:
  // Nothing if there is no library, or if it does not know the GPU at this place of the bus ("0000:65:00.0").
  static std::unique_ptr<GpuProbe> of(const std::string& bus_id, const std::string& library = "libnvidia-ml.so.1");
  virtual ~GpuProbe() = default;
  virtual GpuFigures now() = 0;
};

}  // namespace seg
