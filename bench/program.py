# SPDX-License-Identifier: Apache-2.0
"""What the comparisons share: running segtrain with one config, and summing up rounds."""
import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def run(command, **options):
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if result.returncode != 0:
        sys.exit(f"failed: {' '.join(map(str, command))}\n{result.stderr}")
    return result.stdout


def try_child(script, arguments, environment=None):
    """What a script beside this one prints as JSON, and None; or None, and the last thing that it said."""
    flags = []
    for name, value in arguments.items():
        flags += [f"--{name}", *map(str, value if isinstance(value, (list, tuple)) else [value])]
    result = subprocess.run([sys.executable, HERE / script, *flags], capture_output=True, text=True,
                            env={**os.environ, **(environment or {})})
    if result.returncode != 0:
        return None, (result.stderr.strip().splitlines() or [f"exit code {result.returncode}"])[-1]
    return json.loads(result.stdout.splitlines()[-1]), None


def child(script, arguments, environment=None):
    found, problem = try_child(script, arguments, environment)
    if problem:
        sys.exit(f"failed: {script}: {problem}")
    return found


def from_one(text):
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


class BoundInstructions(argparse.Action):
    """Of all children from now on: the variables are those of torch and its library; segtrain keeps to the first."""

    def __call__(self, parser, namespace, value, option_string=None):
        setattr(namespace, self.dest, value)
        os.environ["ATEN_CPU_CAPABILITY"] = value
        os.environ["ONEDNN_MAX_CPU_ISA"] = value.upper()


class ConfigOrOverride(argparse.Action):
    """Where the config may be left out, a KEY=VALUE in its place is the first override."""

    def __call__(self, parser, namespace, value, option_string=None):
        is_override = self.default and "=" in str(value) and not Path(value).exists()
        setattr(namespace, self.dest, self.default if is_override else value)
        namespace.before_overrides = [value] if is_override else []


class Overrides(argparse.Action):
    def __call__(self, parser, namespace, value, option_string=None):
        setattr(namespace, self.dest, getattr(namespace, "before_overrides", []) + value)


def comparison_parser(description, steps, config=HERE / "step.toml"):
    """The arguments that comparisons of networks share. Without a config of its own the user has to name one."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", nargs="?" if config else None, default=config, action=ConfigOrOverride)
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE", action=Overrides)
    parser.add_argument("--program", type=Path, default=HERE.parent / "build" / "segtrain")
    parser.add_argument("--steps", type=from_one, default=steps, help=f"of each side, in each round or run ({steps})")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--instructions", choices=["avx2"], action=BoundInstructions,
                        help="no later ones, on both sides")
    parser.add_argument("--json", action="store_true")
    return parser


class Program:
    """segtrain with one config."""

    def __init__(self, path, config, overrides):
        self.path, self.config, self.overrides = path, config, overrides
        self.keys = self.json("config")["keys"]

    def run(self, *command, overrides=(), options=()):
        return run([self.path, *command, self.config, *self.overrides, *overrides, *options])

    def run_plain(self, *command):
        """Of commands that take no config."""
        return run([self.path, *command])

    def json(self, *command, overrides=(), options=()):
        return json.loads(self.run(*command, overrides=overrides, options=["--json", *options]))


def summary(values):
    """One round has no spread."""
    middle = statistics.median(values)
    spread = (max(values) - min(values)) / middle if len(values) > 1 else None
    return {"median": middle, "spread": spread, "rounds": values}


def print_left_out(by_precision):
    """A peer may be there in one precision and not in the other."""
    for precision, peers in by_precision.items():
        for peer, problem in peers.items():
            print(f"{precision} {peer} left out: {problem}")


def spread_text(spread):
    return "-" if spread is None else f"{spread:.1%}"


def machine(program):
    """What a figure belongs to. The load is that of the last minute: 0 where nothing else runs."""
    info = json.loads(run([program.path, "info", "--json"]))
    return {"processor": info["cpu"]["name"], "usable_processors": info["cpu"]["usable_processors"],
            "features": info["cpu"]["features"], "commit": info["commit"], "load_before": os.getloadavg()[0]}


def machine_text(values):
    features = ", ".join(name for name, has in values["features"].items() if has)
    text = (f"{values['processor']} ({features}), {values['usable_processors']} processors, commit {values['commit']}, "
            f"load before {values['load_before']:.1f}")
    return text + (": other work was running, do not rely on these figures" if values["load_before"] > 0.5 else "")
