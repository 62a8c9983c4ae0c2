// SPDX-License-Identifier: Apache-2.0
// Figures of a run for Prometheus: a file in its text format, as a node exporter's textfile collector reads it.
//
// The file is replaced as a whole by a rename, so that a reader sees the old one or the new one. It is not flushed to
// the disk: after a loss of power it means nothing anyway. Not thread-safe.
#pragma once
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace seg {

enum class GaugeKind { gauge, counter };

struct Gauge {
  using Labels = std::vector<std::pair<std::string, std::string>>;
  struct Sample {
    Labels labels{};
    double value = 0;
  };
  std::string name;  // "segtrain_step_seconds": letters, digits and underscores; the unit last
  std::string help;  // one line
  GaugeKind kind = GaugeKind::gauge;
  std::vector<Sample> samples{};
};

// Those without samples are left out. `common` labels stand before each sample's own.
std::string exposition_text(std::span<const Gauge> gauges, const Gauge::Labels& common);

class GaugeFile {
 public:
  // UserError if it cannot be written. Leaves nothing yet.
  explicit GaugeFile(std::filesystem::path path);
  void write(const std::string& text);  // UserError likewise

 private:
  std::filesystem::path path_, part_;
};

}  // namespace seg
