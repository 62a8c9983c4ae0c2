# SPDX-License-Identifier: Apache-2.0
"""One process that looks at an image with a network in Python: torch (channels-last) eager or compiled, ONNX Runtime.

From whole numbers in memory to a class for each pixel: normalisation, network, enlarging to the image's size, argmax.
bench/compare_infer.py starts it. With --logits FILE it writes what the network says of the normalised image of
--batch instead of timing, for the comparison of both sides.
"""
import argparse
import json
import time

import numpy
import torch
import torch_peer

import networks  # of tests/oracles

PEERS = ("eager", "compiled", "onnxruntime")


class FromPixels(torch.nn.Module):
    """uint8 [N,H,W,C] to uint8 [N,H,W]."""

    def __init__(self, network, mean, deviation):
        super().__init__()
        self.network = network
        self.register_buffer("mean", torch.tensor(mean).reshape(1, -1, 1, 1))
        self.register_buffer("deviation", torch.tensor(deviation).reshape(1, -1, 1, 1))

    def forward(self, pixels):
        image = (pixels.permute(0, 3, 1, 2).float() / 255 - self.mean) / self.deviation
        return self.network(image)[0].argmax(1).to(torch.uint8)


def runner(peer, network, pixels, arguments):
    """A function that looks at the image once."""
    if peer == "onnxruntime":
        import onnxruntime
        torch.onnx.export(network, (pixels,), arguments.onnx, opset_version=17, dynamo=False)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = arguments.threads
        session = onnxruntime.InferenceSession(arguments.onnx, options, providers=["CPUExecutionProvider"])
        inputs = {session.get_inputs()[0].name: pixels.numpy()}
        return lambda: session.run(None, inputs)
    if peer == "compiled":
        from torch._inductor import config as inductor
        inductor.freezing = True  # folds and packs the weights: what a user who wants speed does
        network = torch.compile(network)

    def look():
        with torch.autocast("cpu", torch.bfloat16, enabled=arguments.precision == "bf16"):
            return network(pixels)
    return look


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--peer", choices=PEERS, default="eager")
    parser.add_argument("--model", choices=sorted(networks.NETWORKS), required=True)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--classes", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--mean", type=float, nargs="+", default=[0.5] * 3)
    parser.add_argument("--deviation", type=float, nargs="+", default=[0.25] * 3)
    parser.add_argument("--height", type=int, default=512)
    parser.add_argument("--width", type=int, default=1024)
    parser.add_argument("--images", type=int, default=1)
    parser.add_argument("--warmup", type=int, default=5)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--onnx", help="where the exported network may lie")
    parser.add_argument("--batch", help="a file of `segtrain batches`")
    parser.add_argument("--logits", help="the file that `segtrain forward` wrote for that batch")
    arguments = parser.parse_args()

    torch.set_num_threads(arguments.threads)
    network = torch_peer.network(arguments.model, arguments.weights, arguments.classes).eval()
    with torch.no_grad():
        if arguments.logits:
            images = torch_peer.tensors(arguments.batch)["images"].contiguous(memory_format=torch.channels_last)
            theirs, ours = network(images)[0], torch_peer.tensors(arguments.logits)["logits"]
            print(json.dumps({"relative_error": ((ours - theirs).norm() / theirs.norm()).item(),
                              "same_class": (ours.argmax(1) == theirs.argmax(1)).float().mean().item()}))
            return
        pixels = torch.from_numpy(numpy.random.default_rng(0).integers(
            0, 256, (arguments.images, arguments.height, arguments.width, len(arguments.mean)), numpy.uint8))
        whole = FromPixels(network, arguments.mean, arguments.deviation).eval()
        look = runner(arguments.peer, whole, pixels, arguments)
        for _ in range(arguments.warmup):
            look()
        seconds = []
        for _ in range(arguments.steps):
            began = time.perf_counter()
            look()
            seconds.append(time.perf_counter() - began)
    print(json.dumps({"seconds": seconds}))


if __name__ == "__main__":
    main()
