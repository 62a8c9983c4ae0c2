// SPDX-License-Identifier: Apache-2.0
// Runs a piece of a test in a child process: to limit its files, to drop its rights, to kill it.
#pragma once
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

namespace seg::testing {

// The child ends with what `body` returns, or with 99 if it throws. Returns what waitpid() says of it.
inline int run_in_child(const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) {
    int code = 99;
    try {
      code = body();
    } catch (...) {
    }
    _exit(code);  // no destructors and no exit handlers of the parent's state
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

inline bool exited_with(int status, int code) { return WIFEXITED(status) && WEXITSTATUS(status) == code; }
inline bool died_by(int status, int signal) { return WIFSIGNALED(status) && WTERMSIG(status) == signal; }

}  // namespace seg::testing
