// SPDX-License-Identifier: Apache-2.0
// TensorFlow's record files (TFRecord), which TensorBoard reads.
//
// A record is its length (8 bytes), a checksum of these 8 bytes (4), the data, and a checksum of the data (4); numbers
// are little-endian. The checksum is CRC-32C, rotated right by 15 bits, plus 0xA282EAD8. Not thread-safe. Errors are
// UserErrors that name the file.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/append_file.h"

namespace seg {

// `data` with what stands around it in a file.
std::string framed_record(std::string_view data);

class RecordFile {
 public:
  // Goes on at the end of the file, if there is one.
  explicit RecordFile(const std::filesystem::path& path) : file_(path) {}
  void append(std::string_view data) { file_.append(framed_record(data)); }

 private:
  AppendFile file_;
};

// Writes the file anew with the records that keep(data) wants, whole or not at all. Reading ends at the first record
// that is torn or damaged: it and what follows are removed. Returns the number of records that stay.
std::int64_t keep_records(const std::filesystem::path& path, const std::function<bool(std::string_view data)>& keep);

}  // namespace seg
