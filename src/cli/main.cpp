// SPDX-License-Identifier: Apache-2.0
#include "base/signals.h"
#include "cli/program.h"
#include "engine/memory.h"

int main(int argc, char** argv) {
  seg::install_arena();  // before the first tensor
  seg::install_signal_handlers();
  return seg::run_program(argc, argv);
}
