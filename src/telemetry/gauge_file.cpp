// SPDX-License-Identifier: Apache-2.0
#include "telemetry/gauge_file.h"

#include <cerrno>
#include <cmath>
#include <cstdio>
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

[[noreturn]] void fail_to_write(const fs::path& path, const std::error_code& error) {
  const bool is_full = error == std::errc::no_space_on_device || error.value() == EDQUOT;
  fail(path.string(), "cannot be written: " + error.message(),
       is_full ? "more room on its disk" : "a folder that is there, and may be written to");
}

std::error_code last_error() { return {errno, std::generic_category()}; }

// An error code that is none if all of it is there.
std::error_code write_whole(const fs::path& path, const std::string& text) {
  std::FILE* const file = std::fopen(path.c_str(), "w");
  if (file == nullptr) return last_error();
  std::error_code error;
  if (std::fwrite(text.data(), 1, text.size(), file) != text.size()) error = last_error();
  if (std::fclose(file) != 0 && !error) error = last_error();
  return error;
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
  if (const std::error_code error = write_whole(part_, "")) fail_to_write(path_, error);
  std::error_code ignored;
  fs::remove(part_, ignored);
}

void GaugeFile::write(const std::string& text) {
  std::error_code error = write_whole(part_, text);
  if (!error) fs::rename(part_, path_, error);
  if (!error) return;
  std::error_code ignored;
  fs::remove(part_, ignored);
  fail_to_write(path_, error);
}

}  // namespace seg
