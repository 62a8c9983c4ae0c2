// SPDX-License-Identifier: Apache-2.0
#include "base/positioned_file.h"

#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "base/error.h"

namespace seg {

PositionedFile::PositionedFile(std::filesystem::path path)
    : path_(std::move(path)), file_(open_for_reading(path_)), size_(size_of(file_, path_)) {}

void PositionedFile::read(std::uint64_t at, std::span<std::byte> to) const {
  while (!to.empty()) {
    const ssize_t count = ::pread(file_.get(), to.data(), to.size(), static_cast<off_t>(at));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(path_.string(), "cannot be read: " + std::generic_category().message(errno), remedy_for(errno));
    if (count == 0)
      fail(path_.string(), "has become shorter: at byte " + std::to_string(at) + " it ends",
           "leave the file alone while it is read; make it again and start anew");
    at += static_cast<std::uint64_t>(count);
    to = to.subspan(static_cast<std::size_t>(count));
  }
}

}  // namespace seg
