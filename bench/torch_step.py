# SPDX-License-Identifier: Apache-2.0
"""One process that trains a network in Python torch (channels-last) on one batch; prints its cost as JSON.

bench/compare_torch.py starts it; it lives in a process of its own so that its memory can be measured, and so that
another allocator can be put under it.
"""
import argparse
import json
import time

import torch
import torch_peer

import losses  # of tests/oracles
import networks


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", choices=sorted(networks.NETWORKS), required=True)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--batch", required=True)
    parser.add_argument("--classes", type=int, required=True)
    parser.add_argument("--ignore", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--precision", choices=["fp32", "bf16"], required=True)
    parser.add_argument("--compiled", type=int, default=0, help="1: the network goes through torch.compile")
    parser.add_argument("--dropout", type=float, default=0.1)
    parser.add_argument("--steps", type=int, default=5)
    arguments = parser.parse_args()

    torch.set_num_threads(arguments.threads)
    device = torch.device(arguments.device)
    torch_peer.use_as_segtrain_does(device)
    batch = torch_peer.tensors(arguments.batch)
    images = batch["images"].to(device).contiguous(memory_format=torch.channels_last)
    labels = batch["labels"].to(device).long()

    memory = torch_peer.MemoryGrowth(device)
    network = torch_peer.network(arguments.model, arguments.weights, arguments.classes, dropout=arguments.dropout)
    network.to(device).train()
    optimizer = torch.optim.SGD(networks.parameter_groups(network, lr=0.005, weight_decay=0.0005), lr=0.005,
                                momentum=0.9)
    forward = torch.compile(network) if arguments.compiled else network

    def step():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(arguments.device, torch.bfloat16, enabled=arguments.precision == "bf16"):
            outputs = forward(images)
            loss = sum(losses.ohem(logits, labels, ignore=arguments.ignore) for logits in outputs)
        loss.backward()
        optimizer.step()
        return loss

    first_loss = step().item()
    for _ in range(9):
        step()
    growth = memory.bytes()  # after ten steps
    seconds = []
    for _ in range(arguments.steps):
        began = time.perf_counter()
        step()
        torch_peer.wait_for(device)
        seconds.append(time.perf_counter() - began)
    print(json.dumps({"first_loss": first_loss, "seconds": seconds, "growth_bytes": growth}))


if __name__ == "__main__":
    main()
