# SPDX-License-Identifier: Apache-2.0
"""What the comparisons share: running segtrain with one config, and summing up rounds."""
import json
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
    middle = statistics.median(values)
    return {"median": middle, "spread": (max(values) - min(values)) / middle, "rounds": values}
