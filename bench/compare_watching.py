#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What it costs a training step to be watched: runs of one config with all of it and with none, by turns.

  compare_watching.py [CONFIG] [KEY=VALUE...] [--rounds 5] [--steps 60]

With all: the doctor looks on (`advise`), the figures of each line go into a file for Prometheus, into TensorBoard's and
into metrics.jsonl, a line every ten steps, ten times as often as usual. With none: no doctor, no files but
metrics.jsonl, whose few lines a run always writes. A run's seconds of a step are those between its lines of step 10 and
of the last, so neither the start nor the evaluation at the end counts. A round's cost is watched / unwatched - 1; told
are the median over the rounds and the spread, largest - smallest. If half of that is more than the percent in question,
the machine was not quiet enough to tell. The timer of the phases is on in both: `bench step` tells its share.

Wants a machine on which nothing else runs. A doctor looks after ten seconds at the earliest: give long steps few of
them and short steps many.
"""
import json
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


def seconds_of_step(metrics):
    """metrics: the text of metrics.jsonl."""
    times = {line["step"]: line["time"] for line in map(json.loads, metrics.splitlines()) if line["event"] == "step"}
    last = max(times)
    return (times[last] - times[FIRST]) / (last - FIRST)


def measure(program, arguments, is_watched):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        program.run("train", overrides=[*SAME, *keys_of(is_watched, folder), f"max_iter={arguments.steps}",
                                        f"respth={folder / 'run'}"])
        return seconds_of_step((folder / "run" / "metrics.jsonl").read_text())


def compare(program, arguments):
    seconds = {True: [], False: []}
    for i in range(arguments.rounds):
        for is_watched in ((False, True) if i % 2 == 0 else (True, False)):  # so that a drift favours neither
            seconds[is_watched].append(measure(program, arguments, is_watched))
    costs = [watched / unwatched - 1 for watched, unwatched in zip(seconds[True], seconds[False])]
    return {"watched_seconds": summary(seconds[True]), "unwatched_seconds": summary(seconds[False]),
            "cost": {"median": statistics.median(costs), "spread": max(costs) - min(costs), "rounds": costs},
            "timer_share": program.json("bench", "step", options=["--steps", 5])["timing"]["share"]}


def verdict(cost):
    away = cost["spread"] / 2
    if cost["median"] - away >= MOST:
        return f"{MOST:.0%} or more"
    if away > MOST or cost["median"] + away >= MOST:
        return "the rounds differ too much to tell"
    return f"less than {MOST:.0%}"


def print_result(result):
    print(machine_text(result["machine"]))
    for name in ("watched", "unwatched"):
        found = result[f"{name}_seconds"]
        print(f"{name:10}{found['median']:.4f} s/step, rounds {' '.join(f'{each:.4f}' for each in found['rounds'])}")
    cost = result["cost"]
    print(f"being watched costs {cost['median']:+.2%} of a step (spread {cost['spread']:.2%}): {verdict(cost)}")
    print(f"the timer of the phases, on in both, takes {result['timer_share']:.4%}")


def main():
    parser = comparison_parser(__doc__, steps=60)
    parser.add_argument("--rounds", type=from_one, default=5)
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
