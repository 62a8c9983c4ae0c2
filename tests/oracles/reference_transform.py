# SPDX-License-Identifier: Apache-2.0
"""The Python trainer's training transform in NumPy, given the numbers that were drawn, beside crops that segtrain made.

Usage: reference_transform.py FILE, which holds cases: a line of numbers, then raw bytes of the source image, its label,
and segtrain's crop, its label, and the crop with its colours changed. Ends with 1 and a line a case that differs.
"""
import sys

import numpy as np

from cases import num_that_differ

NUMBERS = "height width scaled_height scaled_width crop_height crop_width top left flip brightness contrast saturation"
PIVOT, PAD_LABEL = 74, 255


def bilinear_axis(values, size, axis):
    """Half-pixel centres, no antialias; beyond the border stands the border."""
    count = values.shape[axis]
    position = np.clip((np.arange(size) + 0.5) * count / size - 0.5, 0, count - 1)
    low = np.floor(position).astype(int)
    high = np.minimum(low + 1, count - 1)
    shape = [-1 if i == axis else 1 for i in range(values.ndim)]
    part = (position - low).reshape(shape)
    return values.take(low, axis) * (1 - part) + values.take(high, axis) * part


def nearest_axis(values, size, axis):
    count = values.shape[axis]
    inverse = 1.0 / (size / count)
    return values.take(np.minimum(np.floor(np.arange(size) * inverse).astype(int), count - 1), axis)


def padded_side(values, crop, axis, fill):
    """Half of the gap and one more on both sides of what is smaller than the crop; also the width of that border."""
    gap = crop - values.shape[axis]
    border = gap // 2 + 1 if gap > 0 else 0
    widths = [(border, border) if i == axis else (0, 0) for i in range(values.ndim)]
    return np.pad(values, widths, constant_values=fill), border


def cut(values, case, fill):
    """The crop; its place must be one that int(r * (side - crop)) can give."""
    if values.shape[:2] != (case["crop_height"], case["crop_width"]):
        for axis, (crop, first) in enumerate((("crop_height", "top"), ("crop_width", "left"))):
            values, border = padded_side(values, case[crop], axis, fill)
            place, places = case[first] + border, values.shape[axis] - case[crop]
            assert 0 <= place and (place < places or place == places == 0), f"place {place} of {places}"
            values = np.roll(values, -place, axis).take(range(case[crop]), axis)
    return values[:, ::-1] if case["flip"] else values


def recolored(image, case):
    """Three changes, each cut off to whole levels."""
    levels = np.arange(256)
    image = np.clip(levels * case["brightness"], 0, 255).astype(np.uint8)[image]
    image = np.clip(PIVOT + (levels - PIVOT) * case["contrast"], 0, 255).astype(np.uint8)[image]
    s = case["saturation"]
    matrix = (np.full((3, 3), 1 - s) + np.eye(3) * 3 * s) / 3
    return np.clip(image.astype(np.float64) @ matrix, 0, 255).astype(np.uint8)


def largest_difference(a, b):
    return int(np.abs(a.astype(int) - b.astype(int)).max())


def check(case, read):
    source = read(case["height"], case["width"], 3)
    label = read(case["height"], case["width"])
    ours = read(case["crop_height"], case["crop_width"], 3)
    our_label = read(case["crop_height"], case["crop_width"])
    our_colors = read(case["crop_height"], case["crop_width"], 3)
    scaled = (case["scaled_height"], case["scaled_width"])
    image = bilinear_axis(bilinear_axis(source.astype(np.float64), scaled[0], 0), scaled[1], 1)
    crop = cut(np.floor(image + 0.5).astype(np.uint8), case, 0)
    crop_label = cut(nearest_axis(nearest_axis(label, scaled[0], 0), scaled[1], 1), case, PAD_LABEL)
    return (largest_difference(crop, ours) <= 1 and np.array_equal(crop_label, our_label)
            and largest_difference(recolored(ours, case), our_colors) <= 1)


def main():
    return 1 if num_that_differ(sys.argv[1], NUMBERS, lambda name, text: b"." in text, check) else 0


if __name__ == "__main__":
    sys.exit(main())
