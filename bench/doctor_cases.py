#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Stages, for real, what holds training up, and shows what the doctor makes of it: is it found first, and does the cure
gain what was expected?

Usage: doctor_cases.py [CASE ...] [--program build/segtrain] [--budget 60s] [--record FOLDER]

Each case is a config, and perhaps files, a slow disk or company on the machine. The first finding must be the one that
the case is made for. What the doctor may change it has tried itself; what it only advises is applied here, and both
configs are measured by turns. A case that this machine cannot show (no native half precision) is left out and named.
With --record the figures of each case are kept as JSON, for tests that judge them again. Wants a machine on which
nothing else runs. Standard library only.
"""
import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path
from struct import pack
from typing import Callable, NamedTuple

HERE = Path(__file__).resolve().parent
PAIRS = 2  # of measurements by turns

# Steps of some tenths of a second on two cores.
NETWORK = ["model_type=bisenetv2", "n_cats=11", "max_iter=20000", "eval_interval=0", "ims_per_gpu=8", "dropout=0"]
STREETS = [*NETWORK, "dataset=Synthetic", "synthetic_images=64", "synthetic_val_images=8", "synthetic_size=256x256",
           "cropsize=256x256", "cache=ram"]
SMALL_CROPS = [*NETWORK, "cropsize=64x64", "scales=1,1", "cache=off"]


def png(width, height, color, lines):
    """lines: the bytes of each line behind its filter's."""
    header = pack(">IIBBBBB", width, height, 8, color, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"".join(lines), 1)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        pack(">I", len(data)) + name + data + pack(">I", zlib.crc32(name + data)) for name, data in chunks)


