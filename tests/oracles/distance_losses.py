# SPDX-License-Identifier: Apache-2.0
"""Values and gradients of a distance head's loss: python distance_losses.py FILE

For a case: case/map [N,1,h,w] float64, case/labels and case/distances [N,H,W] uint8 (the latter in eighths of a pixel),
case/limit in pixels; case/value and case/gradient.
"""
import sys

import torch
import torch.nn.functional as F

import tensor_file

tensors = {}


def case(name, shape, factor, limit, spread=0.5, ignored=0.2):
    n, _, h, w = shape
    size = (n, h * factor, w * factor)
    x = (0.5 + spread * torch.randn(shape, dtype=torch.float64)).requires_grad_()
    labels = torch.randint(0, 19, size)
    labels[torch.rand(size) < ignored] = 255
    distances = torch.randint(0, 256, size)
    target = (distances.double() / 8).clamp(max=limit) / limit
    large = F.interpolate(x, size=size[1:], mode="bilinear", align_corners=False).squeeze(1)
    valid = labels != 255
    value = F.smooth_l1_loss(large[valid], target[valid]) if valid.any() else (x * 0).sum()
    tensors[f"{name}/map"] = x
    tensors[f"{name}/labels"] = labels.to(torch.uint8)
    tensors[f"{name}/distances"] = distances.to(torch.uint8)
    tensors[f"{name}/limit"] = torch.tensor(limit, dtype=torch.float64)
    tensors[f"{name}/value"] = value
    tensors[f"{name}/gradient"] = torch.autograd.grad(value, x)[0]


torch.manual_seed(5)
case("by_8", (2, 1, 5, 7), 8, 16.0)
case("far_off", (1, 1, 6, 9), 4, 4.0, spread=3.0)   # beyond the bend of the loss
case("as_it_is", (2, 1, 5, 3), 1, 31.0)
case("ignored", (1, 1, 3, 4), 2, 16.0, ignored=1.1)  # nothing is valid
tensor_file.write(sys.argv[1], tensors)
