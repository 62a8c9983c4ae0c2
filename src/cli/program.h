// SPDX-License-Identifier: Apache-2.0
// The program: picks the command, runs it, and turns what comes out into text, JSON and the exit code of the contract:
// 0 done; 1 a bug or the system failed; 2 the user can mend it; 3 out of memory; 75 stopped on purpose after saving.
#pragma once

namespace seg {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUser = 2;
inline constexpr int kExitOutOfMemory = 3;
inline constexpr int kExitStopped = 75;

int run_program(int argc, char** argv);

}  // namespace seg
