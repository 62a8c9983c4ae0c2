// SPDX-License-Identifier: Apache-2.0
#include "telemetry/event_file.h"

#include <unistd.h>

#include <atomic>
#include <cmath>
#include <functional>
#include <optional>
#include <system_error>

#include "base/clock.h"
#include "base/machine.h"
#include "base/text.h"
#include "telemetry/protobuf.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "events.out.tfevents.";
constexpr std::string_view kFileVersion = "brain.Event:2";

// Numbers of fields; see the header.
constexpr int kWallTime = 1, kStep = 2, kVersion = 3, kSummary = 5;
constexpr int kValue = 1, kTag = 1, kSimpleValue = 2, kImage = 4;
constexpr int kHeight = 1, kWidth = 2, kColorspace = 3, kEncoded = 4;

std::string event(std::int64_t step, int content, std::string_view bytes) {
  ProtobufWriter writer;
  writer.add_double(kWallTime, unix_time_now());
  if (step != 0) writer.add_varint(kStep, static_cast<std::uint64_t>(step));
  writer.add_bytes(content, bytes);
  return writer.text();
}

// What a cut has to know of a record.
struct EventKey {
  std::int64_t step = 0;
  bool is_summary = false;
  std::string_view tag{};  // of the first value
};

std::string_view tag_of(std::string_view summary) {
  const auto value = find_protobuf_field(summary, kValue);
  const auto tag = value ? find_protobuf_field(value->bytes, kTag) : std::nullopt;
  return tag ? tag->bytes : std::string_view();
}

EventKey key_of(std::string_view data) {
  EventKey key;
  if (const auto step = find_protobuf_field(data, kStep)) key.step = static_cast<std::int64_t>(step->number);
  if (const auto summary = find_protobuf_field(data, kSummary)) {
    key.is_summary = true;
    key.tag = tag_of(summary->bytes);
  }
  return key;
}

void keep_events(const fs::path& folder, const std::function<bool(const EventKey&)>& keep) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder))
    if (entry.is_regular_file() && EventFile::is_name(entry.path().filename().string())) files.push_back(entry.path());
  for (const fs::path& file : files) {
    bool holds_summary = false;
    keep_records(file, [&](std::string_view data) {
      const EventKey key = key_of(data);
      if (!keep(key)) return false;
      holds_summary = holds_summary || key.is_summary;
      return true;
    });
    std::error_code ignored;  // a file without content does no harm
    if (!holds_summary) fs::remove(file, ignored);
  }
}

fs::path new_path(const fs::path& folder) {
  static std::atomic<int> serial{0};
  return folder / (std::string(kPrefix) + padded(static_cast<std::int64_t>(std::floor(unix_time_now())), 10) + "." +
                   host_name() + "." + std::to_string(::getpid()) + "." + std::to_string(serial++));
}

}  // namespace

EventFile::EventFile(const fs::path& folder) : path_(new_path(folder)), file_(path_) {
  file_.append(event(0, kVersion, kFileVersion));
}

void EventFile::add_scalars(std::int64_t step, const std::vector<EventScalar>& scalars) {
  if (scalars.empty()) return;
  ProtobufWriter summary;
  for (const EventScalar& scalar : scalars) {
    ProtobufWriter value;
    value.add_bytes(kTag, scalar.tag);
    value.add_float(kSimpleValue, static_cast<float>(scalar.value));
    summary.add_bytes(kValue, value.text());
  }
  file_.append(event(step, kSummary, summary.text()));
}

void EventFile::add_picture(std::int64_t step, const EventPicture& picture) {
  ProtobufWriter image, value, summary;
  image.add_varint(kHeight, static_cast<std::uint64_t>(picture.height));
  image.add_varint(kWidth, static_cast<std::uint64_t>(picture.width));
  image.add_varint(kColorspace, static_cast<std::uint64_t>(picture.channels));  // 1 gray, 3 RGB
  image.add_bytes(kEncoded, {reinterpret_cast<const char*>(picture.png.data()), picture.png.size()});
  value.add_bytes(kTag, picture.tag);
  value.add_bytes(kImage, image.text());
  summary.add_bytes(kValue, value.text());
  file_.append(event(step, kSummary, summary.text()));
}

bool EventFile::is_name(std::string_view file_name) noexcept { return file_name.starts_with(kPrefix); }

void cut_events_after(const fs::path& folder, std::int64_t step) {
  keep_events(folder, [step](const EventKey& key) { return key.step <= step; });
}

void cut_events_of(const fs::path& folder, std::int64_t step, std::string_view tag_prefix) {
  keep_events(folder, [&](const EventKey& key) { return key.step != step || !key.tag.starts_with(tag_prefix); });
}

}  // namespace seg
