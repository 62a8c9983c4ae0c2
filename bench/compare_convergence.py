#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Whether our kernels train as Python's torch does: the same weights and batches, some hundred steps, the loss.

  compare_convergence.py [CONFIG] [KEY=VALUE...] [--plot FILE.svg]

fp32: five runs of Python torch, of which four begin with one weight one unit in the last place higher, and one of
segtrain. Rounding drives such runs apart, and ours may be no further from them than they are from each other.
bf16: segtrain in both precisions from several seeds. bf16 may be no further from fp32 than seeds are from each other.

Losses are the sum over all heads, averaged over windows of steps. Start it with a Python that has torch, numpy and
matplotlib: `./dev compare convergence` does.
"""
import json
import statistics
import sys
import tempfile
from pathlib import Path

from program import Program, child, comparison_parser, machine, machine_text

ULPS = [0, 1, 2, 3, 4]
SMALL = ["synthetic_size=128x256", "cropsize=128x256", "warmup_iters=20", "dropout=0", "log_interval=1",
         "eval_interval=0", "tensorboard=false", "sanity_check=false"]


def our_losses(program, folder, steps, precision, seed):
    """The losses and learning rates of a run, by step."""
    place = folder / f"{precision}_{seed}"
    program.run("train", options=["--quiet"],
                overrides=[f"respth={place}", f"max_iter={steps}", f"precision={precision}", f"seed={seed}"])
    lines = [json.loads(line) for line in (place / "metrics.jsonl").read_text().splitlines()]
    logged = [line for line in lines if line["event"] == "step"]
    if [line["step"] for line in logged] != list(range(1, steps + 1)):
        sys.exit("the run did not log every step")
    return [line["loss"] for line in logged], [line["lr"] for line in logged]


def torch_losses(program, folder, files, threads, ulp):
    arguments = {"model": program.keys["model_type"], "weights": files["weights"], "batches": files["batches"],
                 "rates": files["rates"], "images": program.keys["ims_per_gpu"], "classes": program.keys["n_cats"],
                 "ignore": program.keys["lb_ignore"], "threads": threads, "ulp": ulp}
    return child("torch_convergence.py", arguments)


def windows(values, size):
    return [statistics.fmean(values[i:i + size]) for i in range(0, len(values) - size + 1, size)]


def distance(curve, others):
    """By window: how far a curve is outside the others' smallest and largest, in their largest less smallest."""
    result = []
    for i, value in enumerate(curve):
        low, high = min(other[i] for other in others), max(other[i] for other in others)
        result.append(max(low - value, value - high, 0.0) / (high - low))
    return result


def envelope(curve, others):
    """The curve against the others, and as a yardstick each of the others against the rest."""
    def facts(distances):
        return {"inside": sum(each == 0 for each in distances) / len(distances), "largest": max(distances)}
    rest = [facts(distance(other, others[:i] + others[i + 1:])) for i, other in enumerate(others)]
    return {"ours": facts(distance(curve, others)),
            "each_of_the_others": {"inside": [each["inside"] for each in rest],
                                   "largest": [each["largest"] for each in rest]}}


