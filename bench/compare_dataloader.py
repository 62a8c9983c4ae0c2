#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times our loader beside those of Python trainers on the same files, in the same run, by turns.

  compare_dataloader.py CONFIG [KEY=VALUE...] [--peers reference ...] [--caches off ram] [--workers 0 1 2]

CONFIG names 8-bit RGB images in lists (dataset = "CustomerDataset"): a user's own, or what bench/make_city.py made.
Each side runs at every number of workers; sides are judged at the best one. Before anything is timed, our batches must
be the same bytes with every cache and number of workers, and, cut out without augmentation, the pixels that OpenCV
decodes. Start it with a Python that has torch, numpy and what
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

from program import Program, machine, machine_text, run, spread_text, summary

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tools"))
import safetensors_file  # noqa: E402
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


def is_cut_from(whole, part):
    """Whether the array is a window of the other, wherever it lies."""
    rows, columns = (whole.shape[axis] - part.shape[axis] + 1 for axis in (0, 1))
    return any((whole[y:y + part.shape[0], x:x + part.shape[1]] == part).all()
               for y in range(rows) for x in range(columns)
               if (whole[y, x] == part[0, 0]).all() and (whole[y + part.shape[0] - 1, x] == part[-1, 0]).all())


def require_pixels_of_opencv(program, options, folder):
    """The first crops of an epoch, as large as the network allows and as they lie in their files."""
    import cv2
    import numpy
    lines = [line.split(",")[0] for line in Path(options["list"]).read_text().splitlines() if line.strip()]
    wholes = {}

    def whole(line):
        if line not in wholes:
            wholes[line] = cv2.cvtColor(cv2.imread(str(Path(options["root"]) / line)), cv2.COLOR_BGR2RGB)
        return wholes[line]

    side = [size // 32 * 32 for size in whole(lines[0]).shape[:2]]
    path = folder / "plain.safetensors"
    plain = ["scales=1,1", f"cropsize={side[0]}x{side[1]}", "flip=0", "color_jitter=0,0,0", "mean=0,0,0",
             "std=1,1,1", "ims_per_gpu=2", "cache=off"]
    program.run("batches", overrides=plain, options=["--first", 1, "--count", 1, "--out", path])
    images = safetensors_file.read(path)["images"]
    levels = numpy.rint(numpy.frombuffer(images.data, numpy.float32) * 255).astype(numpy.uint8).reshape(images.shape)
    for crop in levels.transpose(0, 2, 3, 1):
        if not any(is_cut_from(whole(line), crop) for line in lines):
            sys.exit("a crop holds other pixels than OpenCV decodes from any of the files; nothing was timed")


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
    where = machine(program)
    with tempfile.TemporaryDirectory(dir=arguments.scratch) as name:
        folder = Path(name)
        require_equal_batches(program, arguments.caches, arguments.workers, folder)
        require_pixels_of_opencv(program, options, folder)
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
    return {"machine": where, "sides": sides, "ratios": ratios, "rounds": measured}


def show(result):
    print(machine_text(result["machine"]))
    workers = list(next(iter(result["sides"].values()))["images_per_second"])
    print(f"{'images a second':24}" + "".join(f"{count:>11} w" for count in workers) + "   spread   first batch")
    for side, values in result["sides"].items():
        rates = values["images_per_second"]
        spread = max((rate["spread"] for rate in rates.values()), key=lambda value: value or 0)
        print(f"{side:24}" + "".join(f"{rates[count]['median']:13.1f}" for count in workers)
              + f"{spread_text(spread):>9}" + f"{values['first_batch_seconds'][workers[-1]]:12.3f} s")
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
