# SPDX-License-Identifier: Apache-2.0
"""What the tests of the whole program share: starting it, tiny configs, and PNG files. Standard library only."""
import json
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("SEGTRAIN", str(ROOT / "build" / "segtrain"))

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
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=timeout, **options)


def must_run(*arguments, **options):
    result = run(*arguments, **options)
    if result.returncode != 0:
        said = result.stdout + result.stderr
        sys.exit(f"segtrain {' '.join(map(str, arguments))}: exit code {result.returncode}\n{said}")
    return result


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
