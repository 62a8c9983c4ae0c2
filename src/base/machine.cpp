// SPDX-License-Identifier: Apache-2.0
#include "base/machine.h"

#include <hwy/targets.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <set>
#include <sstream>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/cgroup.h"

namespace seg {
namespace {

// The number after `name` in a file of "name: number unit" lines, in bytes.
std::int64_t kilobytes_after(const char* path, const std::string& name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (line.compare(0, name.size(), name) != 0) continue;
    return std::stoll(line.substr(name.size())) * 1024;
  }
  return 0;
}

// The text after the colon of the first line of /proc/cpuinfo that begins with one of two names (x86 or Arm).
std::string cpuinfo(const std::string& name, const std::string& other_name) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.compare(0, name.size(), name) != 0 && line.compare(0, other_name.size(), other_name) != 0) continue;
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos || colon + 2 > line.size()) continue;
    return line.substr(colon + 2);
  }
  return {};
}

int processors_by_affinity() {
  // The mask of a machine with more than 1024 processors does not fit into one cpu_set_t.
  for (std::size_t sets = 1; sets <= 64; sets *= 2) {
    std::vector<cpu_set_t> mask(sets);
    if (sched_getaffinity(0, sets * sizeof(cpu_set_t), mask.data()) == 0) {
      return CPU_COUNT_S(sets * sizeof(cpu_set_t), mask.data());
    }
  }
  return static_cast<int>(std::thread::hardware_concurrency());
}

enum class Vectors { before_avx2, avx2, any };

Vectors highest_vectors() {
  const char* const bound = std::getenv("ATEN_CPU_CAPABILITY");
  const std::string_view name = bound == nullptr ? "" : bound;
  return name == "avx2" ? Vectors::avx2 : name == "default" ? Vectors::before_avx2 : Vectors::any;
}

}  // namespace

int usable_processors() {
  int count = processors_by_affinity();
  if (const auto quota = cgroup_limits().processors) count = std::min(count, static_cast<int>(std::floor(*quota)));
  return std::max(count, 1);
}

int online_processors() { return std::max(static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)), 1); }

std::int64_t total_memory_bytes() { return kilobytes_after("/proc/meminfo", "MemTotal:"); }

std::optional<std::int64_t> address_space_left() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
      std::cmp_greater(limit.rlim_cur, std::numeric_limits<std::int64_t>::max()))
    return std::nullopt;
  std::ifstream file("/proc/self/statm");
  std::int64_t pages = 0;
  file >> pages;
  return std::max<std::int64_t>(static_cast<std::int64_t>(limit.rlim_cur) - pages * ::sysconf(_SC_PAGESIZE), 0);
}

UsableMemory usable_memory() {
  UsableMemory usable{.bytes = kilobytes_after("/proc/meminfo", "MemAvailable:"), .bound = MemoryBound::machine};
  const auto bound_by = [&](std::optional<std::int64_t> bytes, MemoryBound bound) {
    if (bytes && *bytes < usable.bytes) usable = {.bytes = *bytes, .bound = bound};
  };
  bound_by(cgroup_limits().memory_bytes, MemoryBound::control_group);
  bound_by(address_space_left(), MemoryBound::address_space);
  return usable;
}

std::int64_t usable_memory_bytes() { return usable_memory().bytes; }

std::int64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::int64_t total = 0, resident = 0;
  file >> total >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

std::int64_t peak_resident_bytes() { return kilobytes_after("/proc/self/status", "VmHWM:"); }

std::int64_t minor_page_faults() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

CpuFeatures cpu_features() {
  // The kernel lists only what it has enabled, so no look at the control registers is needed.
  std::istringstream stream(cpuinfo("flags", "Features"));
  std::set<std::string> flags;
  for (std::string flag; stream >> flag;) flags.insert(flag);
  const auto has = [&](const char* flag) { return flags.count(flag) != 0; };
  const bool may_avx512 = highest_vectors() == Vectors::any, may_avx2 = highest_vectors() != Vectors::before_avx2;
  return {.avx2 = may_avx2 && has("avx2") && has("fma"),
          .avx512 = may_avx512 && has("avx512f") && has("avx512bw") && has("avx512dq") && has("avx512vl"),
          .bf16 = may_avx512 && (has("avx512_bf16") || has("amx_bf16") || has("bf16")),
          .avx512_bf16 = may_avx512 && has("avx512_bf16"),
          .amx_bf16 = may_avx512 && has("amx_bf16")};
}

void bound_vector_kernels() {
#if defined(__x86_64__)
  // A target of Highway is a bit, and the better the lower.
  if (highest_vectors() == Vectors::avx2) hwy::DisableTargets(HWY_AVX2 - 1);
  if (highest_vectors() == Vectors::before_avx2) hwy::DisableTargets(HWY_SSE4 - 1);
#endif
}

std::string cpu_name() {
  std::string name = cpuinfo("model name", "Model");
  return name.empty() ? "unknown processor" : name;
}

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "localhost";
  return name.data();
}

}  // namespace seg
