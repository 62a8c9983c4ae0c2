# SPDX-License-Identifier: Apache-2.0
"""One process that trains a network in Python torch (eager, channels-last) on one batch; prints its cost as JSON.

bench/compare_step.py starts it; it lives in a process of its own so that its memory can be measured.
"""
import argparse
import json
import sys
import time
from pathlib import Path

import numpy
import torch

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests" / "oracles")]
import losses  # noqa: E402
import networks  # noqa: E402
import safetensors_file  # noqa: E402

NUMBER_TYPES = {"F32": numpy.float32, "U8": numpy.uint8, "I64": numpy.int64}


def tensors(path):
    return {name: torch.from_numpy(numpy.frombuffer(tensor.data, NUMBER_TYPES[tensor.dtype]).copy()
                                   .reshape(tensor.shape))
            for name, tensor in safetensors_file.read(path).items() if tensor.dtype in NUMBER_TYPES}


def memory(field):
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * 1024
    raise ValueError(field)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", choices=sorted(networks.NETWORKS), required=True)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--batch", required=True)
    parser.add_argument("--classes", type=int, required=True)
    parser.add_argument("--ignore", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--precision", choices=["fp32", "bf16"], required=True)
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--steps", type=int, default=5)
    arguments = parser.parse_args()

    torch.set_num_threads(arguments.threads)
    batch = tensors(arguments.batch)
    images = batch["images"].contiguous(memory_format=torch.channels_last)
    labels = batch["labels"].long()

    before = memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    network = networks.NETWORKS[arguments.model](arguments.classes, dropout=arguments.dropout)
    network.load_state_dict({name: value for name, value in tensors(arguments.weights).items()}, strict=True)
    network = network.to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.SGD(networks.parameter_groups(network, lr=0.005, weight_decay=0.0005), lr=0.005,
                                momentum=0.9)

    def step():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=arguments.precision == "bf16"):
            outputs = network(images)
            loss = sum(losses.ohem(logits, labels, ignore=arguments.ignore) for logits in outputs)
        loss.backward()
        optimizer.step()
        return loss

    first_loss = step().item()
    for _ in range(4):
        step()
    growth = memory("VmHWM") - before  # after five steps
    seconds = []
    for _ in range(arguments.steps):
        began = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - began)
    print(json.dumps({"first_loss": first_loss, "seconds": seconds, "growth_bytes": growth}))


if __name__ == "__main__":
    main()
