#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times a training step beside Python's torch on the same machine, in the same run, by turns.

  compare_torch.py [CONFIG] [KEY=VALUE...]   seconds, growth of memory, the first loss of both sides

The networks are those of tests/oracles/, channels-last, in a process a round. Peers: `eager`; `eager-tcmalloc`, the
same with Debian's libtcmalloc-minimal4 under it, which gives no memory back between steps; `compiled`, its network
through torch.compile (a minute or more before the first step). One that cannot be had is named and left out. Start it
with a Python that has torch and numpy: `./dev compare step` does. Each number is the median over the rounds; the spread
is (largest - smallest) / median. Growth is, on both sides, the peak of resident memory after ten steps less what was
resident before the network was made; on a GPU, where both compute if segtrain does, of the bytes of tensors there.
"""
import json
import math
import statistics
import sys
import tempfile
from pathlib import Path

from program import (Program, child, comparison_parser, machine, machine_text, print_left_out, spread_text, summary,
                     try_child)

PEERS = ("eager", "eager-tcmalloc", "compiled")
TCMALLOC = Path("/usr/lib/x86_64-linux-gnu/libtcmalloc_minimal.so.4")


def run_peer(peer, arguments):
    """What torch_step.py prints, or why it could not."""
    if peer != "eager-tcmalloc":
        return try_child("torch_step.py", {**arguments, "compiled": int(peer == "compiled")})
    if not TCMALLOC.exists():
        return None, f"{TCMALLOC} is not there: apt-get install libtcmalloc-minimal4"
    return try_child("torch_step.py", arguments, {"LD_PRELOAD": str(TCMALLOC)})


def device_of(program):
    """Where segtrain computes, so that Python does there, too."""
    step = program.json("bench", "step", options=["--steps", 1, "--warmup", 0])
    return "cuda" if step["machine"]["device"].startswith("cuda") else "cpu"


def check_first_loss(program, files, python_options):
    """Both sides start from the same weights and see the same batch; without dropout their first losses must agree: on
    a GPU as far as TF32 does, which both use there."""
    ours = program.json("bench", "step", overrides=["dropout=0", "precision=fp32"],
                        options=["--steps", 1, "--warmup", 0])["first_loss"]
    theirs = child("torch_step.py", {**files, **python_options, "precision": "fp32", "dropout": 0})["first_loss"]
    if not math.isclose(ours, theirs, rel_tol=1e-4 if python_options["device"] == "cpu" else 5e-3):
        sys.exit(f"the first losses differ: segtrain {ours}, torch {theirs}; nothing was timed")
    return {"segtrain": ours, "torch": theirs}


def measure(program, arguments, precision, files, python_options):
    """Rounds of both sides by turns: by side, what they took and grew by; and by peer, why it was left out."""
    found = {side: [] for side in (*arguments.peers, "segtrain")}
    left_out = {}
    for _ in range(arguments.rounds):
        for peer in arguments.peers:
            if peer in left_out:
                continue
            result, problem = run_peer(peer, {**files, **python_options, "precision": precision})
            if problem:
                left_out[peer] = problem
            else:
                found[peer].append((statistics.median(result["seconds"]), result["growth_bytes"]))
        # Two steps more are made before those that warm up; growth is over ten.
        ours = program.json("bench", "step",
                            options=["--steps", arguments.steps, "--warmup", max(3, 8 - arguments.steps)],
                            overrides=[f"precision={precision}", f"threads={arguments.threads}"])
        found["segtrain"].append((ours["seconds_per_step"]["median"], ours["memory_growth_bytes"]))
    sides = {side: {"seconds": summary([each[0] for each in rounds]),
                    "growth_bytes": summary([each[1] for each in rounds])} for side, rounds in found.items() if rounds}
    return sides, left_out


def compare_step(program, arguments):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = {"weights": folder / "weights.safetensors", "batch": folder / "batch.safetensors"}
        program.run("init", options=["--out", files["weights"]])
        program.run("batches", options=["--first", 1, "--count", 1, "--out", files["batch"]])
        python_options = {"model": program.keys["model_type"], "classes": program.keys["n_cats"],
                          "ignore": program.keys["lb_ignore"], "threads": arguments.threads, "steps": arguments.steps,
                          "device": device_of(program)}
        result = {"first_loss": check_first_loss(program, files, python_options), "precisions": {}, "left_out": {}}
        for precision in arguments.precisions:
            result["precisions"][precision], result["left_out"][precision] = measure(program, arguments, precision,
                                                                                     files, python_options)
        return result


def print_step(result):
    print(machine_text(result["machine"]))
    for model, compared in result["models"].items():
        losses = compared["first_loss"]
        print(f"{model}: first loss segtrain {losses['segtrain']:.6f}, torch {losses['torch']:.6f}")
        print_left_out(compared["left_out"])
        print(f"{'':22}{'s/step':>8}{'spread':>8}{'segtrain':>10}{'growth MB':>11}{'spread':>8}{'segtrain':>10}")
        for precision, sides in compared["precisions"].items():
            ours = sides["segtrain"]
            for side, values in sides.items():
                seconds, growth = values["seconds"], values["growth_bytes"]
                speedup = seconds["median"] / ours["seconds"]["median"]
                smaller = ours["growth_bytes"]["median"] / growth["median"]
                ratios = ("", "") if side == "segtrain" else (f"{speedup:.2f}x", f"{smaller:.2f}x")
                print(f"{precision + ' ' + side:22}{seconds['median']:8.3f}{spread_text(seconds['spread']):>8}"
                      f"{ratios[0]:>10}{growth['median'] / 1e6:11.0f}{spread_text(growth['spread']):>8}{ratios[1]:>10}")


def main():
    parser = comparison_parser(__doc__, steps=8)
    parser.add_argument("--models", nargs="+", help="in place of the config's model_type, one after the other")
    parser.add_argument("--peers", type=lambda text: text.split(","), default=["eager"],
                        help=f"with commas between them, of {','.join(PEERS)} (eager)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--precisions", nargs="+", default=["fp32", "bf16"], choices=["fp32", "bf16"])
    arguments = parser.parse_args()
    if unknown := set(arguments.peers) - set(PEERS):
        parser.error(f"--peers: no peer {', '.join(sorted(unknown))}; there are {', '.join(PEERS)}")

    overrides = [[*arguments.overrides, f"model_type={model}"] for model in arguments.models or []]
    result = {"models": {}}
    for each in overrides or [arguments.overrides]:
        program = Program(arguments.program, arguments.config, each)
        result.setdefault("machine", machine(program))
        result["models"][program.keys["model_type"]] = compare_step(program, arguments)
    if arguments.json:
        print(json.dumps(result, indent=2))
    else:
        print_step(result)


if __name__ == "__main__":
    main()
