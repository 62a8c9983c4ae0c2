#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A training step of BiSeNetV2 in Python eager, to be set beside `segtrain bench step`. Prints one JSON line.

Forward with all heads, OHEM on each, backward, SGD; channels-last. Random images, labels in blocks of 16 pixels with
about 5 % ignored. Growth: peak resident memory after five steps less what was resident before the first.
"""
import argparse
import json
import pathlib
import statistics
import sys
import time

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "oracles"))
from bisenetv2 import BiSeNetV2
from losses import cross_entropy, ohem


def status_bytes(key):
    for line in open("/proc/self/status"):
        if line.startswith(key + ":"):
            return int(line.split()[1]) * 1024
    raise KeyError(key)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--height", type=int, default=256)
    parser.add_argument("--width", type=int, default=512)
    parser.add_argument("--classes", type=int, default=19)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--loss", choices=["ohem", "ce"], default="ohem")
    parser.add_argument("--bf16", action="store_true")
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(0)
    net = BiSeNetV2(a.classes).to(memory_format=torch.channels_last)
    image = torch.randn(a.batch, 3, a.height, a.width).contiguous(memory_format=torch.channels_last)
    blocks = torch.randint(0, a.classes + 1, (a.batch, a.height // 16, a.width // 16))
    blocks[blocks == a.classes] = 255
    labels = blocks.repeat_interleave(16, 1).repeat_interleave(16, 2)
    optimizer = torch.optim.SGD(net.parameter_groups(1e-3, 5e-4), lr=1e-3, momentum=0.9)
    criterion = ohem if a.loss == "ohem" else cross_entropy
    before = status_bytes("VmRSS")
    seconds, growth = [], 0
    for step in range(a.steps):
        start = time.perf_counter()
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=a.bf16):
            outputs = net(image)
        loss = sum(criterion(output.float(), labels) for output in outputs)
        loss.backward()
        optimizer.step()
        value = loss.item()
        seconds.append(time.perf_counter() - start)
        if step == 4:
            growth = status_bytes("VmHWM") - before
    steady = sorted(seconds[2:])
    print(json.dumps({"what": "python eager", "torch": torch.__version__, "precision": "bf16" if a.bf16 else "fp32",
                      "seconds_per_step": round(statistics.median(steady), 4), "p10": round(steady[len(steady) // 10], 4),
                      "p90": round(steady[len(steady) * 9 // 10], 4), "growth_mb": growth >> 20, "last_loss": value}))


if __name__ == "__main__":
    main()
