// SPDX-License-Identifier: Apache-2.0
#include "base/opened_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "base/error.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_with_errno(const std::string& path, const std::string& what, int error = errno) {
  fail(path, what + ": " + std::generic_category().message(error), remedy_for(error));
}

void refuse_other_kinds(const std::string& path, mode_t mode, Pipes pipes) {
  if (S_ISREG(mode) || (S_ISFIFO(mode) && pipes == Pipes::taken)) return;
  if (S_ISDIR(mode)) fail_with_errno(path, "cannot be read", EISDIR);
  const std::string kind = S_ISFIFO(mode) ? "a pipe" : S_ISSOCK(mode) ? "a socket" : "a device";
  fail(path, "is " + kind + ", not a file", "the name of a file; what a program writes can be kept in one first");
}

}  // namespace

std::string remedy_for(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR: {
      std::error_code ignored;
      return "check the path; relative paths start at " + fs::current_path(ignored).string();
    }
    case EACCES:
    case EPERM: return "give this user the right to do so (ls -l shows who has it), or choose another place";
    case EROFS: return "choose a place that can be written to";
    case EISDIR: return "name a file, not a folder";
    case ENOSPC:
    case EDQUOT: return "free some space there, or choose a place on another disk";
    case EFBIG: return "raise the limit of the size of files (ulimit -f), or choose another file system";
    case EMFILE:
    case ENFILE: return "raise the limit of open files (ulimit -n)";
    case ENAMETOOLONG: return "choose a shorter name";
    default: return "check the file and its disk";
  }
}

Descriptor::~Descriptor() {
  if (value_ >= 0) ::close(value_);
}

// Unless a pipe is welcome, nothing is waited for. Where one is, it is asked before, since opening alone may wait.
Descriptor open_for_reading(const std::string& path, Pipes pipes) {
  struct stat status {};
  const bool may_wait = pipes == Pipes::taken;
  if (may_wait && ::stat(path.c_str(), &status) == 0) refuse_other_kinds(path, status.st_mode, pipes);
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | (may_wait ? 0 : O_NONBLOCK)));
  const int error = errno;
  const bool is_known = (file.get() < 0 ? ::stat(path.c_str(), &status) : ::fstat(file.get(), &status)) == 0;
  if (is_known) refuse_other_kinds(path, status.st_mode, pipes);  // a socket cannot even be opened
  if (file.get() < 0) fail_with_errno(path, "cannot be opened", error);
  return file;
}

std::size_t size_of(const Descriptor& file, const std::string& path) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) fail_with_errno(path, "cannot be read");
  return S_ISREG(status.st_mode) ? static_cast<std::size_t>(status.st_size) : 0;
}

std::size_t read_fully(const Descriptor& file, const std::string& path, void* place, std::size_t count) {
  std::size_t filled = 0;
  while (filled < count) {
    const ssize_t got = ::read(file.get(), static_cast<char*>(place) + filled, count - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_with_errno(path, "cannot be read");
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  return filled;
}

}  // namespace seg
