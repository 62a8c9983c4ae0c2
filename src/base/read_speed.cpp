// SPDX-License-Identifier: Apache-2.0
#include "base/read_speed.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <mutex>

#include "base/clock.h"
#include "base/error.h"
#include "base/file.h"
#include "base/opened_file.h"
#include "base/parallel.h"

namespace seg {
namespace {

// Reading ahead leaves some pages of a neighbour; more than this share of a file in memory would flatter the disk.
constexpr std::size_t kMostInMemory = 8;  // one page in so many

bool lies_in_memory(const Descriptor& file, std::size_t size) {
  if (size == 0) return false;
  void* const place = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file.get(), 0);
  if (place == MAP_FAILED) return true;
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> pages((size + page - 1) / page);
  const bool is_told = ::mincore(place, size, pages.data()) == 0;
  ::munmap(place, size);
  const auto in_memory = std::ranges::count_if(pages, [](unsigned char flags) { return (flags & 1) != 0; });
  return !is_told || static_cast<std::size_t>(in_memory) * kMostInMemory > pages.size();
}

// Whether the system no longer has the files in memory.
bool forget(const std::vector<std::string>& files) {
  try {
    for (const std::string& path : files) {
      const Descriptor file = open_for_reading(path);
      (void)::posix_fadvise(file.get(), 0, 0, POSIX_FADV_DONTNEED);
      if (lies_in_memory(file, size_of(file, path))) return false;
    }
  } catch (const UserError&) {
    return false;
  }
  return true;
}

std::vector<std::size_t> forgotten(const std::vector<std::vector<std::string>>& groups, int threads) {
  std::vector<char> is_forgotten(groups.size());
  parallel_for_each(groups.size(), threads, [&](std::size_t i) { is_forgotten[i] = forget(groups[i]) ? 1 : 0; });
  std::vector<std::size_t> indices;
  for (std::size_t i = 0; i < groups.size(); ++i)
    if (is_forgotten[i] != 0) indices.push_back(i);
  return indices;
}

}  // namespace

ReadSpeed measure_read_speed(const std::vector<std::vector<std::string>>& groups, const ReadSpeedOptions& options) {
  const std::vector<std::size_t> cold = forgotten(groups, options.threads);
  ReadSpeed speed;
  std::mutex mutex;
  const double start = seconds_now();
  parallel_for_each(cold.size(), options.threads, [&](std::size_t k) {
    static thread_local Bytes file;  // for its memory
    if (seconds_now() - start > options.most_seconds) return;
    std::int64_t bytes = 0;
    try {
      for (const std::string& path : groups[cold[k]]) {
        disk().read(path, file);
        bytes += static_cast<std::int64_t>(file.size());
      }
    } catch (const UserError&) {
      return;
    }
    const std::lock_guard lock(mutex);
    ++speed.num_groups;
    speed.bytes += bytes;
    speed.seconds = seconds_now() - start;
  });
  return speed;
}

}  // namespace seg
