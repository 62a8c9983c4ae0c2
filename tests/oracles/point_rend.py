# SPDX-License-Identifier: Apache-2.0
"""A point head under autograd, and the refinement of a map by it: python point_rend.py FILE

A network of one convolution for the fine features (stride 4) and one for the logits (stride 8), float64. image,
param:NAME, labels [N,H,W] uint8. For PADDING in border, zeros: PADDING/points [N,P,2], PADDING/main and PADDING/loss
(the two losses), PADDING/grad:NAME of main + 0.7 loss; and for each refinement PADDING/NAME/steps, /count (0: a 256th
of the pixels) and PADDING/NAME/map. certain/map and certain/bias: with logits that are alike everywhere.
"""
import sys

import torch
import torch.nn.functional as F

import tensor_file

CLASSES, FINE = 5, 6
tensors = {}


def sample(x, points, padding, mode="bilinear"):
    grid = (2 * points - 1).unsqueeze(1)
    return F.grid_sample(x, grid, mode=mode, padding_mode=padding, align_corners=False)


def head(p, fine, coarse):
    x = fine
    for name in ("fc1", "fc2", "fc3"):
        weight, bias = p[f"point_head.{name}.weight"], p[f"point_head.{name}.bias"]
        x = F.conv2d(torch.cat([x, coarse], 1), weight, bias).relu()
    return F.conv2d(torch.cat([x, coarse], 1), p["point_head.predictor.weight"], p["point_head.predictor.bias"])


def maps(p, image):
    fine = F.conv2d(image, p["fine.weight"], p["fine.bias"], stride=4)
    return fine, F.conv2d(image, p["coarse.weight"], p["coarse.bias"], stride=8)


def said(p, fine, coarse, points, padding):
    return head(p, sample(fine, points, padding), sample(coarse, points, padding))


def refine(p, image, padding, steps, count):
    fine, coarse = maps(p, image)
    z, factor = coarse, 8
    for _ in range(steps):
        z = F.interpolate(z, scale_factor=2, mode="bilinear", align_corners=False)
        factor //= 2
        n, _, h, w = z.shape
        number = min(h * w, count or max(1, h * factor * w * factor // 256))
        two = z.topk(2, dim=1).values
        margin = (two[:, 0] - two[:, 1]).flatten(1)
        for i in range(n):
            cells = sorted(range(h * w), key=lambda c: (margin[i, c].item(), c))[:number]
            cells = torch.tensor(cells)
            points = torch.stack([(cells % w + 0.5) / w, (cells // w + 0.5) / h], 1).double().unsqueeze(0)
            values = said(p, fine[i:i + 1], coarse[i:i + 1], points, padding)
            z[i].flatten(1)[:, cells] = values[0, :, 0]
    return z


def parameters():
    def weight(out, inputs, kernel, spread):
        values = spread * torch.randn(out, inputs, kernel, kernel, dtype=torch.float64)
        return values, torch.randn(out, dtype=torch.float64)

    p = {}
    p["fine.weight"], p["fine.bias"] = weight(FINE, 3, 4, spread=0.2)
    p["coarse.weight"], p["coarse.bias"] = weight(CLASSES, 3, 8, spread=0.2)
    inputs = FINE
    for name in ("fc1", "fc2", "fc3"):
        p[f"point_head.{name}.weight"], p[f"point_head.{name}.bias"] = weight(256, inputs + CLASSES, 1, spread=0.08)
        inputs = 256
    p["point_head.predictor.weight"], p["point_head.predictor.bias"] = weight(CLASSES, 256 + CLASSES, 1, spread=0.08)
    return p


torch.manual_seed(11)
image = torch.randn(2, 3, 32, 64, dtype=torch.float64)
labels = torch.randint(0, CLASSES, (2, 32, 64))
labels[torch.rand(2, 32, 64) < 0.2] = 255
tensors["image"], tensors["labels"] = image, labels.to(torch.uint8)
start = parameters()
for name, value in start.items():
    tensors[f"param:{name}"] = value.clone()
for padding in ("border", "zeros"):
    # Some lie on the edges of pixels, half-way between two labels; some at the image's own edges.
    points = torch.rand(2, 60, 2, dtype=torch.float64) * 0.999
    points[:, :20] = (points[:, :20] * 32).floor() / 32
    points[0, 0], points[1, 0] = torch.tensor([0.0, 0.0]), torch.tensor([0.0, 0.999])
    tensors[f"{padding}/points"] = points
    p = {name: value.clone().requires_grad_() for name, value in start.items()}
    fine, coarse = maps(p, image)
    large = F.interpolate(coarse, scale_factor=8, mode="bilinear", align_corners=False)
    main = F.cross_entropy(large, labels, ignore_index=255)
    nearest = sample(labels.double().unsqueeze(1), points, "zeros", mode="nearest")[:, 0, 0].long()
    loss = F.cross_entropy(said(p, fine, coarse, points, padding)[:, :, 0], nearest, ignore_index=255)
    (main + 0.7 * loss).backward()
    tensors[f"{padding}/main"], tensors[f"{padding}/loss"] = main, loss
    for name, value in p.items():
        tensors[f"{padding}/grad:{name}"] = value.grad
    with torch.no_grad():
        for name, steps, count in (("automatic", 2, 0), ("few", 3, 5), ("all", 1, 10000), ("none", 0, 7)):
            tensors[f"{padding}/{name}/steps"] = torch.tensor(steps)
            tensors[f"{padding}/{name}/count"] = torch.tensor(count)
            tensors[f"{padding}/{name}/map"] = refine(start, image, padding, steps, count)

# All cells are alike, so the first ones are refined.
with torch.no_grad():
    start["coarse.weight"].zero_()
    start["coarse.bias"].copy_(torch.tensor([0.0, 2.0, 1.0, 0.0, -1.0]))
    tensors["certain/map"] = refine(start, image, "border", 2, 9)
    tensors["certain/bias"] = start["coarse.bias"]
tensor_file.write(sys.argv[1], tensors)
