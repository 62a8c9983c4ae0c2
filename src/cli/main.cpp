// SPDX-License-Identifier: Apache-2.0
#include "cli/program.h"
#include "engine/memory.h"

int main(int argc, char** argv) {
  seg::install_arena();  // before the first tensor
  return seg::run_program(argc, argv);
}
