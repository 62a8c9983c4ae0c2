#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs two builds of the benchmark program by turns and compares their medians: `./dev bench --against COMMIT`.

Usage: against.py THEN NOW [ARGUMENTS OF THE PROGRAM...]
"""
import json
import statistics
import subprocess
import sys

ROUNDS = 5


def measure(program, arguments):
    document = json.loads(subprocess.check_output([program, "--benchmark_format=json", *arguments]))
    wrong = [f"{each['name']}: {each['error_message']}" for each in document["benchmarks"] if "error_message" in each]
    if wrong:
        sys.exit(f"{program}: wrong results\n" + "\n".join(wrong))
    times = {each["name"]: (each["cpu_time"], each["time_unit"]) for each in document["benchmarks"]}
    return document["context"]["commit"], times


def main():
    programs, arguments = sys.argv[1:3], sys.argv[3:]
    samples, commits, units = [{}, {}], ["", ""], {}
    for _ in range(ROUNDS):
        for side, program in enumerate(programs):
            commits[side], times = measure(program, arguments)
            for name, (time, unit) in times.items():
                samples[side].setdefault(name, []).append(time)
                units[name] = unit
    print(f"{'median of ' + str(ROUNDS):40}{commits[0]:>16}{commits[1]:>22}{'ratio':>8}")
    for name in samples[1]:
        now = samples[1][name]
        line = f"{name:40}"
        if name not in samples[0]:
            print(f"{line}{'-':>16}{statistics.median(now):>19.3f} {units[name]}")
            continue
        then = samples[0][name]
        ratio = statistics.median(now) / statistics.median(then)
        apart = max(now) < min(then) or min(now) > max(then)
        print(f"{line}{statistics.median(then):16.3f}{statistics.median(now):19.3f} {units[name]}{ratio:8.2f}"
              f"{'' if apart else '  (within the noise)'}")


if __name__ == "__main__":
    main()