def write_files(folder, count, width, height):
    """As slow to decode as photographs: each line is told by what differs from the one above, and that is noise."""
    paeth, plain = b"\4", b"\0"
    levels = bytes(value // 8 for value in range(256))
    label = plain + bytes(min(10, 11 * x // width) for x in range(width))
    names = []
    for i in range(count):
        lines = (paeth + os.urandom(3 * width).translate(levels) for _ in range(height))
        (folder / f"{i}.png").write_bytes(png(width, height, 2, lines))
        (folder / f"{i}_label.png").write_bytes(png(width, height, 0, [label] * height))
        names.append(f"{i}.png,{i}_label.png")
    for name in ("train.txt", "val.txt"):
        (folder / name).write_text("\n".join(names) + "\n")
    return ["dataset=CustomerDataset", f"im_root={folder}", "train_im_anns=train.txt", "val_im_anns=val.txt"]


def forget(folder):
    """The files must be read from their disk again."""
    for path in folder.glob("*.png"):
        descriptor = os.open(path, os.O_RDONLY)
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


class Company:
    """Processes that keep a core busy each."""
    def __init__(self, count):
        self.count = count

    def __enter__(self):
        self.processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(self.count)]

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
            process.wait()


class Staged:
    """A case on this machine: the program, with the keys and the environment of the case."""
    def __init__(self, program, case, folder):
        self.program, self.case, self.folder = program, case, folder
        self.keys = list(case.keys)
        self.environment = {**os.environ, **({"SEGTRAIN_READ_DELAY_MS": str(case.delay)} if case.delay else {})}
        if case.files:
            self.keys += write_files(folder, *case.files)
        if case.is_cold:
            forget(folder)
        if case.is_tight:
            self.keys.append(f"memory_limit={self.tight_limit():.3f}")

    def call(self, *arguments):
        result = subprocess.run([self.program, *arguments, "--json"], capture_output=True, text=True,
                                env=self.environment)
        if result.returncode != 0:
            sys.exit(f"failed: segtrain {' '.join(arguments)}\n{result.stderr}")
        return json.loads(result.stdout)

    def tight_limit(self):
        """In GiB: of what training may take besides what the process holds before, it is forecast to take 0.95."""
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
        loose = min(8, free / 2)  # so that it is what binds
        figures = self.call("bench", "run", *self.keys, f"memory_limit={loose}", "--steps", "1",
                            "--warmup", "1")["figures"]
        held = loose * 2**30 - figures["usable_memory_bytes"]
        return (figures["memory_forecast_bytes"] / 0.95 + held) / 2**30

    def run_rate(self, *changes):
        return self.call("bench", "run", *self.keys, *changes, "--warmup", "1", "--steps", "2",
                         "--seconds", "3")["images_per_second"]

    def company(self):
        return Company(self.case.company * (os.cpu_count() or 1))

    def diagnose(self, budget, *changes):
        with self.company():
            return self.call("doctor", *self.keys, *changes, "--budget", budget)


def words(change):
    return [f"{key}={str(value).lower() if isinstance(value, bool) else value}" for key, value in change.items()]


class Cure(NamedTuple):
    what: str  # was done
    measured: float | None = None  # how many times as fast the run was then
    before: float | None = None  # images per second
    after: float | None = None
    is_cured: bool = True


def compared(what, rates):
    """rates: of each pair, before and after."""
    speedup = math.exp(statistics.fmean(math.log(after / before) for before, after in rates))
    return Cure(what, speedup, statistics.fmean(pair[0] for pair in rates), statistics.fmean(pair[1] for pair in rates))


def by_doctor(staged, report, first, budget):
    return Cure("the doctor: " + " ".join(words(first["change"])), first["verified_speedup"],
                report["before"]["images_per_second"], report["after"]["images_per_second"], first["is_applied"])


def by_advice(staged, report, first, budget):
    change = words(first["change"])
    return compared(" ".join(change), [(staged.run_rate(), staged.run_rate(*change)) for _ in range(PAIRS)])


def by_leaving(staged, report, first, budget):
    rates = []
    for _ in range(PAIRS):
        with staged.company():
            before = staged.run_rate()
        rates.append((before, staged.run_rate()))
    return compared("the other programs ended", rates)


def by_smaller_memory(staged, report, first, budget):
    change = words(first["change"])
    again = staged.diagnose(budget, *change)
    rules = [finding["rule"] for finding in again["findings"]]
    forecast, usable = (again["figures"][name] for name in ("memory_forecast_bytes", "usable_memory_bytes"))
    return Cure(f"{' '.join(change)}: takes {100 * forecast / usable:.0f} % of the memory",
                is_cured=first["rule"] not in rules)


def by_rarer_evaluation(staged, report, first, budget):
    """Seconds of a step and of an evaluation are those of a training with each interval."""
    def seconds_of_step(interval, name):
        folder = staged.folder / name
        result = staged.call("train", *staged.keys, f"eval_interval={interval}", "max_iter=20", "sanity_check=false",
                             f"respth={folder}")
        lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
        evaluations = [line["seconds"] for line in lines if line["event"] == "eval"]
        step = report["figures"]["images_of_micro_batch"] * report["figures"]["micro_batches"]
        return step, step / result["images_per_second"] + statistics.fmean(evaluations) / interval

    now, then = report["figures"]["eval_interval"], first["change"]["eval_interval"]
    images, before = seconds_of_step(now, "now")
    images, after = seconds_of_step(then, "then")
    return Cure(f"eval_interval={then}", before / after, images / before, images / after)


class Case(NamedTuple):
    keys: list
    expected: tuple = ()  # one of these comes first; none: nothing is found
    cure: Callable | None = None
    files: tuple = ()  # how many, their width and height
    delay: float = 0  # milliseconds of each read
    company: int = 0  # processes for each core
    needs_half: bool = False
    is_tight: bool = False
    is_cold: bool = False


CASES = {
    "healthy": Case(STREETS),
    "fp32": Case([*STREETS, "precision=fp32"], ("half_precision",), by_doctor, needs_half=True),
    "starved loader": Case([*SMALL_CROPS, "num_workers=1"], ("cache_in_memory", "more_workers"), by_doctor,
                           files=(8, 4096, 3072)),
    "slow disk": Case([*SMALL_CROPS, "num_workers=1"], ("slow_disk",), by_doctor, files=(24, 480, 360), delay=20),
    "read cold": Case([*SMALL_CROPS, "cropsize=128x128", "num_workers=0"], ("cache_in_memory",), by_doctor,
                      files=(32, 1280, 960), is_cold=True),
    "evaluation every 10 steps": Case([*STREETS, "eval_interval=10", "eval_protocols=ss,ssc,msf,mscf"],
                                      ("evaluation_share",), by_rarer_evaluation),
    "small micro-batch": Case([*STREETS, "ims_per_gpu=1", "gradient_accumulation_steps=8", "cropsize=64x64"],
                              ("small_micro_batch",), by_advice),
    "tight memory": Case(STREETS, ("memory_tight",), by_smaller_memory, is_tight=True),
    "oversubscribed": Case(STREETS, ("oversubscribed",), by_leaving, company=2),
    "more threads than cores": Case([*STREETS, "threads=64", "num_workers=64"], ("workers_do_not_fit",), by_advice),
}


class Row(NamedTuple):
    case: str
    first: str
    cure: str = ""
    expected: str = ""
    measured: str = ""
    before: str = ""
    after: str = ""


def times(value):
    return "" if value is None else f"{value:.2f}x"


def rate(value):
    return "" if value is None else f"{value:.1f}"


class Result(NamedTuple):
    row: Row
    is_right: bool = True
    difference: float | None = None  # of expected and measured speed-up


def result_of(staged, name, budget, record):
    case = staged.case
    report = staged.diagnose(budget)
    if case.needs_half and report["figures"].get("half_precision") == "none":
        return Result(Row(name, "left out: no native half precision"))
    first = report["findings"][0] if report["findings"] else None
    rule = first["rule"] if first else "none"
    is_right = rule in case.expected if case.expected else first is None
    if not is_right:
        return Result(Row(name, f"{rule} (WRONG: {', '.join(case.expected) or 'none'})"), False)
    expected = first["expected_speedup"] if first else None
    cure = case.cure(staged, report, first, budget) if first else Cure("", before=report["before"]["images_per_second"])
    if record:
        record.mkdir(parents=True, exist_ok=True)
        content = {"first": list(case.expected), "verified_speedup": cure.measured, "figures": report["figures"]}
        (record / f"{name.replace(' ', '_')}.json").write_text(json.dumps(content, indent=1) + "\n")
    row = Row(name, f"`{rule}`" if first else "none", cure.what + ("" if cure.is_cured else " (WRONG: not cured)"),
              times(expected), times(cure.measured), rate(cure.before), rate(cure.after))
    is_known = expected is not None and cure.measured is not None
    return Result(row, cure.is_cured, abs(expected - cure.measured) if is_known else None)


def print_row(row):
    print("| " + " | ".join(row) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--program", default=str(HERE.parent / "build" / "segtrain"))
    parser.add_argument("--budget", default="60s")
    parser.add_argument("--record", type=Path)
    arguments = parser.parse_args()
    if unknown := set(arguments.cases) - set(CASES):
        parser.error(f"no such case: {', '.join(sorted(unknown))}")
    print_row(Row("case", "first finding", "what cures it", "expected", "measured", "images/s before", "after"))
    print("|" + "---|" * len(Row._fields))
    results = []
    for name in arguments.cases or CASES:
        with tempfile.TemporaryDirectory() as folder:
            staged = Staged(arguments.program, CASES[name], Path(folder))
            results.append(result_of(staged, name, arguments.budget, arguments.record))
        print_row(results[-1].row)
    differences = [result.difference for result in results if result.difference is not None]
    if differences:
        print(f"\nof {len(differences)} cures, expected and measured differ by "
              f"{100 * statistics.median(differences):.0f} points in the median, "
              f"{100 * max(differences):.0f} at most")
    return 0 if all(result.is_right for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
