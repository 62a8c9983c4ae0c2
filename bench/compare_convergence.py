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
PANELS = {"fp32": ("torch", "segtrain"), "bf16": ("fp32", "bf16")}  # the curves that make the envelope, and ours
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


def facts(curve, others):
    distances = distance(curve, others)
    return {"inside": sum(each == 0 for each in distances) / len(distances), "largest": max(distances)}


def envelope(curves, others):
    """Curves against others, and as a yardstick each of the others against the rest."""
    return {"curves": [facts(curve, others) for curve in curves],
            "each_of_the_others": [facts(other, others[:i] + others[i + 1:]) for i, other in enumerate(others)]}


def compare_with_python(program, arguments, folder, files):
    """The curves of the fp32 comparison."""
    ours, rates = our_losses(program, folder, arguments.steps, "fp32", 0)
    files["rates"].write_text(json.dumps(rates))
    program.run("init", options=["--out", files["weights"]], overrides=["seed=0"])
    program.run("batches", overrides=["seed=0", f"max_iter={arguments.steps}"],
                options=["--first", 1, "--count", arguments.steps, "--out", files["batches"]])
    theirs = [torch_losses(program, folder, files, arguments.threads, ulp) for ulp in ULPS]
    if abs(ours[0] / theirs[0][0] - 1) > 1e-4:
        sys.exit(f"the first losses differ: segtrain {ours[0]}, torch {theirs[0][0]}")
    return {"torch": theirs, "segtrain": [ours]}


def compare_by_seed(program, arguments, folder):
    """The curves of the bf16 comparison."""
    return {precision: [our_losses(program, folder, arguments.steps, precision, seed)[0]
                        for seed in range(arguments.seeds)] for precision in ("fp32", "bf16")}


def compare(program, arguments):
    result = {"machine": machine(program), "steps": arguments.steps, "window": arguments.window, "curves": {}}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = {each: folder / f"{each}.safetensors" for each in ("weights", "batches")} | {"rates": folder / "rates"}
        runs = compare_with_python(program, arguments, folder, files) if "fp32" in arguments.precisions else {}
        if "bf16" in arguments.precisions:
            runs |= compare_by_seed(program, arguments, folder)
    curves = {name: [windows(each, arguments.window) for each in losses] for name, losses in runs.items()}
    result["curves"] = curves
    for precision, (others, ours) in PANELS.items():
        if ours in curves:
            result[precision] = envelope(curves[ours], curves[others])
    return result


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
    panels = [names for names in PANELS.values() if names[1] in result["curves"]]
    figure, axes = pyplot.subplots(1, len(panels), figsize=(5.5 * len(panels), 4), sharey=True, squeeze=False)
    styles = {"torch": ("Python torch, one ulp apart", "0.6"), "segtrain": ("segtrain", "C3"),
              "fp32": ("segtrain fp32, by seed", "0.6"), "bf16": ("segtrain bf16, by seed", "C0")}
    for axis, names in zip(axes[0], panels):
        for name in names:
            for i, curve in enumerate(result["curves"][name]):
                middles = [(window + 0.5) * result["window"] for window in range(len(curve))]
                axis.plot(middles, curve, color=styles[name][1], linewidth=1.2, label=None if i else styles[name][0])
        axis.set(xlabel="step", yscale="log")
        axis.legend()
    axes[0][0].set_ylabel(f"loss, mean of {result['window']} steps")
    figure.tight_layout()
    figure.savefig(path)


def print_facts(what, each):
    print(f"{what}: inside in " + ", ".join(f"{one['inside']:.0%}" for one in each) + " of the windows; at most "
          + ", ".join(f"{one['largest']:.2f}" for one in each) + " of the envelope's width outside")


def print_result(result):
    print(machine_text(result["machine"]))
    if "fp32" in result:
        print_facts(f"fp32, {result['steps']} steps, among {len(ULPS)} runs of torch", result["fp32"]["curves"])
        print_facts("      each of those runs among the others", result["fp32"]["each_of_the_others"])
    if "bf16" in result:
        print_facts(f"bf16, {result['steps']} steps, each seed among the seeds of fp32", result["bf16"]["curves"])
        print_facts("      each seed of fp32 among the others", result["bf16"]["each_of_the_others"])
        for name in ("fp32", "bf16"):
            print(f"      {name}, the last window by seed: "
                  + ", ".join(f"{curve[-1]:.3f}" for curve in result["curves"][name]))


def main():
    parser = comparison_parser(__doc__, steps=200)
    parser.add_argument("--window", type=int, default=10)
    parser.add_argument("--seeds", type=int, default=6)
    parser.add_argument("--precisions", nargs="+", default=list(PANELS), choices=list(PANELS))
    parser.add_argument("--plot", type=Path, help="an SVG file")
    arguments = parser.parse_args()
    # An envelope of two curves says nothing of the third.
    if arguments.seeds < 3 and "bf16" in arguments.precisions:
        parser.error("--seeds: at least 3")
    if not 1 <= arguments.window <= arguments.steps:
        parser.error("--window: from 1 to the number of steps")

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
