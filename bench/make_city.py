#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a data set of the size of Cityscapes from the synthetic streets, for comparisons of loaders.

Usage: make_city.py FOLDER [--images 24] [--program build/segtrain]

24 scenes of 2048x1024, with noise as a camera's sensor leaves it (without it, files are a tenth of the size of real
ones, and decoding is nearly free): the same pixels as PNG (about 2.8 MB each, Cityscapes has 2.3; nearly all rows with
the Paeth filter) and as JPEG of quality 95 (4:2:0), labels as 8-bit PNG. The lists png.txt and jpg.txt name each image
four times, so that epochs are not over after three batches. Needs OpenCV and NumPy (bench/requirements.txt).
"""
import argparse
import json
import struct
import subprocess
import tempfile
from pathlib import Path

import cv2
import numpy

HEIGHT, WIDTH, BATCH, REPEATS = 1024, 2048, 2, 4
CONFIG = f"""
dataset = "Synthetic"
synthetic_size = [{HEIGHT}, {WIDTH}]
cropsize = [{HEIGHT}, {WIDTH}]
scales = [1.0, 1.0]
flip = 0.0
color_jitter = [0.0, 0.0, 0.0]
mean = [0.0, 0.0, 0.0]
std = [1.0, 1.0, 1.0]
ims_per_gpu = {BATCH}
"""


def read_tensors(path):
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8:8 + length])
    types = {"F32": numpy.float32, "U8": numpy.uint8}
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        tensors[name] = numpy.frombuffer(data[begin:end], types[entry["dtype"]]).reshape(entry["shape"])
    return tensors


def scenes(program, count):
    """Pairs of RGB image and label, as the program's own loader makes them."""
    with tempfile.TemporaryDirectory() as name:
        config, batch = Path(name) / "city.toml", Path(name) / "batch.safetensors"
        config.write_text(CONFIG)
        for step in range(1, count // BATCH + 1):
            subprocess.run([program, "batches", config, f"synthetic_images={count}", "--first", str(step),
                            "--count", "1", "--out", batch], check=True, stdout=subprocess.DEVNULL)
            tensors = read_tensors(batch)
            for image, label in zip(tensors["images"], tensors["labels"]):
                yield (image.transpose(1, 2, 0) * 255).round().astype(numpy.uint8), label
            batch.unlink()


def add_sensor_noise(image, generator):
    """Shot noise on soft edges: a lens blurs what a renderer draws sharp; the deviation grows with the light."""
    soft = cv2.GaussianBlur(image, (0, 0), 0.8).astype(numpy.float32)
    noise = generator.standard_normal(soft.shape, numpy.float32) * (0.22 + 0.036 * numpy.sqrt(soft))
    return (soft + noise).round().clip(0, 255).astype(numpy.uint8)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--images", type=int, default=24)
    parser.add_argument("--program", type=Path, default=Path(__file__).resolve().parent.parent / "build" / "segtrain")
    arguments = parser.parse_args()

    folder, generator = arguments.folder, numpy.random.default_rng(0)
    for part in ("png", "jpg", "labels"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    paeth = [cv2.IMWRITE_PNG_COMPRESSION, 6, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_PAETH]
    lines = {"png": [], "jpg": []}
    for number, (image, label) in enumerate(scenes(arguments.program, arguments.images)):
        image = add_sensor_noise(image, generator)
        cv2.imwrite(str(folder / "png" / f"{number:03}.png"), image[:, :, ::-1], paeth)
        cv2.imwrite(str(folder / "jpg" / f"{number:03}.jpg"), image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])
        cv2.imwrite(str(folder / "labels" / f"{number:03}.png"), label)
        for kind in lines:
            lines[kind].append(f"{kind}/{number:03}.{kind},labels/{number:03}.png\n")
    for kind, pairs in lines.items():
        (folder / f"{kind}.txt").write_text("".join(pairs) * REPEATS)
        sizes = [path.stat().st_size for path in (folder / kind).iterdir()]
        print(f"{kind}: {len(sizes)} images, {sum(sizes) / len(sizes) / 1e6:.2f} MB each")
    sizes = [path.stat().st_size for path in (folder / "labels").iterdir()]
    print(f"labels: {sum(sizes) / len(sizes) / 1e3:.0f} KB each")


if __name__ == "__main__":
    main()
