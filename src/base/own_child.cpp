// SPDX-License-Identifier: Apache-2.0
#include "base/own_child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <fstream>
#include <optional>
#include <system_error>

#include "base/clock.h"
#include "base/opened_file.h"

namespace seg {
namespace {

constexpr const char* kThisProgram = "/proc/self/exe";  // the file that runs, even if another has its name by now

[[noreturn]] void fail_as_system(int error, const char* what) {
  throw std::system_error(error, std::generic_category(), what);
}

struct Pipe {
  Descriptor from_child, to_parent;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail_as_system(errno, "a pipe to a child process");
  return {.from_child = Descriptor(ends[0]), .to_parent = Descriptor(ends[1])};
}

// What differs in the child from its parent.
class SpawnRules {
 public:
  explicit SpawnRules(int output) {
    ::posix_spawn_file_actions_init(&files_);
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawn_file_actions_adddup2(&files_, output, STDOUT_FILENO);  // first: it may be one of the other two
    ::posix_spawn_file_actions_addopen(&files_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(&files_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    sigset_t none, standard;
    ::sigemptyset(&none);
    ::sigemptyset(&standard);
    ::sigaddset(&standard, SIGPIPE);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &standard);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnRules() {
    ::posix_spawn_file_actions_destroy(&files_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnRules(const SpawnRules&) = delete;
  SpawnRules& operator=(const SpawnRules&) = delete;
  const posix_spawn_file_actions_t* files() const noexcept { return &files_; }
  const posix_spawnattr_t* attributes() const noexcept { return &attributes_; }

 private:
  posix_spawn_file_actions_t files_{};
  posix_spawnattr_t attributes_{};
};

// A running child, killed and waited for on every way out.
class Child {
 public:
  Child(const std::vector<std::string>& arguments, int output) {
    std::string name = kThisProgram;
    std::vector<std::string> copies = arguments;  // the system asks for texts that it might change
    std::vector<char*> words = {name.data()};
    for (std::string& argument : copies) words.push_back(argument.data());
    words.push_back(nullptr);
    const SpawnRules rules(output);
    const int error = ::posix_spawn(&process_, kThisProgram, rules.files(), rules.attributes(), words.data(), environ);
    if (error != 0) fail_as_system(error, "this program cannot start itself as a child process");
  }
  ~Child() {
    if (runs_) {
      ::kill(process_, SIGKILL);
      wait();
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // How it ended, if not well.
  std::string wait() {
    int status = 0;
    while (::waitpid(process_, &status, 0) < 0)
      if (errno != EINTR) break;
    runs_ = false;
    if (WIFSIGNALED(status)) return "ended by signal " + std::to_string(WTERMSIG(status));
    return WEXITSTATUS(status) == 0 ? "" : "ended with code " + std::to_string(WEXITSTATUS(status));
  }

 private:
  pid_t process_ = -1;
  bool runs_ = true;
};

// Until the child closes its end. Returns why it stopped before that.
std::string read_answer(int from, const ChildWork& work, std::string& output) {
  const double end = seconds_now() + work.most_seconds;
  std::array<char, 1 << 16> part{};
  while (true) {
    const double left = std::max(0.0, end - seconds_now());
    pollfd readable{.fd = from, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&readable, 1, static_cast<int>(std::min(std::ceil(left * 1000), 1e9)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0 && left <= 0) return "took more than " + std::to_string(std::lround(work.most_seconds)) + " seconds";
    if (ready <= 0) continue;
    const ssize_t got = ::read(from, part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return "could not be heard";
    if (got == 0) return "";
    if (output.size() + static_cast<std::size_t>(got) > work.most_bytes) return "said too much";
    output.append(part.data(), static_cast<std::size_t>(got));
  }
}

void limit(__rlimit_resource_t resource, rlim_t most) {
  rlimit now{};
  if (::getrlimit(resource, &now) != 0) fail_as_system(errno, "a limit cannot be read");
  const rlim_t allowed = std::min({most, now.rlim_cur, now.rlim_max});
  const rlimit wanted{.rlim_cur = allowed, .rlim_max = allowed};
  if (::setrlimit(resource, &wanted) != 0) fail_as_system(errno, "a limit cannot be set");
}

}  // namespace

ChildAnswer ask_own_child(const ChildWork& work) {
  ChildAnswer answer;
  std::optional<Pipe> pipe = make_pipe();
  Child child(work.arguments, pipe->to_parent.get());
  const Descriptor from(pipe->from_child.release());
  pipe.reset();  // its other end, so that the child's is the last one
  answer.failure = read_answer(from.get(), work, answer.output);
  if (answer.failure.empty()) answer.failure = child.wait();
  return answer;
}

void confine_this_process(const Confinement& confinement) {
  std::uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  limit(RLIMIT_AS, pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) + confinement.more_bytes);
  limit(RLIMIT_CPU, confinement.processor_seconds);
  limit(RLIMIT_FSIZE, 0);
  limit(RLIMIT_CORE, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
}

}  // namespace seg
