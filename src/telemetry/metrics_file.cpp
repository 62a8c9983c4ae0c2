// SPDX-License-Identifier: Apache-2.0
#include "telemetry/metrics_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/file.h"

namespace seg {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_to_write(const fs::path& path, int error) {
  fail(path.string(), "cannot be written: " + std::generic_category().message(error),
       "check the disk's free space and the rights of the run folder");
}

bool is_kept(std::string_view line, std::int64_t last_step) {
  const auto record = nlohmann::json::parse(line, nullptr, false);
  if (!record.is_object()) return false;
  const auto step = record.find("step");
  if (step == record.end() || !step->is_number()) return true;
  return step->get<double>() <= static_cast<double>(last_step);
}

}  // namespace

MetricsFile::MetricsFile(fs::path path) : path_(std::move(path)) {
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail_to_write(path_, errno);
}

MetricsFile::~MetricsFile() { ::close(descriptor_); }

void MetricsFile::append(const nlohmann::ordered_json& record) {
  const std::string line = record.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
  struct stat before {};
  if (::fstat(descriptor_, &before) != 0) fail_to_write(path_, errno);
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int error = errno;
      // A failure here adds nothing to the one that is told.
      [[maybe_unused]] const int ignored = ::ftruncate(descriptor_, before.st_size);
      fail_to_write(path_, error);
    }
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::int64_t MetricsFile::cut_after(const fs::path& path, std::int64_t step) {
  if (!fs::exists(path)) return 0;
  const std::string text = read_text(path);
  std::string kept;
  std::int64_t removed = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = std::string_view(text).substr(begin, end - begin);
    if (is_kept(line, step)) {
      kept.append(line).append("\n");
    } else {
      ++removed;
    }
    begin = end + 1;
  }
  if (kept != text) write_file(path, kept);
  return removed;
}

}  // namespace seg
