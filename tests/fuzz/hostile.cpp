// SPDX-License-Identifier: Apache-2.0
// A target against damaged files, with little memory and time: each must be read or refused with a UserError.
//
// Cases run one after the other in a child process. If it dies, the case is told and kept as a file, and the next child
// goes on behind it. Time is the processor's, so that a busy machine fails nothing.
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <string>

#include "base/error.h"
#include "tests/fuzz/mutations.h"
#include "tests/fuzz/target.h"

namespace seg::testing {
namespace {

constexpr std::int64_t kBytes = std::int64_t{256} << 20;  // beside what the program itself takes
constexpr long kSeconds = 3, kSecondsOfWaiting = 120;     // for one case
constexpr int kMostFindings = 5;

struct Shared {
  std::size_t number;  // of the case that runs
};

void limit_memory() {
  std::int64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const auto bytes = static_cast<rlim_t>(pages * ::sysconf(_SC_PAGESIZE) + kBytes);
  const rlimit memory{.rlim_cur = bytes, .rlim_max = bytes}, no_core{.rlim_cur = 0, .rlim_max = 0};
  if (::setrlimit(RLIMIT_AS, &memory) != 0 || ::setrlimit(RLIMIT_CORE, &no_core) != 0) std::abort();
}

void limit_time() {
  const itimerval computing{.it_interval = {}, .it_value = {.tv_sec = kSeconds, .tv_usec = 0}};
  if (::setitimer(ITIMER_PROF, &computing, nullptr) != 0) std::abort();
  ::alarm(kSecondsOfWaiting);
}

// Runs the cases from `first` on; returns only if all ended well.
void run_cases(const std::vector<std::string>& seeds, std::size_t first, Shared& shared) {
  limit_memory();
  std::size_t number = 0;
  for_each_damage(seeds, [&](const std::string& file, const std::string& damage) {
    if (number++ < first) return;
    shared.number = number - 1;
    limit_time();
    try {
      fuzz(file);
    } catch (const UserError&) {
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s: %s\n", damage.c_str(), error.what());
      ::_exit(3);
    }
  });
  shared.number = number;
}

// Returns the file's name.
std::string keep_case(const std::vector<std::string>& seeds, std::size_t wanted, const std::string& program) {
  std::size_t number = 0;
  std::string kept;
  for_each_damage(seeds, [&](const std::string& file, const std::string& damage) {
    if (number++ != wanted) return;
    const std::string name = program + ".finding-" + std::to_string(wanted);
    std::ofstream(name, std::ios::binary) << file;
    kept = name + " (" + damage + ")";
  });
  return kept;
}

int run(const std::string& program) {
  void* const memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 1;
  Shared& shared = *static_cast<Shared*>(memory);
  const std::vector<std::string> seeds = fuzz_seeds();
  int findings = 0;
  for (std::size_t first = 0; findings < kMostFindings; first = shared.number + 1) {
    const pid_t child = ::fork();
    if (child == 0) {
      run_cases(seeds, first, shared);
      ::_exit(0);
    }
    int status = 0;
    if (child < 0 || ::waitpid(child, &status, 0) != child) return 1;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) break;
    ++findings;
    const std::string end = WIFSIGNALED(status) ? "signal " + std::to_string(WTERMSIG(status)) : "another error";
    std::fprintf(stderr, "finding: %s: %s\n", keep_case(seeds, shared.number, program).c_str(), end.c_str());
  }
  std::printf("%zu damaged files, %d findings\n", shared.number, findings);
  return findings == 0 ? 0 : 1;
}

}  // namespace
}  // namespace seg::testing

int main(int, char** argv) { return seg::testing::run(argv[0]); }
