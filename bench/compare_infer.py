#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times inference beside Python's torch and ONNX Runtime on the same machine, in the same run, by turns.

  compare_infer.py [CONFIG] [KEY=VALUE...]   milliseconds from an image in memory to a class for each pixel

The networks are those of tests/oracles/: eager, channels-last (bf16: autocast); compiled with frozen weights; and, in
fp32, exported to ONNX. Both sides must first agree about the same image and weights. Start it with a Python that has
torch, numpy, onnx and onnxruntime: `./dev compare infer` does. A peer that cannot be had is named and left out. Each
number is the median over the rounds; the spread is (largest - smallest) / median.
"""
import json
import statistics
import sys
import tempfile
from pathlib import Path

from program import (Program, child, comparison_parser, machine, machine_text, print_left_out, spread_text, summary,
                     try_child)

PEERS = ("eager", "compiled", "onnxruntime")


def check_agreement(program, files, network):
    """The logits of one image, fp32, segtrain with its passes and torch without any."""
    program.run("batches", overrides=["ims_per_gpu=1"], options=["--first", 1, "--count", 1, "--out", files["batch"]])
    program.run_plain("forward", files["weights"], files["batch"], "--out", files["logits"], "--passes", "auto")
    agreement = child("torch_infer.py", {**network, "batch": files["batch"], "logits": files["logits"]})
    if not agreement["relative_error"] < 1e-3:
        sys.exit(f"the two sides disagree ({agreement}); nothing was timed")
    return agreement


def peers_of(precision, arguments):
    return [peer for peer in arguments.peers if peer != "onnxruntime" or precision == "fp32"]


def measure(program, arguments, precision, network, timing):
    """Rounds of both sides by turns: milliseconds by side; and by peer, why it was left out."""
    height, width = arguments.size
    peers, left_out = peers_of(precision, arguments), {}
    times = {side: [] for side in (*peers, "segtrain")}
    for _ in range(arguments.rounds):
        for peer in peers:
            if peer in left_out:
                continue
            found, problem = try_child("torch_infer.py", {**network, **timing, "peer": peer, "precision": precision})
            if problem:
                left_out[peer] = problem
            else:
                times[peer].append(1000 * statistics.median(found["seconds"]))
        ours = program.json("bench", "infer",
                            overrides=[f"precision={precision}", f"threads={arguments.threads}"],
                            options=["--size", f"{height}x{width}", "--images", arguments.images, "--steps",
                                     arguments.steps, "--warmup", arguments.warmup])
        times["segtrain"].append(ours["milliseconds"]["median"])
    return {side: summary(values) for side, values in times.items() if values}, left_out


def compare_infer(program, arguments):
    with tempfile.TemporaryDirectory() as name:
        files = {key: Path(name) / f"{key}.safetensors" for key in ("weights", "batch", "logits")}
        program.run("init", options=["--out", files["weights"]])
        network = {"model": program.keys["model_type"], "classes": program.keys["n_cats"],
                   "weights": files["weights"], "threads": arguments.threads}
        height, width = arguments.size
        timing = {"height": height, "width": width, "images": arguments.images, "steps": arguments.steps,
                  "warmup": arguments.warmup, "onnx": Path(name) / "network.onnx"}
        result = {"machine": machine(program), "agreement": check_agreement(program, files, network),
                  "size": [height, width], "images": arguments.images, "left_out": {}, "precisions": {}}
        for precision in arguments.precisions:
            result["precisions"][precision], result["left_out"][precision] = measure(program, arguments, precision,
                                                                                     network, timing)
        return result


def print_infer(result):
    print(machine_text(result["machine"]))
    print("logits of the same image and weights, fp32: relative error {relative_error:.1e}, the same class at "
          "{same_class:.3%} of the pixels".format(**result["agreement"]))
    print_left_out(result["left_out"])
    print(f"{'':20}{'ms':>10}{'spread':>8}{'segtrain':>12}")
    for precision, sides in result["precisions"].items():
        ours = sides["segtrain"]["median"]
        for side, values in sides.items():
            speedup = "" if side == "segtrain" else f"{values['median'] / ours:.2f}x"
            print(f"{precision + ' ' + side:20}{values['median']:10.1f}{spread_text(values['spread']):>8}{speedup:>12}")


def size(text):
    height, width = text.split("x")
    return int(height), int(width)


def main():
    parser = comparison_parser(__doc__, steps=20)
    parser.add_argument("--size", type=size, default=(512, 1024), metavar="HxW")
    parser.add_argument("--images", type=int, default=1, help="looked at together")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--warmup", type=int, default=5)
    parser.add_argument("--precisions", nargs="+", default=["fp32", "bf16"], choices=["fp32", "bf16"])
    parser.add_argument("--peers", nargs="+", default=list(PEERS), choices=PEERS)
    arguments = parser.parse_args()

    program = Program(arguments.program, arguments.config, arguments.overrides)
    result = compare_infer(program, arguments)
    if arguments.json:
        print(json.dumps(result, indent=2))
    else:
        print_infer(result)


if __name__ == "__main__":
    main()
