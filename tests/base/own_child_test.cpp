// SPDX-License-Identifier: Apache-2.0
#include "base/own_child.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/clock.h"
#include "base/file.h"
#include "base/opened_file.h"
#include "base/signals.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

// The child is this test program, which runs the one disabled test that it is asked for.
ChildWork work_of(const std::string& test) {
  return {.arguments = {"--gtest_filter=OwnChild.DISABLED_" + test, "--gtest_also_run_disabled_tests"},
          .most_bytes = 1 << 20};
}
ChildAnswer answer_of(const std::string& test, double most_seconds = 60) {
  ChildWork work = work_of(test);
  work.most_seconds = most_seconds;
  return ask_own_child(work);
}

void say(const std::string& text) {
  for (std::size_t said = 0; said < text.size();) {
    const ssize_t count = ::write(STDOUT_FILENO, text.data() + said, text.size() - said);
    if (count <= 0) ::_exit(9);
    said += static_cast<std::size_t>(count);
  }
}

// As Ctrl-C would, in a third of a second.
void interrupt_soon() {
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = SIGINT;
  timer_t timer{};
  const itimerspec when{.it_interval = {}, .it_value = {.tv_sec = 0, .tv_nsec = 300'000'000}};
  if (::timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 || ::timer_settime(timer, 0, &when, nullptr) != 0)
    ::_exit(50);
}

TEST(OwnChild, DISABLED_Answers) {
  say(std::string(300000, 'x') + "the answer");
  ::_exit(0);
}
TEST(OwnChild, DISABLED_Crashes) { ::kill(::getpid(), SIGSEGV); }
TEST(OwnChild, DISABLED_IsKilled) { ::kill(::getpid(), SIGKILL); }
TEST(OwnChild, DISABLED_Hangs) { ::pause(); }
TEST(OwnChild, DISABLED_ClosesItsOutputAndStays) {
  say("all");
  ::close(STDOUT_FILENO);
  ::pause();
}
TEST(OwnChild, DISABLED_NeverRests) {
  confine_this_process({.parent = ::getppid(), .processor_seconds = 1});
  while (seconds_now() >= 0) {
  }
}
TEST(OwnChild, DISABLED_GivesUp) { ::_exit(7); }
TEST(OwnChild, DISABLED_Complains) {
  std::fputs("a complaint", stderr);
  ::_exit(3);
}
TEST(OwnChild, DISABLED_SaysWhatItHas) {
  std::string text(8, ' ');
  const ssize_t input = ::read(STDIN_FILENO, text.data(), text.size());
  if (input > 0) text.resize(static_cast<std::size_t>(input));
  struct sigaction pipe {};
  ::sigaction(SIGPIPE, nullptr, &pipe);
  int others = 0;
  for (int descriptor = STDERR_FILENO + 1; descriptor < 100; ++descriptor)
    if (::fcntl(descriptor, F_GETFD) >= 0) ++others;
  say("input " + (input > 0 ? text : "none") + ", group " + (::getpgrp() == ::getpid() ? "own" : "shared") + ", pipe " +
      (pipe.sa_handler == SIG_DFL ? "ends it" : "is ignored") + ", others " + std::to_string(others) + ";");
  ::_exit(0);
}

TEST(OwnChild, GivesItsAnswer) {
  const ChildAnswer answer = answer_of("Answers");
  EXPECT_EQ(answer.end, ChildEnd::answered);
  EXPECT_TRUE(answer.output.ends_with("the answer"));
  EXPECT_GE(answer.output.size(), 300010U);
}

TEST(OwnChild, ThatEndsBadlyIsTold) {
  // Sanitizers have a way of their own to tell of a crash.
  const ChildAnswer crashed = answer_of("Crashes");
  EXPECT_TRUE(crashed.end == ChildEnd::crashed || crashed.end == ChildEnd::gave_up);
  const ChildAnswer gave_up = answer_of("GivesUp");
  EXPECT_EQ(gave_up.end, ChildEnd::gave_up);
  EXPECT_EQ(gave_up.code, 7);
  const ChildAnswer killed = answer_of("IsKilled");
  EXPECT_EQ(killed.end, ChildEnd::killed);
  EXPECT_EQ(killed.code, SIGKILL);
  EXPECT_EQ(answer_of("NeverRests").end, ChildEnd::used_up_processor);
  EXPECT_EQ(answer_of("Hangs", 1).end, ChildEnd::too_slow);
  ChildWork short_work = work_of("Answers");
  short_work.most_bytes = 1000;
  EXPECT_EQ(ask_own_child(short_work).end, ChildEnd::said_too_much);
}

