#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What it costs a training step to be watched: runs of one config with all of it and with none, by turns.

  compare_watching.py [CONFIG] [KEY=VALUE...] [--rounds 9] [--steps 60]

With all: the doctor looks on (`advise`), the figures of each line go into a file for Prometheus, into TensorBoard's and
into metrics.jsonl, a line every ten steps, ten times as often as usual. With none: no doctor, no files but
metrics.jsonl, whose few lines a run always writes. It is told in two ways.

By turns: a run's seconds of a step are those between its lines of step 10 and of the last, so neither the start nor the
evaluation at the end counts. A round's cost is watched / unwatched - 1; told are the median over the rounds and between
what it lies in 95 of 100 such comparisons, by the order of the rounds alone (from six on). It is the whole cost, but
of a machine that is never quite quiet.

By the watched run's own phases: `logging` is all that writes lines and files and the doctor, `other` what belongs to no
phase, the clock itself included. These are all that the training thread does for it.

Wants a machine on which nothing else runs. A doctor looks after ten seconds at the earliest: give long steps few of
them and short steps many.
"""
import json
import math
import statistics
import tempfile
from pathlib import Path

from program import Program, comparison_parser, from_one, machine, machine_text, summary

FIRST = 10  # whatever log_interval says, there is a line
MOST = 0.01  # of a step
SAME = ["eval_interval=0", "synthetic_val_images=1", "sanity_check=false", "report=false", "progress=off",
        "checkpoint_interval=1000000"]


def keys_of(is_watched, folder):
    if not is_watched:
        return ["advise=false", "tensorboard=false", "log_interval=1000000"]
    return ["advise=true", "tensorboard=true", "log_interval=10", f"prometheus_file={folder / 'segtrain.prom'}"]


def lines_of(metrics):
    """metrics: the text of metrics.jsonl. Its lines of steps from step 10 on."""
    lines = [line for line in map(json.loads, metrics.splitlines()) if line["event"] == "step"]
    return [line for line in lines if line["step"] >= FIRST]


def seconds_of_step(lines):
    return (lines[-1]["time"] - lines[0]["time"]) / (lines[-1]["step"] - lines[0]["step"])


def share_of_watching(lines):
    """Of the time between the first of the lines and the last; a line's phases are of the time since the one before."""
    seconds = [line["time"] - before["time"] for before, line in zip(lines, lines[1:])]
    shares = [sum(line["phases"][phase] for phase in ("logging", "other")) for line in lines[1:]]
    return sum(map(math.prod, zip(seconds, shares))) / sum(seconds)


def measure(program, arguments, is_watched):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        program.run("train", overrides=[*SAME, *keys_of(is_watched, folder), f"max_iter={arguments.steps}",
                                        f"respth={folder / 'run'}"])
        return lines_of((folder / "run" / "metrics.jsonl").read_text())


def interval_of_median(values):
    """Between two of the values, of which the median of what they are drawn from is outside in 5 of 100 cases at most:
    the signs of their distances to it are as those of a coin. Nothing of fewer than six."""
    count = len(values)
    left_out, chance = 0, 0.0
    while True:
        chance += 2 * math.comb(count, left_out) / 2**count
        if chance > 0.05:
            break
        left_out += 1
    return [sorted(values)[left_out - 1], sorted(values)[-left_out]] if left_out else None


def compare(program, arguments):
    runs = {True: [], False: []}
    for i in range(arguments.rounds):
        for is_watched in ((False, True) if i % 2 == 0 else (True, False)):  # so that a drift favours neither
            runs[is_watched].append(measure(program, arguments, is_watched))
    seconds = {is_watched: [seconds_of_step(lines) for lines in found] for is_watched, found in runs.items()}
    costs = [watched / unwatched - 1 for watched, unwatched in zip(seconds[True], seconds[False])]
    return {"watched_seconds": summary(seconds[True]), "unwatched_seconds": summary(seconds[False]),
            "cost": {"median": statistics.median(costs), "interval": interval_of_median(costs), "rounds": costs},
            "share": summary([share_of_watching(lines) for lines in runs[True]]),
            "timer_share": program.json("bench", "step", options=["--steps", 5])["timing"]["share"]}


def verdict(cost):
    if cost["interval"] is None:
        return f"of fewer than six rounds it cannot be told whether that is less than {MOST:.0%}"
    least, most = cost["interval"]
    text = f"between {least:+.2%} and {most:+.2%}"
    if least >= MOST:
        return f"{text}: {MOST:.0%} or more"
    return f"{text}: less than {MOST:.0%}" if most < MOST else f"{text}: the rounds differ too much to tell"


def print_result(result):
    print(machine_text(result["machine"]))
    for name in ("watched", "unwatched"):
        found = result[f"{name}_seconds"]
        print(f"{name:10}{found['median']:.4f} s/step, rounds {' '.join(f'{each:.4f}' for each in found['rounds'])}")
    cost = result["cost"]
    print(f"being watched costs {cost['median']:+.2%} of a step; {verdict(cost)}")
    print(f"by the runs' own phases it takes {result['share']['median']:.3%} "
          f"(at most {max(result['share']['rounds']):.3%})")
    print(f"the timer of the phases, on in both, takes {result['timer_share']:.4%}")


def main():
    parser = comparison_parser(__doc__, steps=60)
    parser.add_argument("--rounds", type=from_one, default=9)
    arguments = parser.parse_args()
    if arguments.steps <= FIRST:
        parser.error(f"--steps {arguments.steps}: more than {FIRST}, which only warm up")
    program = Program(arguments.program, arguments.config, [f"threads={arguments.threads}", *arguments.overrides])
    result = {"machine": machine(program), **compare(program, arguments)}
    if arguments.json:
        print(json.dumps(result, indent=2))
    else:
        print_result(result)


if __name__ == "__main__":
    main()
