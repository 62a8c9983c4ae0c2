# SPDX-License-Identifier: Apache-2.0
"""The reference's losses, as plainly as they can be written."""
import math

import torch.nn.functional as F


def cross_entropy(logits, labels, weight=None, smoothing=0.0, pixel_weights=None, ignore=255):
    """torch's own mean; with pixel weights each pixel counts that often. Zero without any pixel that counts."""
    if pixel_weights is None and (labels != ignore).any():
        return F.cross_entropy(logits, labels, weight, ignore_index=ignore, label_smoothing=smoothing)
    losses = F.cross_entropy(logits, labels, weight, ignore_index=ignore, label_smoothing=smoothing, reduction="none")
    times = (labels != ignore).to(logits.dtype)
    if pixel_weights is not None:
        times = times * pixel_weights
    divisor = times if weight is None else times * weight[labels.clamp(max=len(weight) - 1)]
    return (times * losses).sum() / divisor.sum() if divisor.sum() > 0 else (logits * 0).sum()


def ohem(logits, labels, weight=None, smoothing=0.0, pixel_weights=None, thresh=0.7, ignore=255, divisor=16):
    """Mean of the losses above -ln(thresh), or of the valid/divisor largest if those are more.

    The choice is by the probability of the label, whatever weights and smoothing say; the mean is over the number of
    pixels chosen, each as often as its own weight says.
    """
    plain = F.cross_entropy(logits, labels, ignore_index=ignore, reduction="none").view(-1)
    fewest = int((labels != ignore).sum()) // divisor
    chosen = (plain > -math.log(thresh)).nonzero().view(-1)
    if chosen.numel() < fewest:
        chosen = plain.topk(fewest).indices
    if chosen.numel() == 0:  # the reference gives NaN here
        return (logits * 0).sum()
    losses = F.cross_entropy(logits, labels, weight, ignore_index=ignore, label_smoothing=smoothing, reduction="none")
    losses = losses.view(-1)[chosen]
    if pixel_weights is None:
        return losses.mean()
    times = pixel_weights.view(-1)[chosen]
    return (times * losses).sum() / times.sum()
