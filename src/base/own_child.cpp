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
#include <chrono>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "base/clock.h"
#include "base/opened_file.h"
#include "base/signals.h"

namespace seg {
namespace {

constexpr const char* kThisProgram = "/proc/self/exe";  // the file that runs, even if another has its name by now
constexpr int kFirstFree = STDERR_FILENO + 1;
constexpr double kGlance = 0.05;  // seconds between looks at whether to stop: a signal may wake another thread

void require(int error, const char* what) {
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

constexpr const char* kPipe = "a pipe to a child process";
constexpr const char* kStart = "this program cannot start itself as a child process";

// Never one of the first three, which in the child are something else.
Descriptor copy_of(int descriptor) {
  Descriptor copy(::fcntl(descriptor, F_DUPFD_CLOEXEC, kFirstFree));
  require(copy.get() < 0 ? errno : 0, kPipe);
  return copy;
}

struct Pipe {
  Descriptor from_child, to_parent;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  require(::pipe2(ends.data(), O_CLOEXEC) != 0 ? errno : 0, kPipe);
  const Descriptor from_child(ends[0]), to_parent(ends[1]);
  return {.from_child = copy_of(from_child.get()), .to_parent = copy_of(to_parent.get())};
}

// What differs in the child from its parent.
class SpawnRules {
 public:
  // Less than 0: there is none.
  SpawnRules(int input, int output, int errors) : SpawnRules() {
    if (input >= 0)
      require(::posix_spawn_file_actions_adddup2(&files_, input, STDIN_FILENO), kStart);
    else
      require(::posix_spawn_file_actions_addopen(&files_, STDIN_FILENO, "/dev/null", O_RDONLY, 0), kStart);
    require(::posix_spawn_file_actions_adddup2(&files_, output, STDOUT_FILENO), kStart);
    if (errors >= 0)
      require(::posix_spawn_file_actions_adddup2(&files_, errors, STDERR_FILENO), kStart);
    else
      require(::posix_spawn_file_actions_addopen(&files_, STDERR_FILENO, "/dev/null", O_WRONLY, 0), kStart);
    // Libraries open files that they do not mark as theirs alone.
    require(::posix_spawn_file_actions_addclosefrom_np(&files_, kFirstFree), kStart);
    sigset_t none, standard;
    ::sigemptyset(&none);
    ::sigemptyset(&standard);
    for (const int signal : {SIGPIPE, SIGCHLD, SIGXCPU, SIGXFSZ}) ::sigaddset(&standard, signal);
    require(::posix_spawnattr_setsigmask(&attributes_, &none), kStart);
    require(::posix_spawnattr_setsigdefault(&attributes_, &standard), kStart);
    require(::posix_spawnattr_setpgroup(&attributes_, 0), kStart);
    constexpr short kUsed = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP;
    require(::posix_spawnattr_setflags(&attributes_, kUsed), kStart);
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
  SpawnRules() {
    require(::posix_spawn_file_actions_init(&files_), kStart);
    require(::posix_spawnattr_init(&attributes_), kStart);
  }
  posix_spawn_file_actions_t files_{};
  posix_spawnattr_t attributes_{};
};

struct End {
  ChildEnd how = ChildEnd::answered;
  int code = 0;
};

End end_of(int status) {
  if (!WIFSIGNALED(status)) {
    const int code = WEXITSTATUS(status);
    return {.how = code == 0 ? ChildEnd::answered : ChildEnd::gave_up, .code = code};
  }
  const int signal = WTERMSIG(status);
  if (signal == SIGXCPU) return {.how = ChildEnd::used_up_processor, .code = signal};
  for (const int mistake : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP, SIGXFSZ})
    if (signal == mistake) return {.how = ChildEnd::crashed, .code = signal};
  return {.how = ChildEnd::killed, .code = signal};
}

// A running child, killed and waited for on every way out.
class Child {
 public:
  Child(const ChildWork& work, int output) {
    std::string name = kThisProgram;
    std::vector<std::string> copies = work.arguments;  // the system asks for texts that it might change
    std::vector<char*> words = {name.data()};
    for (std::string& argument : copies) words.push_back(argument.data());
    words.push_back(nullptr);
    const auto copy = [](int descriptor) { return descriptor < 0 ? Descriptor(-1) : copy_of(descriptor); };
    const Descriptor input = copy(work.input), errors = copy(work.errors);
    const SpawnRules rules(input.get(), output, errors.get());
    require(::posix_spawn(&process_, kThisProgram, rules.files(), rules.attributes(), words.data(), environ), kStart);
  }
  ~Child() {
    if (!runs_ || end()) return;
    ::kill(process_, SIGKILL);
    while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Nothing while it runs. To be asked until there is something, and no more.
  std::optional<End> end() {
    int status = 0;
    const pid_t ended = ::waitpid(process_, &status, WNOHANG);
    if (ended == 0 || (ended < 0 && errno == EINTR)) return std::nullopt;
    runs_ = false;
    return ended < 0 ? End{} : end_of(status);  // the system keeps no ends where SIGCHLD is ignored
  }

 private:
  pid_t process_ = -1;
  bool runs_ = true;
};

// Why to wait no longer, if there is a reason.
std::optional<End> reason_to_leave(double end) {
  if (stop_requested()) return End{.how = ChildEnd::stopped};
  if (seconds_now() >= end) return End{.how = ChildEnd::too_slow};
  return std::nullopt;
}

// Until the child closes its output. Returns why it stopped before that.
std::optional<End> read_answer(int from, const ChildWork& work, double end, std::string& output) {
  std::array<char, 1 << 16> part{};
  while (true) {
    if (const auto reason = reason_to_leave(end)) return reason;
    const double pause = std::clamp(end - seconds_now(), 0.001, kGlance);
    pollfd readable{.fd = from, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&readable, 1, static_cast<int>(pause * 1000));
    require(ready < 0 && errno != EINTR ? errno : 0, kPipe);
    if (ready <= 0) continue;
    const ssize_t got = ::read(from, part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    require(got < 0 ? errno : 0, kPipe);
    if (got == 0) return std::nullopt;
    if (output.size() + static_cast<std::size_t>(got) > work.most_bytes) return End{.how = ChildEnd::said_too_much};
    output.append(part.data(), static_cast<std::size_t>(got));
  }
}

// One that has closed its output has as a rule little left to do.
End wait_for(Child& child, double end) {
  for (double pause = 0.0005;; pause = std::min(2 * pause, kGlance)) {
    if (const auto ended = child.end()) return *ended;
    if (const auto reason = reason_to_leave(end)) return *reason;
    std::this_thread::sleep_for(std::chrono::duration<double>(pause));
  }
}

struct Limit {
  rlim_t most, hard;
};
void limit(__rlimit_resource_t resource, const Limit& wanted) {
  rlimit now{};
  require(::getrlimit(resource, &now) != 0 ? errno : 0, "a limit cannot be read");
  const rlim_t hard = std::min(wanted.hard, now.rlim_max);
  const rlimit allowed{.rlim_cur = std::min({wanted.most, now.rlim_cur, hard}), .rlim_max = hard};
  require(::setrlimit(resource, &allowed) != 0 ? errno : 0, "a limit cannot be set");
}

}  // namespace

ChildAnswer ask_own_child(const ChildWork& work) {
  const double end = seconds_now() + work.most_seconds;
  std::optional<Pipe> pipe = make_pipe();
  Child child(work, pipe->to_parent.get());
  const Descriptor from(pipe->from_child.release());
  pipe.reset();  // its other end, so that the child's is the last one
  ChildAnswer answer;
  std::optional<End> how = read_answer(from.get(), work, end, answer.output);
  if (!how) how = wait_for(child, end);
  answer.end = how->how;
  answer.code = how->code;
  return answer;
}

void confine_this_process(const Confinement& confinement) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != confinement.parent) throw std::runtime_error("who started this process has gone");
  std::uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const rlim_t addresses = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) + confinement.more_bytes;
  limit(RLIMIT_AS, {addresses, addresses});
  // The first limit says what it is by its signal; the second only kills.
  limit(RLIMIT_CPU, {confinement.processor_seconds, confinement.processor_seconds + 5});
  limit(RLIMIT_FSIZE, {0, 0});
  limit(RLIMIT_CORE, {0, 0});
}

}  // namespace seg
