// SPDX-License-Identifier: Apache-2.0
#include "telemetry/gauge_file.h"

#include <cmath>
#include <cstdio>
#include <memory>
#include <system_error>

#include "base/error.h"
#include "base/text.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

std::string escaped(const std::string& text, bool is_label) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\')
      escaped += "\\\\";
    else if (c == '\n')
      escaped += "\\n";
    else if (c == '"' && is_label)
      escaped += "\\\"";
    else
      escaped += c;
  }
  return escaped;
}

std::string value_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return shortest(value);
}

void append_labels(const Gauge::Labels& labels, std::vector<std::string>& parts) {
  for (const auto& [name, value] : labels) parts.push_back(name + "=\"" + escaped(value, true) + '"');
}

}  // namespace

std::string exposition_text(std::span<const Gauge> gauges, const Gauge::Labels& common) {
  std::string text;
  for (const Gauge& gauge : gauges) {
    if (gauge.samples.empty()) continue;
    text += "# HELP " + gauge.name + ' ' + escaped(gauge.help, false) + '\n';
    text += "# TYPE " + gauge.name + (gauge.kind == GaugeKind::counter ? " counter\n" : " gauge\n");
    for (const Gauge::Sample& sample : gauge.samples) {
      std::vector<std::string> labels;
      append_labels(common, labels);
      append_labels(sample.labels, labels);
      text += gauge.name;
      if (!labels.empty()) text += '{' + joined(labels, ",") + '}';
      text += ' ' + value_text(sample.value) + '\n';
    }
  }
  return text;
}

GaugeFile::GaugeFile(fs::path path) : path_(std::move(path)), part_(path_) {
  part_ += ".part";  // collectors read what ends in .prom
  if (std::error_code ignored; fs::exists(path_, ignored) && !fs::is_regular_file(path_, ignored))
    fail(path_.string(), "is not a file that another could take the place of", "prometheus_file = a file's name");
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(part_.c_str(), "w"), &std::fclose);
  if (!file) fail(path_.string(), "cannot be written", "a folder that is there, and may be written to");
  std::error_code ignored;
  fs::remove(part_, ignored);
}

void GaugeFile::write(const std::string& text) {
  std::FILE* const file = std::fopen(part_.c_str(), "w");
  bool is_written = file != nullptr && std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (file != nullptr) is_written = std::fclose(file) == 0 && is_written;
  std::error_code error;
  if (is_written) fs::rename(part_, path_, error);
  if (is_written && !error) return;
  std::error_code ignored;
  fs::remove(part_, ignored);
  fail(path_.string(), "could not be written", "more room on its disk");
}

}  // namespace seg
