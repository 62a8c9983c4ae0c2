// SPDX-License-Identifier: Apache-2.0
// A file that records are added to, one after the other, each whole or not at all.
//
// A record is on its way to the disk when append() returns, so that a killed process leaves whole records; a machine
// that lost power may leave a torn last one. If a record does not fit on the disk, nothing of it stays. Not
// thread-safe. Errors are UserErrors that name the file.
#pragma once
#include <filesystem>
#include <string_view>

namespace seg {

class AppendFile {
 public:
  // Goes on at the end of the file, if there is one.
  explicit AppendFile(std::filesystem::path path);
  ~AppendFile();
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;

  void append(std::string_view record);

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
};

}  // namespace seg