TEST(OwnChild, ComplainsWhereItIsTold) {
  const Descriptor errors(::memfd_create("complaints", MFD_CLOEXEC));
  ChildWork work = work_of("Complains");
  work.errors = errors.get();
  EXPECT_EQ(ask_own_child(work).code, 3);
  std::string said(100, '\0');
  said.resize(static_cast<std::size_t>(::pread(errors.get(), said.data(), said.size(), 0)));
  EXPECT_NE(said.find("a complaint"), std::string::npos) << said;
}

TEST(OwnChild, ThatHasSaidAllAndStaysIsNotWaitedForWithoutEnd) {
  EXPECT_EQ(answer_of("ClosesItsOutputAndStays", 1).end, ChildEnd::too_slow);
}

TEST(OwnChild, IsLeftWhenTheProgramIsToStop) {
  for (const char* test : {"Hangs", "ClosesItsOutputAndStays"}) {
    const int status = testing::run_in_child([&] {
      install_signal_handlers();
      interrupt_soon();
      return answer_of(test).end == ChildEnd::stopped ? 0 : 1;
    });
    EXPECT_TRUE(testing::exited_with(status, 0)) << test << ": " << status;
  }
}

// As a program does that never waits for its children, for all that it starts.
TEST(OwnChild, AnswersWhereTheSystemKeepsNoEnds) {
  const int status = testing::run_in_child([] {
    ::signal(SIGCHLD, SIG_IGN);
    const ChildAnswer answer = answer_of("Answers");
    if (answer.end != ChildEnd::answered || !answer.output.ends_with("the answer")) return 1;
    return answer_of("Hangs", 1).end == ChildEnd::too_slow ? 0 : 2;
  });
  EXPECT_TRUE(testing::exited_with(status, 0)) << status;
}

TEST(OwnChild, HasNoPartInTheTerminalAndNoOtherFile) {
  const testing::TemporaryFolder folder;
  write_file(folder / "a", "a text");
  const Descriptor file = open_for_reading((folder / "a").string());
  const Descriptor leaked(::fcntl(file.get(), F_DUPFD, 50));  // as by a library that does not mark it
  ::signal(SIGPIPE, SIG_IGN);
  ChildWork work = work_of("SaysWhatItHas");
  EXPECT_NE(ask_own_child(work).output.find("input none, group own, pipe ends it, others 0;"), std::string::npos);
  work.input = file.get();
  EXPECT_NE(ask_own_child(work).output.find("input a text, group own, pipe ends it, others 0;"), std::string::npos);
  ::signal(SIGPIPE, SIG_DFL);
}

// What would be one of the child's own three, had it been left where it is.
TEST(OwnChild, IsHeardWhereStandardStreamsAreClosed) {
  const testing::TemporaryFolder folder;
  write_file(folder / "a", "a text");
  const int status = testing::run_in_child([&] {
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::close(stream);
    const Descriptor file = open_for_reading((folder / "a").string());
    ChildWork work = work_of("SaysWhatItHas");
    work.input = file.get();
    return ask_own_child(work).output.find("input a text,") != std::string::npos ? 0 : 1;
  });
  EXPECT_TRUE(testing::exited_with(status, 0)) << status;
}

TEST(OwnChild, ThatIsConfinedTakesNoMoreMemoryAndWritesNoFile) {
  const testing::TemporaryFolder folder;
  const int status = testing::run_in_child([&] {
    confine_this_process({.parent = ::getppid(), .more_bytes = 64 << 20, .processor_seconds = 5});
    void* const small = ::mmap(nullptr, 32 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void* const large = ::mmap(nullptr, 128 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (small == MAP_FAILED || large != MAP_FAILED || errno != ENOMEM) return 1;
    ::signal(SIGXFSZ, SIG_IGN);
    std::ofstream file(folder / "a");
    return (file << "text").flush() ? 2 : 0;
  });
  EXPECT_TRUE(testing::exited_with(status, 0)) << status;
}

// Nobody would read its answer, and nobody would end it.
TEST(OwnChild, ThatIsConfinedDoesNotOutliveItsParent) {
  const int status = testing::run_in_child([] {
    try {
      confine_this_process({.parent = ::getpid()});
    } catch (const std::runtime_error&) {
      return 0;
    }
    return 1;
  });
  EXPECT_TRUE(testing::exited_with(status, 0)) << status;
}

}  // namespace
}  // namespace seg
