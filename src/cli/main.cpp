// SPDX-License-Identifier: Apache-2.0
#include "cli/program.h"
#include "engine/bounded_heap.h"
#include "engine/memory.h"
#include "formats/hdf5_child.h"

int main(int argc, char** argv) {
  if (const auto code = seg::hdf5_child_main(argc, argv)) return *code;
  // Before the first tensor.
  if (!seg::install_arena()) seg::install_bounded_heap();
  return seg::run_program(argc, argv);
}
