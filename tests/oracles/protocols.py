# SPDX-License-Identifier: Apache-2.0
"""The protocols of evaluation, plainly, in float64: python protocols.py FILE

The network is that of tests/evaluation/tiny_segmenter.h. Writes its weights (weight:NAME), image:SIZE [H,W,3] uint8 for
each size, and for each CASE:SIZE the classes (classes:...) and by how much the first is ahead of the second
(margin:...), relative to the largest score: where that is next to nothing the last bit decides.
"""
import math
import sys

import torch
import torch.nn.functional as F

import tensor_file

DIVISOR, CLASSES, PADDING = 4, 5, (100.0, 150.0, 200.0)
SIZES = {"odd": (37, 54), "even": (40, 56), "small": (13, 21)}
SCALES = (0.5, 1.0, 1.7)
WINDOW = (24, 28)
CASES = {
    "ssc": {"window": WINDOW},
    "msf": {"scales": SCALES, "flips": True},
    "mscf": {"scales": SCALES, "flips": True, "window": WINDOW},
    "mscf_exp": {"scales": SCALES, "flips": True, "window": WINDOW, "exp": True},
    "mscf_corners": {"scales": SCALES, "flips": True, "window": WINDOW, "corners": True},
    "ss_short": {"start": lambda h, w: (20, int(20 / h * w))},
    "msf_resized": {"scales": SCALES, "flips": True, "corners": True, "resizes": True},
    "ssc_summed": {"window": WINDOW, "corners": True, "summed": True},
    "mscf_summed": {"scales": SCALES, "flips": True, "window": WINDOW, "corners": True, "summed": True, "exp": True},
}

torch.manual_seed(11)
torch.set_default_dtype(torch.float64)
weights = {"a.weight": torch.randn(8, 3, 3, 3) * 0.3, "b.weight": torch.randn(8, 8, 3, 3) * 0.3,
           "head.weight": torch.randn(CLASSES, 8, 3, 3)}
images = {name: torch.randint(0, 256, (math.ceil(h / 3), math.ceil(w / 3), 3), dtype=torch.uint8)
          .repeat_interleave(3, 0).repeat_interleave(3, 1)[:h, :w].contiguous() for name, (h, w) in SIZES.items()}


def up(side):
    return math.ceil(side / DIVISOR) * DIVISOR


def network(image):
    """Levels [1,3,H,W] -> [1,K,H/4,W/4]"""
    x = (image / 255 - 0.5) / 0.25
    x = F.relu(F.conv2d(x, weights["a.weight"], stride=2, padding=1))
    x = F.relu(F.conv2d(x, weights["b.weight"], stride=2, padding=1))
    return F.conv2d(x, weights["head.weight"], padding=1)


def enlarged(image):
    return F.interpolate(network(image), scale_factor=4, mode="bilinear", align_corners=False)


def resize(image, size, corners):
    return F.interpolate(image, size=tuple(size), mode="bilinear", align_corners=corners)


def starts(size, window):
    if window >= size:
        return [0]
    stride = math.ceil(window * 2 / 3)
    return [min(i * stride, size - window) for i in range(math.ceil((size - window) / stride) + 1)]


def position(i, size, scaled, corners):
    """Of pixel i of `size` in an axis of `scaled` pixels."""
    if corners:
        return i * (scaled - 1) / (size - 1)
    return min(max((i + 0.5) * scaled / size - 0.5, 0.0), scaled - 1)


