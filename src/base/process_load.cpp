// SPDX-License-Identifier: Apache-2.0
#include "base/process_load.h"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>

namespace seg {
namespace {

namespace fs = std::filesystem;

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

// A file a thread: nanoseconds that it ran and that it waited, and how often it began to run.
void add_threads(const fs::path& root, ProcessLoad& load) {
  std::error_code error;
  for (fs::directory_iterator thread(root / "proc/self/task", error), end; !error && thread != end;
       thread.increment(error)) {
    std::ifstream file(thread->path() / "schedstat");
    double ran = 0, waited = 0;
    if (!(file >> ran >> waited)) continue;
    load.ran_seconds = load.ran_seconds.value_or(0) + ran * 1e-9;
    load.waited_seconds = load.waited_seconds.value_or(0) + waited * 1e-9;
  }
}

bool may_use(std::size_t processor) {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  if (processor >= CPU_SETSIZE || sched_getaffinity(0, sizeof(mask), &mask) != 0) return true;
  return CPU_ISSET(processor, &mask);
}

// Lines "cpu3 user nice system idle iowait irq softirq steal …" in ticks.
void add_processors(const fs::path& root, ProcessLoad& load) {
  std::ifstream file(root / "proc/stat");
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("cpu")) break;
    std::size_t processor = 0;
    const char* const number = line.data() + 3;
    if (std::from_chars(number, line.data() + line.size(), processor).ec != std::errc()) continue;
    if (!may_use(processor)) continue;
    std::istringstream values(line.substr(line.find(' ')));
    double user = 0, nice = 0, system = 0, idle = 0, waiting = 0, irq = 0, softirq = 0;
    if (!(values >> user >> nice >> system >> idle >> waiting >> irq >> softirq)) continue;
    load.busy_seconds = load.busy_seconds.value_or(0) + (user + nice + system + irq + softirq) / ticks;
  }
}

void add_swap(const fs::path& root, ProcessLoad& load) {
  constexpr std::string_view kName = "VmSwap:";
  std::ifstream file(root / "proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(kName)) continue;
    std::istringstream value(line.substr(kName.size()));
    std::int64_t kilobytes = 0;
    if (value >> kilobytes) load.swapped_bytes = kilobytes * 1024;
    return;
  }
}

}  // namespace

ProcessLoad process_load(const fs::path& root) {
  ProcessLoad load;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  load.own_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  load.disk_faults = usage.ru_majflt;
  add_threads(root, load);
  add_processors(root, load);
  add_swap(root, load);
  return load;
}

std::optional<double> wait_share(const ProcessLoad& before, const ProcessLoad& after) {
  if (!before.waited_seconds || !after.waited_seconds) return std::nullopt;
  const double waited = *after.waited_seconds - *before.waited_seconds;
  const double ran = *after.ran_seconds - *before.ran_seconds;
  if (ran <= 0 || waited < 0) return std::nullopt;
  return waited / (ran + waited);
}

std::optional<double> busy_elsewhere(const ProcessLoad& before, const ProcessLoad& after, double seconds) {
  if (!before.busy_seconds || !after.busy_seconds || seconds <= 0) return std::nullopt;
  const double own = after.own_seconds - before.own_seconds;
  return std::max(0.0, *after.busy_seconds - *before.busy_seconds - own) / seconds;
}

}  // namespace seg
