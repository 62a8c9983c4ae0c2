#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What sharpens boundaries on a data set, and what it costs a step: four ways to train, some seeds each, compared.

  compare_boundaries.py CONFIG [KEY=VALUE...] [--seeds 0 1 2] [--variants NAME...] [--runs FOLDER] [--rounds 3]

The variants: `plain`; `weighted`, whose pixels near boundaries weigh more; `uncertainty` and `boundary`, which train
PointRend on points that it is unsure of, or on points near boundaries. All else is the config's, max_iter too. Each run
is evaluated once, when it ends, by `ss`. The spread is largest - smallest; a difference to `plain` counts where every
seed is on one side of every seed of `plain`, as three seeds that differ by chance alone are in one of ten comparisons;
of fewer seeds no difference counts, and one has no spread. The cost of a step is the median over rounds of `segtrain
bench step` by turns.

With --runs the runs are kept: what is finished there is not trained again, and what was stopped goes on. `--seeds` with
no number after it trains nothing, `--rounds 0` times nothing.
"""
import json
import statistics
import sys
import tempfile
from pathlib import Path

from program import Program, comparison_parser, machine, machine_text, summary

METRICS = {"miou": "mIoU", "boundary_iou": "boundary IoU", "boundary_f1": "boundary F"}
VARIANTS = {"plain": "plain", "weighted": "boundary_weight", "uncertainty": "PointRend, uncertainty",
            "boundary": "PointRend, boundary"}
ENOUGH_SEEDS = 3
RULES = ["eval_interval=0", "eval_protocols=ss", "boundary_metrics=true", "early_stop_patience=0", "report=false",
         "tensorboard=false"]


def overrides_of(variant, weight):
    if variant in ("uncertainty", "boundary"):
        return ["boundary_weight=0", "point_rend=true", f"point_source={variant}"]
    return [f"boundary_weight={weight if variant == 'weighted' else 0}", "point_rend=false"]


def figures_of_run(program, arguments, variant, seed, folder):
    """Trains, or goes on, or finds it done; what the last evaluation says."""
    overrides = [*RULES, *overrides_of(variant, arguments.weight), f"seed={seed}",
                 f"respth={folder / f'{variant}_{seed}'}"]
    found = program.json("train", overrides=overrides)["metrics"]["protocols"]["ss"]
    return {metric: found[metric] for metric in METRICS}


def train_all(program, arguments, folder):
    """By variant and metric, the values of the seeds. Seed by seed, so that what is there early compares alike."""
    values = {variant: {metric: [] for metric in METRICS} for variant in arguments.variants}
    for seed in arguments.seeds:
        for variant in arguments.variants:
            for metric, value in figures_of_run(program, arguments, variant, seed, folder).items():
                if value is None:
                    sys.exit(f"failed: {VARIANTS[variant]} has no {METRICS[metric]}: no label of the validation images "
                             "has a boundary, or none counts")
                values[variant][metric].append(value)
    return values


def time_steps(program, arguments):
    """By variant, the seconds of a step in each round."""
    seconds = {variant: [] for variant in arguments.variants}
    for _ in range(arguments.rounds):
        for variant in arguments.variants:
            result = program.json("bench", "step", overrides=[*RULES, *overrides_of(variant, arguments.weight)],
                                  options=["--steps", arguments.steps, "--warmup", 3])
            seconds[variant].append(result["seconds_per_step"]["median"])
    return seconds


def spread(values):
    return max(values) - min(values) if len(values) > 1 else None


def are_apart(values, others):
    """None where there are too few to tell."""
    if min(len(values), len(others)) < ENOUGH_SEEDS:
        return None
    return max(values) < min(others) or min(values) > max(others)


def compared(values, plain):
    result = {"mean": statistics.fmean(values), "spread": spread(values), "seeds": values}
    if plain and values is not plain:
        result |= {"above_plain": result["mean"] - statistics.fmean(plain), "is_apart": are_apart(values, plain)}
    return result


def cost(seconds, plain):
    """How much longer than the plain step of the same round, in shares of that."""
    shares = [each / base - 1 for each, base in zip(seconds, plain)]
    return {"median": statistics.median(shares), "spread": spread(shares), "rounds": shares}


def summary_of(values, seconds):
    plain_values, plain_seconds = values.get("plain", {}), seconds.get("plain")
    variants = {}
    for variant in values:
        entry = {"metrics": {metric: compared(found, plain_values.get(metric))
                             for metric, found in values[variant].items() if found}}
        if seconds[variant]:
            entry["step_seconds"] = summary(seconds[variant])
            if plain_seconds and variant != "plain":
                entry["step_cost"] = cost(seconds[variant], plain_seconds)
        variants[variant] = entry
    return variants


def compare(program, arguments):
    result = {"machine": machine(program), "seeds": arguments.seeds, "max_iter": program.keys["max_iter"],
              "ims_per_gpu": program.keys["ims_per_gpu"], "cropsize": program.keys["cropsize"]}
    seconds = time_steps(program, arguments)
    if arguments.runs:
        values = train_all(program, arguments, arguments.runs)
    else:
        with tempfile.TemporaryDirectory() as name:
            values = train_all(program, arguments, Path(name))
    return result | {"variants": summary_of(values, seconds)}


def figure_text(figure):
    text = f"{100 * figure['mean']:.2f}"
    if figure["spread"] is not None:
        text += f" ({100 * figure['spread']:.2f})"
    return text + (" *" if figure.get("is_apart") else "")


def step_text(found):
    if "step_cost" in found:
        cost = found["step_cost"]
        return f"{cost['median']:+.1%}" + ("" if cost["spread"] is None else f" ({cost['spread']:.1%})")
    return f"{found['step_seconds']['median']:.3f} s" if "step_seconds" in found else "-"


def print_result(result):
    print(machine_text(result["machine"]))
    num_seeds = len(result["seeds"])
    apart = "*: every seed is apart from plain's" if num_seeds >= ENOUGH_SEEDS else (
        f"of fewer than {ENOUGH_SEEDS} seeds no difference counts")
    print(f"{num_seeds} seed{'s' * (num_seeds != 1)}, {result['max_iter']} steps of {result['ims_per_gpu']} crops of "
          f"{'x'.join(map(str, result['cropsize']))}; percent as mean (spread); {apart}")
    print(f"{'':24}" + "".join(f"{title:>18}" for title in METRICS.values()) + f"{'step':>18}")
    for variant, found in result["variants"].items():
        figures = [figure_text(found["metrics"][metric]) if metric in found["metrics"] else "-" for metric in METRICS]
        print(f"{VARIANTS[variant]:24}" + "".join(f"{text:>18}" for text in [*figures, step_text(found)]))


def main():
    parser = comparison_parser(__doc__, steps=8, config=None)
    parser.add_argument("--seeds", type=int, nargs="*", default=[0, 1, 2])
    parser.add_argument("--variants", nargs="+", default=list(VARIANTS), choices=list(VARIANTS))
    parser.add_argument("--weight", type=float, default=2.0, help="the boundary_weight of `weighted` (2)")
    parser.add_argument("--runs", type=Path, metavar="FOLDER", help="keep the runs there, and go on with those there")
    parser.add_argument("--rounds", type=int, default=3, help="of timing each variant's step (3)")
    arguments = parser.parse_args()

    program = Program(arguments.program, arguments.config,
                      [f"threads={arguments.threads}", *arguments.overrides])
    result = compare(program, arguments)
    if arguments.json:
        print(json.dumps(result, indent=2))
    else:
        print_result(result)


if __name__ == "__main__":
    main()