def reader(size, scaled, begin, length, mirrored, corners):
    """[size, values]: how pixels of the result read a window's values, and which of them lie in it."""
    matrix, inside = torch.zeros(size, up(length) // 4), torch.zeros(size)
    for i in range(size):
        p = position(i, size, scaled, corners) - begin
        if not 0 <= p <= length - 1:
            continue
        inside[i] = 1
        seen = up(length) - 1 - p if mirrored else p
        v = max((seen + 0.5) / 4 - 0.5, 0.0)
        left = min(int(v), matrix.shape[1] - 1)
        right = min(left + 1, matrix.shape[1] - 1)
        matrix[i, left] += 1 - (v - left)
        matrix[i, right] += v - left
    return matrix, inside


def padded(image):
    """To sides that divide, behind, with the mean colour."""
    height, width = image.shape[2:]
    result = torch.tensor(PADDING).view(1, 3, 1, 1).expand(1, 3, up(height), up(width)).clone()
    result[:, :, :height, :width] = image
    return result


def of_windows(image, size, window, flips, corners, exp):
    """Mean probabilities at the pixels of the result."""
    height, width = image.shape[2:]
    extent = (height, width) if window is None else (min(up(window[0]), height), min(up(window[1]), width))
    total, number = torch.zeros(CLASSES, *size), torch.zeros(size)
    for y in starts(height, extent[0]):
        for x in starts(width, extent[1]):
            part = padded(image[:, :, y:y + extent[0], x:x + extent[1]])
            rows, in_rows = reader(size[0], height, y, extent[0], False, corners)
            said = []
            for mirrored in ([False, True] if flips else [False]):
                columns, in_columns = reader(size[1], width, x, extent[1], mirrored, corners)
                values = network(part.flip(3) if mirrored else part)[0]
                said.append(torch.softmax(torch.einsum("ih,khw,jw->kij", rows, values, columns), 0))
            joined = torch.exp(said[0] + said[1]) if exp else sum(said) / len(said)
            inside = in_rows[:, None] * in_columns[None]
            total += joined * inside
            number += inside
    assert number.min() >= 1
    return total / number


def of_resized(image, size, flips):
    """Whole images whose logits are resized to the result's size."""
    said = torch.softmax(resize(enlarged(image), size, True), 1)
    if flips:
        said += torch.softmax(resize(enlarged(image.flip(3)).flip(3), size, True), 1)
    return said[0]


def of_summed_windows(image, size, window, flips, exp):
    height, width = image.shape[2:]
    full = max(height, window[0]), max(width, window[1])
    top, left = (full[0] - height) // 2, (full[1] - width) // 2
    canvas = torch.tensor(PADDING).view(1, 3, 1, 1).expand(1, 3, *full).clone()
    canvas[:, :, top:top + height, left:left + width] = image
    total = torch.zeros(1, CLASSES, *full)
    for y in starts(full[0], window[0]):
        for x in starts(full[1], window[1]):
            part = canvas[:, :, y:y + window[0], x:x + window[1]]
            said = torch.softmax(enlarged(part), 1)
            if flips:
                said = said + torch.softmax(enlarged(part.flip(3)).flip(3), 1)
            total[:, :, y:y + window[0], x:x + window[1]] += torch.exp(said) if exp else said
    return resize(total[:, :, top:top + height, left:left + width], size, True)[0]


def scores(image, scales=(1.0,), flips=False, window=None, corners=False, resizes=False, summed=False, exp=False,
           start=None):
    size = tuple(image.shape[2:])
    if start:
        image = resize(image, start(*size), False)
    total = 0
    for scale in scales:
        scaled = [int(scale * side) for side in image.shape[2:]]
        if resizes:
            total = total + of_resized(resize(image, map(up, scaled), True), size, flips)
        elif summed:
            total = total + of_summed_windows(resize(image, scaled, True), size, window, flips, exp)
        else:
            total = total + of_windows(resize(image, scaled, corners), size, window, flips, corners, exp)
    return total


tensors = {f"weight:{name}": value.float() for name, value in weights.items()}
for name, image in images.items():
    tensors[f"image:{name}"] = image
    for case, options in CASES.items():
        found = scores(image.permute(2, 0, 1)[None].double(), **options)
        best = found.topk(2, 0)
        tensors[f"classes:{case}:{name}"] = best.indices[0].to(torch.uint8)
        tensors[f"margin:{case}:{name}"] = (best.values[0] - best.values[1]) / best.values[0]
tensor_file.write(sys.argv[1], tensors)
