// SPDX-License-Identifier: Apache-2.0
// TensorBoard's event files: scalars and pictures of a run, in a file of its own for each part of it.
//
// A record is one protobuf message, Event: wall_time = 1 (double), step = 2 (int64), file_version = 3 (string, in the
// first record) or summary = 5 (Summary: repeated value = 1). A value has tag = 1 (string) and simple_value = 2 (float)
// or image = 4 (height = 1, width = 2, colorspace = 3, encoded_image_string = 4). Not thread-safe. Errors are
// UserErrors that name the file.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/record_file.h"

namespace seg {

struct EventScalar {
  std::string tag;
  double value = 0;
};

struct EventPicture {
  std::string tag;
  std::int64_t height = 0, width = 0, channels = 3;  // 1 or 3 channels
  std::span<const std::byte> png{};
};

class EventFile {
 public:
  // A new file "events.out.tfevents.<Unix seconds>.<host>.<process>.<number>" in the folder. Names sort by time.
  explicit EventFile(const std::filesystem::path& folder);

  void add_scalars(std::int64_t step, const std::vector<EventScalar>& scalars);
  void add_picture(std::int64_t step, const EventPicture& picture);

  const std::filesystem::path& path() const noexcept { return path_; }
  static bool is_name(std::string_view file_name) noexcept;

 private:
  std::filesystem::path path_;
  RecordFile file_;
};

// For a run that goes on from a checkpoint: removes from all event files of the folder what comes after its step, and
// what is torn or damaged with all that follows it in its file. Each file is replaced whole or not at all; one that
// holds nothing more is removed.
void cut_events_after(const std::filesystem::path& folder, std::int64_t step);
// Likewise what `tag_prefix` ("eval/") begins the tag of, at a step that is to be evaluated again.
void cut_events_of(const std::filesystem::path& folder, std::int64_t step, std::string_view tag_prefix);

}  // namespace seg
