# SPDX-License-Identifier: Apache-2.0
"""Values and gradients of the losses: python loss_cases.py FILE

For a case: case/logits [N,K,h,w] float64, case/labels [N,H,W] uint8, case/weights [K] of the classes and
case/pixel_weights [N,H,W], some of both 0; case/KIND/VARIANT/value and gradient for KIND in OF_PIXELS and VARIANT in
VARIANTS, or KIND in OF_REGIONS and the first two of these. Cases differ in the factor by which logits are enlarged and
in how hard the pixels are.
"""
import sys

import torch
import torch.nn.functional as F

import losses
import tensor_file

tensors = {}
VARIANTS = {  # class weights, label smoothing, pixel weights
    "plain": (False, 0.0, False),
    "weighted": (True, 0.0, False),
    "smooth": (False, 0.1, False),
    "both": (True, 0.2, False),
    "all": (True, 0.2, True),
}
OF_PIXELS = (losses.ohem, losses.cross_entropy, losses.focal, losses.mild_focal)
OF_REGIONS = (losses.dice, losses.lovasz)


def case(name, shape, factor, spread=1.0, confident=0.0, ignored=0.05, mode="bilinear", corners=False,
         only=None):
    """spread: deviation of the logits; confident: added to the label's logit, so that pixels are easy."""
    n, k, h, w = shape
    labels = torch.randint(0, min(k, 255), (n, h * factor, w * factor))
    if confident:  # labels of whole cells, so that enlarging keeps them likely
        labels = torch.randint(0, k, (n, h, w)).repeat_interleave(factor, 1).repeat_interleave(factor, 2)
    if only is not None:
        labels.fill_(only)
    logits = torch.randn(shape, dtype=torch.float64) * spread
    logits += confident * F.one_hot(labels[:, ::factor, ::factor], k).permute(0, 3, 1, 2)
    labels[torch.rand(labels.shape) < ignored] = 255
    tensors[f"{name}/logits"] = logits
    tensors[f"{name}/labels"] = labels.to(torch.uint8)
    weights = torch.rand(k, dtype=torch.float64) * 3
    weights[k // 2] = 0
    pixel_weights = torch.rand(labels.shape, dtype=torch.float64) * 2
    pixel_weights[torch.rand(labels.shape) < 0.1] = 0
    tensors[f"{name}/weights"] = weights
    tensors[f"{name}/pixel_weights"] = pixel_weights
    options = {} if mode == "nearest" else {"align_corners": corners}

    def add(kind, variant, *rules):
        x = logits.clone().requires_grad_()
        value = kind(F.interpolate(x, scale_factor=factor, mode=mode, **options), labels, *rules)
        key = f"{name}/{kind.__name__}/{variant}"
        tensors[f"{key}/value"] = value
        tensors[f"{key}/gradient"] = torch.autograd.grad(value, x)[0]

    for kind in OF_PIXELS:
        for variant, (has_weights, smoothing, has_pixel_weights) in VARIANTS.items():
            add(kind, variant, weights if has_weights else None, smoothing,
                pixel_weights if has_pixel_weights else None)
    for kind in OF_REGIONS:
        add(kind, "plain")
        add(kind, "weighted", weights)


torch.manual_seed(2)
case("hard_1", (2, 5, 12, 20), 1)
case("hard_2", (2, 19, 16, 24), 2)
case("hard_8", (3, 19, 6, 9), 8)
case("odd_3", (2, 4, 5, 37), 3)
case("odd_5", (2, 2, 3, 18), 5)
case("hard_16", (1, 19, 3, 5), 16, confident=3.0)
case("hard_32", (2, 6, 2, 3), 32)
case("one_column_8", (2, 3, 4, 1), 8)
case("wide_4", (1, 7, 5, 50), 4)       # more than one block of pixels, the last one not full
case("tiny_16", (1, 3, 2, 2), 16)
case("easy_4", (2, 19, 8, 12), 4, spread=0.5, confident=12.0)  # fewer hard pixels than are kept at least
case("mixed_8", (2, 11, 8, 8), 8, spread=3.0, confident=6.0)
case("ignored", (2, 5, 4, 4), 4, ignored=1.1)                  # nothing is valid
case("few_valid", (1, 5, 4, 4), 2, confident=20.0, ignored=0.9)  # less than one pixel is to be kept, none is hard
case("corners_4", (2, 6, 5, 7), 4, corners=True)
case("nearest_2", (2, 6, 5, 7), 2, mode="nearest")
case("one_class_4", (2, 5, 5, 7), 4, only=3)
case("no_class_that_counts", (1, 5, 4, 6), 2, only=2)          # its weight is 0
case("many_classes", (1, 171, 4, 6), 4)
case("most_classes", (1, 256, 3, 4), 4)
tensor_file.write(sys.argv[1], tensors)