def compare(program, arguments):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = {each: folder / f"{each}.safetensors" for each in ("weights", "batches")} | {"rates": folder / "rates"}
        full, rates = our_losses(program, folder, arguments.steps, "fp32", 0)
        files["rates"].write_text(json.dumps(rates))
        program.run("init", options=["--out", files["weights"]], overrides=["seed=0"])
        program.run("batches", overrides=["seed=0", f"max_iter={arguments.steps}"],
                    options=["--first", 1, "--count", arguments.steps, "--out", files["batches"]])
        theirs = [torch_losses(program, folder, files, arguments.threads, ulp) for ulp in ULPS]
        if abs(full[0] / theirs[0][0] - 1) > 1e-4:
            sys.exit(f"the first losses differ: segtrain {full[0]}, torch {theirs[0][0]}")
        seeds = {"fp32": [full], "bf16": []}
        for precision in seeds:
            for seed in range(len(seeds[precision]), arguments.seeds):
                seeds[precision].append(our_losses(program, folder, arguments.steps, precision, seed)[0])
    curves = {"segtrain": [windows(full, arguments.window)],
              "torch": [windows(each, arguments.window) for each in theirs],
              **{name: [windows(each, arguments.window) for each in runs] for name, runs in seeds.items()}}
    last = {name: [each[-1] for each in runs] for name, runs in curves.items()}
    return {"machine": machine(program), "steps": arguments.steps, "window": arguments.window, "curves": curves,
            "fp32": envelope(curves["segtrain"][0], curves["torch"]),
            "bf16": {"last": last["bf16"], "of_fp32": last["fp32"],
                     "change_by_seed": [b / f - 1 for b, f in zip(last["bf16"], last["fp32"])],
                     "spread_of_seeds": (max(last["fp32"]) - min(last["fp32"])) / min(last["fp32"])}}


def drawing():
    """Imported first, so that what is missing is known before anything runs."""
    try:
        import matplotlib
    except ImportError:
        sys.exit(f"--plot needs matplotlib: {sys.executable} -m pip install matplotlib")
    matplotlib.use("svg")
    from matplotlib import pyplot
    return pyplot


def plot(result, path, pyplot):
    figure, axes = pyplot.subplots(1, 2, figsize=(11, 4), sharey=True)
    middles = [(i + 0.5) * result["window"] for i in range(len(result["curves"]["segtrain"][0]))]
    styles = {"torch": ("Python torch, one ulp apart", "0.6"), "segtrain": ("segtrain", "C3"),
              "fp32": ("fp32, by seed", "0.6"), "bf16": ("bf16, by seed", "C0")}
    for axis, names, title in zip(axes, (("torch", "segtrain"), ("fp32", "bf16")),
                                  ("fp32 beside Python", "segtrain's bf16 beside its fp32")):
        for name in names:
            for i, curve in enumerate(result["curves"][name]):
                axis.plot(middles, curve, color=styles[name][1], linewidth=1.2, label=None if i else styles[name][0])
        axis.set(title=title, xlabel="step", yscale="log")
        axis.legend()
    axes[0].set_ylabel(f"loss, mean of {result['window']} steps")
    figure.tight_layout()
    figure.savefig(path)


def print_result(result):
    print(machine_text(result["machine"]))
    fp32, bf16 = result["fp32"], result["bf16"]
    others = fp32["each_of_the_others"]
    print(f"fp32, {result['steps']} steps: inside the envelope of {len(ULPS)} runs of torch in "
          f"{fp32['ours']['inside']:.0%} of the windows, at most {fp32['ours']['largest']:.2f} of its width outside")
    print("      each of those runs against the others: inside "
          + ", ".join(f"{each:.0%}" for each in others["inside"]) + "; at most "
          + ", ".join(f"{each:.2f}" for each in others["largest"]))
    print("bf16: loss at the end by seed " + ", ".join(f"{each:.4f}" for each in bf16["last"])
          + "; fp32 " + ", ".join(f"{each:.4f}" for each in bf16["of_fp32"]))
    largest = max(abs(each) for each in bf16["change_by_seed"])
    print(f"      bf16 changes the loss of a seed by at most {largest:.1%}, another seed that of fp32 by "
          f"{bf16['spread_of_seeds']:.1%}")


def main():
    parser = comparison_parser(__doc__, steps=200)
    parser.add_argument("--window", type=int, default=10)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--plot", type=Path, help="an SVG file")
    arguments = parser.parse_args()

    program = Program(arguments.program, arguments.config,
                      [*SMALL, f"threads={arguments.threads}", *arguments.overrides])
    pyplot = drawing() if arguments.plot else None
    result = compare(program, arguments)
    if arguments.json:
        print(json.dumps(result, indent=2))
    else:
        print_result(result)
    if arguments.plot:
        plot(result, arguments.plot, pyplot)


if __name__ == "__main__":
    main()
