# SPDX-License-Identifier: Apache-2.0
"""The losses, as plainly as they can be written."""
import math

import torch
import torch.nn.functional as F


def cross_entropy(logits, labels, weight=None, smoothing=0.0, pixel_weights=None, ignore=255):
    """torch's own mean; with pixel weights each pixel counts that often. Zero without any pixel that counts."""
    losses = F.cross_entropy(logits, labels, weight, ignore_index=ignore, label_smoothing=smoothing, reduction="none")
    times = (labels != ignore).to(logits.dtype)
    if pixel_weights is not None:
        times = times * pixel_weights
    divisor = times if weight is None else times * weight[labels.clamp(max=len(weight) - 1)]
    if pixel_weights is None and divisor.sum() > 0:
        return F.cross_entropy(logits, labels, weight, ignore_index=ignore, label_smoothing=smoothing)
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


def focal(logits, labels, weight=None, smoothing=0.0, pixel_weights=None, gamma=2.0, ignore=255):
    """The cross-entropy of each pixel times (1 - p)^gamma; divided as the mean of the cross-entropy is."""
    valid = labels != ignore
    plain = F.cross_entropy(logits, labels, ignore_index=ignore, reduction="none")[valid]
    losses = F.cross_entropy(logits, labels, weight, ignore_index=ignore, label_smoothing=smoothing, reduction="none")
    times = torch.ones_like(plain) if pixel_weights is None else pixel_weights[valid]
    divisor = times if weight is None else times * weight[labels[valid]]
    total = (times * (1 - torch.exp(-plain)) ** gamma * losses[valid]).sum()
    return total / divisor.sum() if divisor.sum() > 0 else (logits * 0).sum()


def mild_focal(*arguments):
    return focal(*arguments, gamma=0.7)


def mean_over_classes(loss, logits, labels, weight, ignore):
    """Of loss(p, q), of the valid pixels' probabilities and labels, for each class that the labels show."""
    valid = labels != ignore
    probabilities = F.softmax(logits, 1).permute(0, 2, 3, 1)[valid]
    present = labels[valid].unique().tolist()
    weights = [1.0 if weight is None else float(weight[k]) for k in present]
    if sum(weights) == 0:
        return (logits * 0).sum()
    values = [w * loss(probabilities[:, k], (labels[valid] == k).to(logits.dtype)) for k, w in zip(present, weights)]
    return sum(values) / sum(weights)


def dice(logits, labels, weight=None, ignore=255):
    return mean_over_classes(lambda p, q: 1 - (2 * (p * q).sum() + 1) / (p.sum() + q.sum() + 1), logits, labels,
                             weight, ignore)


def lovasz(logits, labels, weight=None, ignore=255):
    def of_class(p, q):
        errors, order = torch.sort((p - q).abs(), descending=True)
        wrong = torch.cumsum(q[order], 0)
        iou = (q.sum() - wrong) / (q.sum() + torch.cumsum(1 - q[order], 0))
        added = torch.diff(1 - iou, prepend=torch.zeros(1, dtype=p.dtype))
        return (errors * added).sum()
    return mean_over_classes(of_class, logits, labels, weight, ignore)
