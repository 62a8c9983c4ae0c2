# SPDX-License-Identifier: Apache-2.0
"""The reference's losses, as plainly as they can be written."""
import math

import torch.nn.functional as F


def cross_entropy(logits, labels, ignore=255):
    """Mean over the valid pixels; zero without any."""
    valid = (labels != ignore).sum()
    return F.cross_entropy(logits, labels, ignore_index=ignore, reduction="sum") / valid.clamp(min=1)


def ohem(logits, labels, thresh=0.7, ignore=255, divisor=16):
    """Mean of the losses above -ln(thresh), or of the valid/divisor largest if those are more."""
    losses = F.cross_entropy(logits, labels, ignore_index=ignore, reduction="none").view(-1)
    fewest = int((labels != ignore).sum()) // divisor
    hard = losses[losses > -math.log(thresh)]
    if hard.numel() < fewest:
        hard = losses.topk(fewest).values
    if hard.numel() == 0:  # the reference gives NaN here
        return (logits * 0).sum()
    return hard.mean()
