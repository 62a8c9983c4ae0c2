#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times a training step beside Python's torch on the same machine, in the same run, by turns.

  compare_step.py [CONFIG] [KEY=VALUE...]   seconds, growth of memory, the first loss of both

The networks are those of tests/oracles/ in eager mode, channels-last. Start it with a Python that has torch and numpy:
`./dev compare step` does. Each number is the median over the rounds; the spread is (largest - smallest) / median.
Growth is, on both sides, the peak of resident memory after five steps less what was resident before the network was
made.
"""
import argparse
import json
import math
import os
import statistics
import sys
import tempfile
from pathlib import Path

from program import Program, machine, machine_text, run, spread_text, summary

HERE = Path(__file__).resolve().parent


def child(script, arguments):
    flags = [part for name, value in arguments.items() for part in (f"--{name}", str(value))]
    return json.loads(run([sys.executable, HERE / script, *flags]))


def check_first_loss(program, files, python_options):
    """Both sides start from the same weights and see the same batch; without dropout their first losses must agree."""
    ours = program.json("bench", "step", overrides=["dropout=0", "precision=fp32"],
                        options=["--steps", 1, "--warmup", 0])["first_loss"]
    theirs = child("torch_step.py", {**files, **python_options, "precision": "fp32", "dropout": 0})["first_loss"]
    if not math.isclose(ours, theirs, rel_tol=1e-4):
        sys.exit(f"the first losses differ: segtrain {ours}, torch {theirs}; nothing was timed")
    return {"segtrain": ours, "torch": theirs}


def compare_step(program, arguments):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = {"weights": folder / "weights.safetensors", "batch": folder / "batch.safetensors"}
        program.run("init", options=["--out", files["weights"]])
        program.run("batches", options=["--first", 1, "--count", 1, "--out", files["batch"]])
        python_options = {"model": program.keys["model_type"], "classes": program.keys["n_cats"],
                          "ignore": program.keys["lb_ignore"], "threads": arguments.threads, "steps": arguments.steps}
        result = {"machine": machine(program), "first_loss": check_first_loss(program, files, python_options),
                  "precisions": {}}
        for precision in arguments.precisions:
            ours, theirs = [], []
            for _ in range(arguments.rounds):
                theirs.append(child("torch_step.py", {**files, **python_options, "precision": precision}))
                ours.append(program.json("bench", "step", options=["--steps", arguments.steps],
                                         overrides=[f"precision={precision}", f"threads={arguments.threads}"]))
            seconds = {"segtrain": summary([each["seconds_per_step"]["median"] for each in ours]),
                       "torch": summary([statistics.median(each["seconds"]) for each in theirs])}
            growth = {"segtrain": summary([each["memory_growth_bytes"] for each in ours]),
                      "torch": summary([each["growth_bytes"] for each in theirs])}
            result["precisions"][precision] = {
                "seconds": seconds, "growth_bytes": growth,
                "speedup": seconds["torch"]["median"] / seconds["segtrain"]["median"],
                "memory_ratio": growth["segtrain"]["median"] / growth["torch"]["median"]}
        return result


def print_step(result):
    print(machine_text(result["machine"]))
    losses = result["first_loss"]
    print(f"first loss: segtrain {losses['segtrain']:.6f}, torch {losses['torch']:.6f}")
    print(f"{'':14}{'s/step':>10}{'spread':>8}{'growth MB':>11}{'spread':>8}")
    for precision, values in result["precisions"].items():
        for side in ("torch", "segtrain"):
            seconds, growth = values["seconds"][side], values["growth_bytes"][side]
            print(f"{precision} {side:9}{seconds['median']:10.3f}{spread_text(seconds['spread']):>8}"
                  f"{growth['median'] / 1e6:11.0f}{spread_text(growth['spread']):>8}")
        print(f"{precision} segtrain: {values['speedup']:.2f}x the speed, {values['memory_ratio']:.2f}x the growth")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", nargs="?", default=HERE / "step.toml")
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE")
    parser.add_argument("--program", type=Path, default=HERE.parent / "build" / "segtrain")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=8, help="that are timed on each side in a round")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--precisions", nargs="+", default=["fp32", "bf16"], choices=["fp32", "bf16"])
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()

    program = Program(arguments.program, arguments.config, arguments.overrides)
    result = compare_step(program, arguments)
    if arguments.json:
        print(json.dumps(result, indent=2))
    else:
        print_step(result)


if __name__ == "__main__":
    main()
