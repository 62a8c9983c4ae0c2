#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times our loader beside those of Python trainers on the same files, in the same run, by turns.

  compare_dataloader.py CONFIG [KEY=VALUE...] [--peers reference ...] [--caches off ram] [--workers 0 1 2]

CONFIG names 8-bit RGB images in lists (dataset = "CustomerDataset"): a user's own, or what bench/make_city.py made.
Each side runs at every number of workers; sides are judged at the best one. Before anything is timed, our batches must
be the same bytes with every cache and number of workers. Start it with a Python that has torch, numpy and what
bench/requirements.txt names: `./dev compare loader` does. Rates are images a second, medians over the rounds; spread =
(largest - smallest) / median.
"""
import argparse
import hashlib
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path

from program import Program, run, summary

HERE = Path(__file__).resolve().parent
PEERS = ["reference", "reference-raw", "albumentations", "spdl"]


def commas(values):
    return ",".join(str(value) for value in values)


def peer_options(program):
    keys = program.keys
    if keys["dataset"] != "CustomerDataset":
        sys.exit(f"{program.config}: loaders are compared on files, with dataset = \"CustomerDataset\"")
    crop = keys["cropsize"] if isinstance(keys["cropsize"], list) else [keys["cropsize"]] * 2
    listing = Path(keys["im_root"]) / keys["train_im_anns"]
    return {"root": keys["im_root"], "list": listing if listing.is_file() else keys["train_im_anns"],
            "batch": keys["ims_per_gpu"], "crop": commas(crop), "scales": commas(keys["scales"]),
            "jitter": commas(keys["color_jitter"]), "ignore": keys["lb_ignore"]}


def require_equal_batches(program, caches, workers, folder):
    hashes = {}
    for cache in caches:
        for count in workers:
            path = folder / "batches.safetensors"
            program.run("batches", overrides=[f"cache={cache}", f"num_workers={count}"],
                        options=["--first", 3, "--count", 2, "--out", path])
            hashes[f"cache={cache} num_workers={count}"] = hashlib.sha256(path.read_bytes()).hexdigest()
            path.unlink()
    if len(set(hashes.values())) > 1:
        sys.exit(f"batches differ; nothing was timed: {json.dumps(hashes, indent=2)}")


def time_peer(peer, workers, options, arguments, folder):
    flags = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    return json.loads(run([sys.executable, HERE / "dataloader_peer.py", peer, *flags, "--workers", workers, "--seconds",
                           arguments.seconds, "--scratch", folder]))


def time_ours(program, cache, workers, arguments):
    return program.json("bench", "loader", options=["--seconds", arguments.seconds],
                        overrides=[f"cache={cache}", f"num_workers={workers}"])


def compare(program, arguments):
    options = peer_options(program)
    measured = {}
    with tempfile.TemporaryDirectory(dir=arguments.scratch) as name:
        folder = Path(name)
        require_equal_batches(program, arguments.caches, arguments.workers, folder)
        for _ in range(arguments.rounds):
            for workers in arguments.workers:
                for cache in arguments.caches:
                    measured.setdefault(f"segtrain, cache {cache}", {}).setdefault(workers, []).append(
                        time_ours(program, cache, workers, arguments))
                for peer in arguments.peers:
                    measured.setdefault(peer, {}).setdefault(workers, []).append(
                        time_peer(peer, workers, options, arguments, folder))
    sides = {}
    for side, by_workers in measured.items():
        rates = {workers: summary([each["images_per_second"] for each in rounds])
                 for workers, rounds in by_workers.items()}
        firsts = {workers: statistics.median(each["first_batch_seconds"] for each in rounds)
                  for workers, rounds in by_workers.items()}
        sides[side] = {"images_per_second": rates, "first_batch_seconds": firsts,
                       "best": max(rate["median"] for rate in rates.values())}
    ratios = {ours: {theirs: sides[ours]["best"] / sides[theirs]["best"] for theirs in arguments.peers}
              for ours in sides if ours not in arguments.peers}
    return {"sides": sides, "ratios": ratios, "rounds": measured}


def show(result):
    workers = list(next(iter(result["sides"].values()))["images_per_second"])
    print(f"{'images a second':24}" + "".join(f"{count:>11} w" for count in workers) + "   spread   first batch")
    for side, values in result["sides"].items():
        rates = values["images_per_second"]
        spread = max(rate["spread"] for rate in rates.values())
        print(f"{side:24}" + "".join(f"{rates[count]['median']:13.1f}" for count in workers)
              + f"{spread:9.0%}" + f"{values['first_batch_seconds'][workers[-1]]:12.3f} s")
    for ours, by_peer in result["ratios"].items():
        for theirs, ratio in by_peer.items():
            print(f"best against best: {ours} is {ratio:.1f}x {theirs}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config")
    parser.add_argument("overrides", nargs="*", metavar="KEY=VALUE")
    parser.add_argument("--program", type=Path, default=HERE.parent / "build" / "segtrain")
    parser.add_argument("--peers", nargs="+", default=["reference"], choices=PEERS)
    parser.add_argument("--caches", nargs="+", default=["off"], choices=["off", "ram", "disk"])
    parser.add_argument("--workers", nargs="+", type=int, default=[0, 1, len(os.sched_getaffinity(0))])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4, help="that each side is timed in a round")
    parser.add_argument("--scratch", help="where decoded pixels may lie (default: the folder for temporary files)")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_intermixed_args()

    result = compare(Program(arguments.program, arguments.config, arguments.overrides), arguments)
    if arguments.json:
        print(json.dumps(result, indent=2))
    else:
        show(result)


if __name__ == "__main__":
    main()
