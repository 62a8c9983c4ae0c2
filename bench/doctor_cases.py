#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Stages, for real, what holds training up, and shows what the doctor makes of each case.

Usage: doctor_cases.py [CASE ...] [--program build/segtrain] [--budget 60s] [--record FOLDER]

Each case is a config, and perhaps company on the machine. The first finding must be one of those that the case is made
for; what is changed and kept is listed with the expected and the measured speed-up. A case that this machine cannot
show (no native half precision) is left out and named. With --record the figures of each case are kept as JSON, for
tests that judge them again. Wants a machine on which nothing else runs. Standard library only.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path
from struct import pack
from typing import NamedTuple

HERE = Path(__file__).resolve().parent

# Steps of some tenths of a second on two cores.
NETWORK = ["model_type=bisenetv2", "n_cats=11", "max_iter=20000", "eval_interval=0", "ims_per_gpu=8", "dropout=0"]
STREETS = [*NETWORK, "dataset=Synthetic", "synthetic_images=64", "synthetic_val_images=40", "synthetic_size=256x256",
           "cropsize=256x256"]


class Case(NamedTuple):
    keys: list
    expected: tuple  # one of these comes first; none: nothing is found
    files: bool = False
    company: int = 0  # processes that keep a core busy each
    needs_half: bool = False
    tight: bool = False  # memory_limit just above the forecast


CASES = {
    "healthy": Case(STREETS, ()),
    "fp32": Case([*STREETS, "precision=fp32"], ("half_precision",), needs_half=True),
    "starved loader": Case([*NETWORK, "cropsize=64x64", "scales=1,1", "num_workers=0", "cache=off"],
                           ("cache_in_memory", "more_workers", "large_images"), files=True),
    "evaluation every 10 steps": Case([*STREETS, "eval_interval=10", "eval_protocols=ss,ssc,msf,mscf"],
                                      ("evaluation_share",)),
    "small micro-batch": Case([*STREETS, "ims_per_gpu=1", "gradient_accumulation_steps=8", "cropsize=64x64"],
                              ("small_micro_batch",)),
    "tight memory": Case(STREETS, ("memory_tight",), tight=True),
    "oversubscribed": Case(STREETS, ("oversubscribed",), company=2 * (os.cpu_count() or 1)),
}


def png(width, height, color, row_of):
    rows = b"".join(b"\0" + row_of(y) for y in range(height))
    header = pack(">IIBBBBB", width, height, 8, color, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        pack(">I", len(data)) + name + data + pack(">I", zlib.crc32(name + data)) for name, data in chunks)


def write_files(folder, count=24, width=1600, height=1200):
    """Noisy photographs: what a camera gives, and slow to inflate."""
    noise = os.urandom(3 * width).translate(bytes(64 + value // 4 for value in range(256)))
    label = bytes(min(10, 11 * x // width) for x in range(width))
    names = []
    for i in range(count):
        def row(y, i=i):
            start = (y * 37 + i * 101) % len(noise)
            return noise[start:] + noise[:start]
        (folder / f"{i}.png").write_bytes(png(width, height, 2, row))
        (folder / f"{i}_label.png").write_bytes(png(width, height, 0, lambda y: label))
        names.append(f"{i}.png,{i}_label.png")
    for name in ("train.txt", "val.txt"):
        (folder / name).write_text("\n".join(names) + "\n")
    return ["dataset=CustomerDataset", f"im_root={folder}", "train_im_anns=train.txt", "val_im_anns=val.txt"]


def call(program, *arguments):
    result = subprocess.run([program, *arguments, "--json"], capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"failed: segtrain {' '.join(arguments)}\n{result.stderr}")
    return json.loads(result.stdout)


def limit_for(program, keys):
    """In GiB: what training is forecast to take, with a little more, and what a process holds before."""
    figures = call(program, "bench", "run", *keys, "--steps", "1", "--warmup", "1")["figures"]
    return (1.04 * figures["memory_forecast_bytes"] + 130e6) / 2**30


def diagnose(program, case, folder, budget):
    keys = [*case.keys, *(write_files(folder) if case.files else [])]
    if case.tight:
        keys.append(f"memory_limit={limit_for(program, keys):.3f}")
    company = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(case.company)]
    try:
        return call(program, "doctor", *keys, "--budget", budget)
    finally:
        for process in company:
            process.kill()
            process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--program", default=str(HERE.parent / "build" / "segtrain"))
    parser.add_argument("--budget", default="60s")
    parser.add_argument("--record", type=Path)
    arguments = parser.parse_args()
    if unknown := set(arguments.cases) - set(CASES):
        parser.error(f"no such case: {', '.join(sorted(unknown))}")
    differences, wrong = [], 0
    print("| case | first finding | changed | expected | measured | images/s before | after |")
    print("|---|---|---|---|---|---|---|")
    for name in arguments.cases or CASES:
        case = CASES[name]
        with tempfile.TemporaryDirectory() as folder:
            report = diagnose(arguments.program, case, Path(folder), arguments.budget)
        if case.needs_half and report["figures"].get("half_precision") == "none":
            print(f"| {name} | left out: no native half precision | | | | | |")
            continue
        rules = [finding["rule"] for finding in report["findings"]]
        is_right = (rules[0] in case.expected) if rules and case.expected else not rules and not case.expected
        wrong += not is_right
        kept = [finding for finding in report["findings"] if finding["is_applied"]]
        differences += [abs(finding["expected_speedup"] - finding["verified_speedup"]) for finding in kept]
        first = rules[0] if rules else "none"
        if not is_right:
            first += f" (WRONG: {', '.join(case.expected) or 'none'})"
        expected, measured = (", ".join(f"{finding[member]:.2f}x" for finding in kept)
                              for member in ("expected_speedup", "verified_speedup"))
        changed = " ".join(f"{key}={value}" for key, value in report["tuned"].items())
        print(f"| {name} | {first} | {changed} | {expected} | {measured} | "
              f"{report['before']['images_per_second']:.1f} | {report['after']['images_per_second']:.1f} |", flush=True)
        if arguments.record:
            arguments.record.mkdir(parents=True, exist_ok=True)
            file = arguments.record / f"{name.replace(' ', '_')}.json"
            file.write_text(json.dumps({"first": list(case.expected), "figures": report["figures"]}, indent=1) + "\n")
    if differences:
        print(f"\nexpected and measured differ by {100 * statistics.median(differences):.0f} points in the median")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
