// SPDX-License-Identifier: Apache-2.0
// Benchmarks for developers; `./dev bench` runs them. The report says on which machine and commit.
#include <benchmark/benchmark.h>

#include <string>

#include "base/machine.h"
#include "base/version.h"

int main(int argc, char** argv) {
  benchmark::AddCustomContext("commit", std::string(seg::commit()));
  benchmark::AddCustomContext("cpu", seg::cpu_name());
  benchmark::AddCustomContext("usable_processors", std::to_string(seg::usable_processors()));
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
