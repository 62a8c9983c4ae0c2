# SPDX-License-Identifier: Apache-2.0
"""One process that evaluates images by a protocol of the reference in Python torch (eager, channels-last, fp32).

The rules are written anew from their description: images as they are or in windows, at several scales, with their
mirror images. From files to a confusion matrix (rows: labels). bench/compare_eval.py starts it.
"""
import argparse
import json
import math
import time
from pathlib import Path

import cv2
import numpy
import torch
import torch.nn.functional as F
import torch_peer

import networks  # of tests/oracles

PROTOCOLS = ("ss", "ssc", "msf", "mscf")
DIVISOR = 32


def resized(maps, size):
    return F.interpolate(maps, size=tuple(size), mode="bilinear", align_corners=True)


def probabilities(network, image, flips):
    """The softmax, and that of the mirror image mirrored back."""
    said = [torch.softmax(network(image)[0], 1)]
    if flips:
        said.append(torch.softmax(network(image.flip(3))[0].flip(3), 1))
    return said


def of_whole(network, image, scale, flips):
    """Each side scaled, then enlarged to what the network can divide; logits are brought to the image's size."""
    size = image.shape[2:]
    sides = [math.ceil(int(scale * side) / DIVISOR) * DIVISOR for side in size]
    scaled = resized(image, sides)
    said = torch.softmax(resized(network(scaled)[0], size), 1)
    if flips:
        said += torch.softmax(resized(network(scaled.flip(3))[0].flip(3), size), 1)
    return said


def starts(side, window):
    """Two thirds of a window apart; the last one ends with the image."""
    stride = math.ceil(window * 2 / 3)
    count = math.ceil((side - window) / stride) + 1
    return [min(i * stride, side - window) for i in range(count)]


def of_windows(network, image, scale, window, flips):
    """Sums over the windows of an image that is padded to a window at least, about its middle."""
    size = image.shape[2:]
    sides = [int(scale * side) for side in size]
    scaled = image if sides == list(size) else resized(image, sides)
    full = [max(side, edge) for side, edge in zip(sides, window)]
    top, left = ((whole - side) // 2 for whole, side in zip(full, sides))
    scaled = F.pad(scaled, (left, full[1] - sides[1] - left, top, full[0] - sides[0] - top))
    total = None
    for y in starts(full[0], window[0]):
        for x in starts(full[1], window[1]):
            part = scaled[:, :, y:y + window[0], x:x + window[1]].contiguous(memory_format=torch.channels_last)
            said = probabilities(network, part, flips)
            joined = torch.exp(said[0] + said[1]) if flips else said[0]
            if total is None:
                total = torch.zeros(1, joined.shape[1], *full)
            total[:, :, y:y + window[0], x:x + window[1]] += joined
    return resized(total[:, :, top:top + sides[0], left:left + sides[1]], size)


def classes(network, image, arguments):
    flips = arguments.protocol in ("msf", "mscf")
    scales = arguments.scales if flips else [1.0]
    total = 0
    for scale in scales:
        if arguments.protocol in ("ss", "msf"):
            total = total + of_whole(network, image, scale, flips)
        else:
            total = total + of_windows(network, image, scale, arguments.window, flips)
    return total.argmax(1)[0]


def pairs(path):
    root = Path(path).parent
    return [[root / name for name in line.split(",")] for line in Path(path).read_text().split()]


def evaluate(network, files, arguments):
    matrix = torch.zeros(arguments.classes ** 2, dtype=torch.int64)
    mean = torch.tensor(arguments.mean).view(1, 3, 1, 1)
    deviation = torch.tensor(arguments.deviation).view(1, 3, 1, 1)
    for image_file, label_file in files:
        pixels = cv2.cvtColor(cv2.imread(str(image_file)), cv2.COLOR_BGR2RGB)
        label = torch.from_numpy(cv2.imread(str(label_file), 0).astype(numpy.int64))
        image = torch.from_numpy(pixels).permute(2, 0, 1)[None].float()
        image = ((image / 255 - mean) / deviation).contiguous(memory_format=torch.channels_last)
        found = classes(network, image, arguments)
        is_valid = label != 255
        matrix += torch.bincount(label[is_valid] * arguments.classes + found[is_valid], minlength=len(matrix))
    return matrix.view(arguments.classes, arguments.classes)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--protocol", choices=PROTOCOLS, required=True)
    parser.add_argument("--model", choices=sorted(networks.NETWORKS), required=True)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--classes", type=int, required=True)
    parser.add_argument("--list", required=True, help="lines IMAGE,LABEL; names beside the list")
    parser.add_argument("--mean", type=float, nargs=3, required=True)
    parser.add_argument("--deviation", type=float, nargs=3, required=True)
    parser.add_argument("--scales", type=float, nargs="+", required=True)
    parser.add_argument("--window", type=int, nargs=2, required=True)
    parser.add_argument("--threads", type=int, required=True)
    arguments = parser.parse_args()

    torch.set_num_threads(arguments.threads)
    network = torch_peer.network(arguments.model, arguments.weights, arguments.classes).eval()
    files = pairs(arguments.list)
    with torch.no_grad():
        evaluate(network, files[:1], arguments)  # what libraries set up at their first use is not counted
        began = time.perf_counter()
        matrix = evaluate(network, files, arguments)
        seconds = time.perf_counter() - began
    print(json.dumps({"images_per_second": len(files) / seconds, "peak_bytes": torch_peer.memory("VmHWM"),
                      "confusion_matrix": matrix.tolist()}))


if __name__ == "__main__":
    main()
