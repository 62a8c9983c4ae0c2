# SPDX-License-Identifier: Apache-2.0
"""What the tests of the whole program share: starting it, tiny configs, and PNG files. Standard library only."""
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("SEGTRAIN", str(ROOT / "build" / "segtrain"))
# What scans find is kept in the user's folder for caches, which tests leave alone.
CACHES = tempfile.TemporaryDirectory()
os.environ["XDG_CACHE_HOME"] = CACHES.name
RECORD = os.environ.get("SEG_PROBLEM_RECORD")  # of the errors that users saw, for tools/errors_page.py --untested
PROBLEM = re.compile(r"^error: .*?\n  what: (.*?)\n  try:  (.*?)(?=\nerror: |\n?\Z)", re.M | re.S)
if RECORD:
    Path(RECORD).write_text("")  # what an earlier run left says nothing of this one

# Small enough that a step takes a few hundredths of a second.
TINY = """
model_type = "bisenetv2"
n_cats = 11
dataset = "Synthetic"
synthetic_images = 24
synthetic_val_images = 2
synthetic_size = [64, 64]
cropsize = [64, 64]
scales = [0.75, 1.5]
ims_per_gpu = 2
num_workers = 1
use_fp16 = false
warmup_iters = 5
sanity_check = false
"""


def command(*arguments):
    return [PROGRAM, *map(str, arguments)]


def run(*arguments, timeout=120, **options):
    result = subprocess.run(command(*arguments), capture_output=True, text=True, timeout=timeout, **options)
    if RECORD:
        with open(RECORD, "a", encoding="utf-8") as record:
            record.writelines(json.dumps({"what": what, "remedy": remedy}) + "\n"
                              for what, remedy in PROBLEM.findall(result.stderr))
    return result


def must_run(*arguments, **options):
    result = run(*arguments, **options)
    if result.returncode != 0:
        said = result.stdout + result.stderr
        sys.exit(f"segtrain {' '.join(map(str, arguments))}: exit code {result.returncode}\n{said}")
    return result


class TinyRun(unittest.TestCase):
    """A folder, and in it a config of three steps; the run folder is `run`."""
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.config = self.folder / "tiny.toml"
        self.config.write_text(TINY + f'respth = "{self.folder}/run"\nmax_iter = 3\nlog_interval = 1\n')


def metrics(run_folder):
    return [json.loads(line) for line in (Path(run_folder) / "metrics.jsonl").read_text().splitlines()]


def write_png(path, rows, color=False):
    """rows: bytes for each row, one a pixel, or three if `color`."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    width = len(rows[0]) // (3 if color else 1)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, len(rows), 8, 2 if color else 0, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + bytes(row) for row in rows))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b""))


class Png(NamedTuple):
    width: int
    height: int
    depth: int
    color: int  # 0 gray, 2 RGB, 3 palette, 6 RGB and opacity
    palette: list  # of (red, green, blue)
    rows: list  # of whole numbers, channels interleaved


def unfiltered(kind, row, above, step):
    """A row of bytes as it was before PNG's filter `kind`."""
    if kind == 0:
        return bytes(row)
    if kind == 2:
        return bytes((value + up) & 255 for value, up in zip(row, above))
    row = bytearray(row)
    for i in range(len(row)):
        left = row[i - step] if i >= step else 0
        up, corner = above[i], above[i - step] if i >= step else 0
        nearest = min((abs(up - corner), 0, left), (abs(left - corner), 1, up),
                      (abs(left + up - 2 * corner), 2, corner))[2]
        row[i] = (row[i] + (0, left, up, (left + up) // 2, nearest)[kind]) & 255
    return bytes(row)


def read_png(path):
    """Of 8 or 16 bits, not interlaced: what segtrain writes, read without its help, and what Chromium does."""
    content = Path(path).read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n", path
    at, data, palette = 8, b"", []
    while at < len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        body = content[at + 8:at + 8 + length]
        assert struct.unpack_from(">I", content, at + 8 + length)[0] == zlib.crc32(kind + body), path
        at += 12 + length
        if kind == b"IHDR":
            width, height, depth, color, _, _, interlaced = struct.unpack(">IIBBBBB", body)
            assert depth in (8, 16) and not interlaced, path
        elif kind == b"PLTE":
            palette = [tuple(body[i:i + 3]) for i in range(0, length, 3)]
        elif kind == b"IDAT":
            data += body
    step = {2: 3, 6: 4}.get(color, 1) * depth // 8
    data, stride, rows = zlib.decompress(data), width * step, []
    above = bytes(stride)
    for y in range(height):
        start = y * (stride + 1)
        above = unfiltered(data[start], data[start + 1:start + 1 + stride], above, step)
        rows.append(list(above) if depth == 8 else list(struct.unpack(f">{len(above) // 2}H", above)))
    return Png(width, height, depth, color, palette, rows)
