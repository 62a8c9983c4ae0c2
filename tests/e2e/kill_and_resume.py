# SPDX-License-Identifier: Apache-2.0
"""Twenty `kill -9` at random moments, each followed by the same command, end with the undisturbed run's weights.

Bit for bit, on a CPU, with each optimizer; and metrics.jsonl holds every step once, with the undisturbed run's losses.
"""
import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import program

sys.path.insert(0, str(program.ROOT / "tools"))
import safetensors_file  # noqa: E402


def train(config, run_folder):
    return program.command("train", config, f"respth={run_folder}")


def losses(run_folder):
    return [(line["step"], line["loss"]) for line in program.metrics(run_folder) if line["event"] == "step"]


def seconds_until_first_step(config, folder):
    """Of a start: killing sooner than that makes no progress, so the moments are drawn around it."""
    began = time.monotonic()
    program.must_run("train", config, f"respth={folder}", "max_iter=1")
    return time.monotonic() - began


def kill_until(config, run_folder, kills, start, length, numbers):
    """Starts and kills until `kills` are done or the run has ended; returns how many there were."""
    for done in range(kills):
        process = subprocess.Popen(train(config, run_folder), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            _, errors = process.communicate(timeout=numbers.uniform(0.1 * start, start + 2.5 * length / kills))
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            continue
        if process.returncode != 0:
            sys.exit(f"exit code {process.returncode} after {done} kills:\n{errors.decode()}")
        return done
    return kills


def check_equal(undisturbed, disturbed):
    expected = safetensors_file.read(undisturbed / "model_final.safetensors")
    found = safetensors_file.read(disturbed / "model_final.safetensors")
    assert expected.keys() == found.keys(), sorted(expected.keys() ^ found.keys())
    different = [name for name in expected if expected[name] != found[name]]
    assert not different, f"{len(different)} of {len(expected)} tensors differ, first {different[0]}"
    assert losses(undisturbed) == losses(disturbed), "metrics.jsonl does not hold every step once with its loss"
    leftovers = [str(path) for path in disturbed.rglob("*") if ".partial-" in path.name]
    assert not leftovers, leftovers


def kill_and_compare(folder, keys, kills, steps, numbers):
    config = folder / "tiny.toml"
    config.write_text(program.TINY + f"max_iter = {steps}\nlog_interval = 1\ncheckpoint_interval = 3\n" + keys)
    start = seconds_until_first_step(config, folder / "start")
    began = time.monotonic()
    program.must_run("train", config, f"respth={folder / 'undisturbed'}")
    length = max(time.monotonic() - began - start, 0.1)

    done, runs = 0, 0
    while done < kills:
        runs += 1
        disturbed = folder / f"disturbed{runs}"
        done += kill_until(config, disturbed, kills - done, start, length, numbers)
        program.must_run("train", config, f"respth={disturbed}")
        check_equal(folder / "undisturbed", disturbed)
    print(f"{done} kills in {runs} runs of {steps} steps: weights and losses are the undisturbed run's")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--seed", type=int, default=None)
    arguments = parser.parse_args()
    seed = random.randrange(2**32) if arguments.seed is None else arguments.seed
    numbers = random.Random(seed)
    print(f"seed {seed}")

    for keys in ("", 'optimizer = "adamw"\nema_decay = 0.9\nclip_grad_norm = 5\n'):
        with tempfile.TemporaryDirectory() as name:
            kill_and_compare(Path(name), keys, max(1, arguments.kills // 2), arguments.steps, numbers)


if __name__ == "__main__":
    main()
