#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times exact distance maps beside SciPy and OpenCV on the same labels, on one thread, in the same run, by turns.

  compare_distance.py LABELS.png... [--ignored 255] [--rounds 3]

Before anything is timed, our map of each file must be SciPy's exact one, pixel by pixel: without a limit, at 32 pixels,
in eighths of a pixel, and with a sign, of the commonest label (which takes SciPy two transforms). SciPy's
distance_transform_edt and OpenCV's precise distanceTransform are handed the pixels of the boundary ready-made; what
finding these takes is in our time only. OpenCV's distances are floats and nearly exact; how far they are off is told.

Start it with a Python that has NumPy, SciPy and OpenCV: `./dev compare distance` does. Times are those of the
processor; numbers are medians over the files of medians over the rounds; the spread is the worst file's (largest -
smallest) / median.
"""
import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy
from scipy.ndimage import distance_transform_edt

from program import run, spread_text, summary

HERE = Path(__file__).resolve().parent
NOWHERE = 2**31 - 1
LIMIT = 32 * 32
OURS = {"distances_unlimited": numpy.int32, "distances_within_32": numpy.uint16, "distances_in_eighths": numpy.uint8,
        "distances_signed": numpy.int32}
PEERS = ("scipy", "opencv", "scipy_signed")
BARS = [("distances_unlimited", "scipy", 10), ("distances_unlimited", "opencv", 2),
        ("distances_within_32", "opencv", 10), ("distances_signed", "scipy_signed", None)]


def boundary_of(labels, ignored):
    """Pixels of a label that have one of another label above, below, before or behind them."""
    found = numpy.zeros(labels.shape, bool)
    valid = labels != ignored
    for axis in (0, 1):
        first, second = ((slice(None),) * axis + (part,) for part in (slice(None, -1), slice(1, None)))
        differs = (labels[first] != labels[second]) & valid[first] & valid[second]
        found[first] |= differs
        found[second] |= differs
    return found


class File:
    """One label map, and how to run our program on it."""

    def __init__(self, path, arguments, folder):
        self.path, self.arguments = path, arguments
        labels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        if labels is None or labels.ndim != 2 or labels.dtype != numpy.uint8:
            sys.exit(f"{path}: no label map of 8 bits")
        self.raw, self.map = folder / "labels", folder / "map"
        self.labels = labels
        boundary = boundary_of(labels, arguments.ignored)
        self.has_boundary = bool(boundary.any())
        self.background = (~boundary).astype(numpy.uint8)
        valid = labels != arguments.ignored
        label = numpy.bincount(labels[valid], minlength=256).argmax()
        self.inside, self.others = labels == label, (labels != label) & valid

    def ours(self, name, seconds):
        """Milliseconds, and the map."""
        self.labels.tofile(self.raw)
        height, width = self.labels.shape
        environment = {**os.environ, "SEG_BENCH_MAP": str(self.map),
                       "SEG_BENCH_LABELS": f"{height} {width} {self.arguments.ignored} {self.raw}"}
        document = json.loads(run([self.arguments.program, f"--benchmark_filter={name}/", "--benchmark_format=json",
                                   f"--benchmark_min_time={seconds}"], env=environment))
        measured = document["benchmarks"][0]
        if measured.get("error_occurred"):
            sys.exit(f"{self.path}: {measured['error_message']}")
        self.context = document["context"]
        return measured["cpu_time"], numpy.fromfile(self.map, OURS[name]).reshape(height, width)

    def scipy(self):
        return distance_transform_edt(self.background)

    def opencv(self):
        return cv2.distanceTransform(self.background, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)

    def scipy_signed(self):
        """From outside to the nearest pixel inside, and from inside to the nearest of another label."""
        return distance_transform_edt(~self.inside), distance_transform_edt(~self.others)

    def signed_squares(self):
        outside, inside = self.scipy_signed()
        for distances, sources in ((outside, self.inside), (inside, self.others)):
            if not sources.any():
                distances[:] = numpy.sqrt(NOWHERE)
        return numpy.rint(numpy.where(self.inside, -(inside**2), outside**2)).astype(numpy.int64)

    def require_equal_maps(self):
        """How far OpenCV is off, at most, where there is a boundary."""
        squares = numpy.full(self.labels.shape, NOWHERE, numpy.int64)
        exact = self.scipy()
        if self.has_boundary:
            squares = numpy.rint(exact**2).astype(numpy.int64)
        expected = {"distances_unlimited": squares, "distances_within_32": squares.clip(max=LIMIT),
                    "distances_in_eighths": numpy.rint(8 * numpy.sqrt(squares)).clip(max=255),
                    "distances_signed": self.signed_squares()}
        for name, values in expected.items():
            if not (self.ours(name, 0.001)[1] == values).all():
                sys.exit(f"{self.path}: {name} are not those of SciPy; nothing was timed")
        return float(numpy.abs(self.opencv() - exact).max()) if self.has_boundary else 0.0


def timed(make):
    begin = time.process_time()
    make()
    return 1000 * (time.process_time() - begin)


def compare(arguments):
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as name:
        files = [File(path, arguments, Path(name)) for path in arguments.labels]
        errors = [each.require_equal_maps() for each in files]
        times = {side: [[] for _ in files] for side in (*OURS, *PEERS)}
        load = os.getloadavg()[0]
        for _ in range(arguments.rounds):
            for number, each in enumerate(files):
                for side in OURS:
                    times[side][number].append(each.ours(side, arguments.seconds)[0])
                for side in PEERS:
                    times[side][number].append(timed(getattr(each, side)))
    by_file = {side: [summary(rounds) for rounds in measured] for side, measured in times.items()}
    sides = {side: {"milliseconds": statistics.median(each["median"] for each in found),
                    "spread": max((each["spread"] for each in found), key=lambda spread: spread or 0)}
             for side, found in by_file.items()}
    ratios = []
    for ours, theirs, bar in BARS:
        found = sorted(b["median"] / a["median"] for a, b in zip(by_file[ours], by_file[theirs]))
        ratios.append({"ours": ours, "theirs": theirs, "bar": bar, "median": statistics.median(found),
                       "least": found[0]})
    return {"machine": {**{key: files[0].context[key] for key in ("cpu", "usable_processors", "commit")},
                        "load_before": load},
            "sizes": sorted({each.labels.shape for each in files}), "files": len(files),
            "opencv_version": cv2.__version__, "opencv_largest_error": max(errors), "sides": sides, "ratios": ratios}


def show(result):
    where = result["machine"]
    print(f"{where['cpu']}, {where['usable_processors']} processors, commit {where['commit']}, load before "
          f"{where['load_before']:.1f}" + (": other work was running, do not rely on these figures"
                                           if where["load_before"] > 0.5 else ""))
    print(f"{result['files']} label maps of " + ", ".join(f"{width}x{height}" for height, width in result["sizes"])
          + f"; all our maps equal SciPy's, OpenCV {result['opencv_version']} is off by at most "
          f"{result['opencv_largest_error']:.2g} pixels")
    for side, found in result["sides"].items():
        print(f"{side:24}{found['milliseconds']:10.2f} ms{spread_text(found['spread']):>9}")
    for each in result["ratios"]:
        print(f"{each['ours']} against {each['theirs']}: {each['median']:.1f}x (worst file {each['least']:.1f}x)"
              + (f", wanted {each['bar']}x" if each["bar"] else ""))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", nargs="+", type=Path, metavar="LABELS.png")
    parser.add_argument("--ignored", type=int, default=255)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.1, help="that each of our maps is timed in a round")
    parser.add_argument("--program", type=Path, default=HERE.parent / "build" / "bench" / "segtrain_bench")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()

    result = compare(arguments)
    if arguments.json:
        print(json.dumps(result, indent=2))
    else:
        show(result)


if __name__ == "__main__":
    main()
