// SPDX-License-Identifier: Apache-2.0
#include "base/own_child.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <string>

#include "base/clock.h"
#include "tests/support/child_process.h"
#include "tests/support/temporary_folder.h"

namespace seg {
namespace {

// The child is this test program, which runs the one disabled test that it is asked for.
ChildAnswer answer_of(const std::string& test, double most_seconds = 60, std::size_t most_bytes = 1 << 20) {
  return ask_own_child({.arguments = {"--gtest_filter=OwnChild.DISABLED_" + test, "--gtest_also_run_disabled_tests"},
                        .most_seconds = most_seconds,
                        .most_bytes = most_bytes});
}

void say(const std::string& text) {
  for (std::size_t said = 0; said < text.size();) {
    const ssize_t count = ::write(STDOUT_FILENO, text.data() + said, text.size() - said);
    if (count <= 0) ::_exit(9);
    said += static_cast<std::size_t>(count);
  }
}

TEST(OwnChild, DISABLED_Answers) {
  say(std::string(300000, 'x') + "the answer");
  ::_exit(0);
}
TEST(OwnChild, DISABLED_Crashes) { ::kill(::getpid(), SIGSEGV); }
TEST(OwnChild, DISABLED_Hangs) { ::pause(); }
TEST(OwnChild, DISABLED_GivesUp) { ::_exit(7); }
TEST(OwnChild, DISABLED_SaysWhatItHas) {
  std::string text(8, ' ');
  const ssize_t input = ::read(STDIN_FILENO, text.data(), text.size());
  struct sigaction pipe {};
  ::sigaction(SIGPIPE, nullptr, &pipe);
  say("input " + std::to_string(input) + ", group " + (::getpgrp() == ::getpid() ? "own" : "shared") + ", pipe " +
      (pipe.sa_handler == SIG_DFL ? "ends it" : "is ignored") + ";");
  ::_exit(0);
}

TEST(OwnChild, GivesItsAnswer) {
  const ChildAnswer answer = answer_of("Answers");
  EXPECT_EQ(answer.failure, "");
  EXPECT_TRUE(answer.output.ends_with("the answer"));
  EXPECT_GE(answer.output.size(), 300010U);
}

TEST(OwnChild, ThatEndsBadlyIsTold) {
  // Sanitizers have a way of their own to tell of a crash.
  EXPECT_TRUE(answer_of("Crashes").failure.starts_with("ended ")) << answer_of("Crashes").failure;
  EXPECT_EQ(answer_of("GivesUp").failure, "ended with code 7");
  EXPECT_EQ(answer_of("Hangs", 1).failure, "took more than 1 seconds");
  EXPECT_EQ(answer_of("Answers", 60, 1000).failure, "said too much");
}

TEST(OwnChild, HasNoPartInTheTerminal) {
  ::signal(SIGPIPE, SIG_IGN);
  EXPECT_TRUE(answer_of("SaysWhatItHas").output.find("input 0, group own, pipe ends it;") != std::string::npos);
  ::signal(SIGPIPE, SIG_DFL);
}

TEST(OwnChild, ThatIsConfinedTakesNoMoreMemoryAndWritesNoFile) {
  const testing::TemporaryFolder folder;
  const int status = testing::run_in_child([&] {
    confine_this_process({.more_bytes = 64 << 20, .processor_seconds = 5});
    void* const small = ::mmap(nullptr, 32 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void* const large = ::mmap(nullptr, 128 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (small == MAP_FAILED || large != MAP_FAILED || errno != ENOMEM) return 1;
    ::signal(SIGXFSZ, SIG_IGN);
    std::ofstream file(folder / "a");
    return (file << "text").flush() ? 2 : 0;
  });
  EXPECT_TRUE(testing::exited_with(status, 0)) << status;
}

TEST(OwnChild, ThatIsConfinedEndsInTime) {
  const int status = testing::run_in_child([] {
    confine_this_process({.processor_seconds = 1});
    while (seconds_now() >= 0) {
    }
    return 0;
  });
  EXPECT_TRUE(testing::died_by(status, SIGKILL) || testing::died_by(status, SIGXCPU)) << status;
}

}  // namespace
}  // namespace seg
