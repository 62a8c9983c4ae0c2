# SPDX-License-Identifier: Apache-2.0
"""What the comparisons share: running segtrain with one config, and summing up rounds."""
import json
import os
import statistics
import subprocess
import sys


def run(command, **options):
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if result.returncode != 0:
        sys.exit(f"failed: {' '.join(map(str, command))}\n{result.stderr}")
    return result.stdout


class Program:
    """segtrain with one config."""

    def __init__(self, path, config, overrides):
        self.path, self.config, self.overrides = path, config, overrides
        self.keys = self.json("config")["keys"]

    def run(self, *command, overrides=(), options=()):
        return run([self.path, *command, self.config, *self.overrides, *overrides, *options])

    def json(self, *command, overrides=(), options=()):
        return json.loads(self.run(*command, overrides=overrides, options=["--json", *options]))


def summary(values):
    """One round has no spread."""
    middle = statistics.median(values)
    spread = (max(values) - min(values)) / middle if len(values) > 1 else None
    return {"median": middle, "spread": spread, "rounds": values}


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
