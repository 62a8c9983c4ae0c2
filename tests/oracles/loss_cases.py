# SPDX-License-Identifier: Apache-2.0
"""Values and gradients of the losses: python loss_cases.py FILE

For a case: case/logits [N,K,h,w] float64, case/labels [N,H,W] uint8, case/KIND/value, case/KIND/gradient for KIND in
ohem, cross_entropy. Cases differ in the factor by which logits are enlarged and in how hard the pixels are.
"""
import sys

import torch
import torch.nn.functional as F

import losses
import tensor_file

tensors = {}


def case(name, shape, factor, spread=1.0, confident=0.0, ignored=0.05, mode="bilinear", corners=False):
    """spread: deviation of the logits; confident: added to the label's logit, so that pixels are easy."""
    n, k, h, w = shape
    labels = torch.randint(0, k, (n, h * factor, w * factor))
    if confident:  # labels of whole cells, so that enlarging keeps them likely
        labels = torch.randint(0, k, (n, h, w)).repeat_interleave(factor, 1).repeat_interleave(factor, 2)
    logits = torch.randn(shape, dtype=torch.float64) * spread
    logits += confident * F.one_hot(labels[:, ::factor, ::factor], k).permute(0, 3, 1, 2)
    labels[torch.rand(labels.shape) < ignored] = 255
    tensors[f"{name}/logits"] = logits
    tensors[f"{name}/labels"] = labels.to(torch.uint8)
    for kind in (losses.ohem, losses.cross_entropy):
        x = logits.clone().requires_grad_()
        options = {} if mode == "nearest" else {"align_corners": corners}
        value = kind(F.interpolate(x, scale_factor=factor, mode=mode, **options), labels)
        tensors[f"{name}/{kind.__name__}/value"] = value
        tensors[f"{name}/{kind.__name__}/gradient"] = torch.autograd.grad(value, x)[0]


torch.manual_seed(2)
case("hard_1", (2, 5, 12, 20), 1)
case("hard_2", (2, 19, 16, 24), 2)
case("hard_8", (3, 19, 6, 9), 8)
case("wide_4", (1, 7, 5, 50), 4)       # more than one block of pixels, the last one not full
case("tiny_16", (1, 3, 2, 2), 16)
case("easy_4", (2, 19, 8, 12), 4, spread=0.5, confident=12.0)  # fewer hard pixels than are kept at least
case("mixed_8", (2, 11, 8, 8), 8, spread=3.0, confident=6.0)
case("ignored", (2, 5, 4, 4), 4, ignored=1.1)                  # nothing is valid
case("few_valid", (1, 5, 4, 4), 2, confident=20.0, ignored=0.9)  # less than one pixel is to be kept, none is hard
case("corners_4", (2, 6, 5, 7), 4, corners=True)
case("nearest_2", (2, 6, 5, 7), 2, mode="nearest")
case("many_classes", (1, 171, 4, 6), 4)
tensor_file.write(sys.argv[1], tensors)
