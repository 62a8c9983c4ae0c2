// SPDX-License-Identifier: Apache-2.0
#include "base/append_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/error.h"

namespace seg {
namespace {

[[noreturn]] void fail_to_write(const std::filesystem::path& path, int error) {
  fail(path.string(), "cannot be written: " + std::generic_category().message(error),
       "check the disk's free space and the rights of the folder");
}

}  // namespace

AppendFile::AppendFile(std::filesystem::path path) : path_(std::move(path)) {
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail_to_write(path_, errno);
}

AppendFile::~AppendFile() { ::close(descriptor_); }

void AppendFile::append(std::string_view record) {
  struct stat before {};
  if (::fstat(descriptor_, &before) != 0) fail_to_write(path_, errno);
  while (!record.empty()) {
    const ssize_t written = ::write(descriptor_, record.data(), record.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int error = errno;
      // A failure here adds nothing to the one that is told.
      [[maybe_unused]] const int ignored = ::ftruncate(descriptor_, before.st_size);
      fail_to_write(path_, error);
    }
    record.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace seg
