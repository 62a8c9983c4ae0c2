# SPDX-License-Identifier: Apache-2.0
"""One process that trains a network in Python torch (eager, fp32) on given batches; prints the losses.

bench/compare_convergence.py starts it. With --ulp N a weight of the first convolution's N-th output begins one unit
in the last place higher: rounding alone then drives the runs apart.
"""
import argparse
import json

import numpy
import torch

import torch_peer

import losses  # of tests/oracles
import networks


def next_float(parameter, place):
    one = parameter.data[place, 0, 0, 0]
    one.fill_(float(numpy.nextafter(numpy.float32(one.item()), numpy.float32(numpy.inf))))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", choices=sorted(networks.NETWORKS), required=True)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--batches", required=True)
    parser.add_argument("--rates", required=True, help="a JSON list: the learning rate of each step")
    parser.add_argument("--images", type=int, required=True, help="of a step")
    parser.add_argument("--classes", type=int, required=True)
    parser.add_argument("--ignore", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--multiplier", type=float, default=10.0, help="of the heads' learning rate")
    parser.add_argument("--ulp", type=int, default=0)
    arguments = parser.parse_args()

    torch.set_num_threads(arguments.threads)
    batches = torch_peer.tensors(arguments.batches)
    rates = json.loads(open(arguments.rates, encoding="utf-8").read())
    network = networks.NETWORKS[arguments.model](arguments.classes, dropout=0.0)
    network.load_state_dict(torch_peer.tensors(arguments.weights), strict=True)
    if arguments.ulp:
        next_float(next(network.parameters()), arguments.ulp)
    network = network.to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.SGD(networks.parameter_groups(network, lr=1.0, weight_decay=0.0005), lr=1.0, momentum=0.9)
    relative = [group["lr"] for group in optimizer.param_groups]

    result = []
    for step, rate in enumerate(rates):
        for group, factor in zip(optimizer.param_groups, relative):
            group["lr"] = rate * factor
        part = slice(step * arguments.images, (step + 1) * arguments.images)
        images = batches["images"][part].contiguous(memory_format=torch.channels_last)
        labels = batches["labels"][part].long()
        optimizer.zero_grad(set_to_none=True)
        loss = sum(losses.ohem(logits, labels, ignore=arguments.ignore) for logits in network(images))
        loss.backward()
        optimizer.step()
        result.append(loss.item())
    print(json.dumps(result))


if __name__ == "__main__":
    main()
