# SPDX-License-Identifier: Apache-2.0
"""Distances to boundaries in crops by SciPy's exact transform, beside those that the loader made.

Usage: crop_distances.py FILE, which holds cases: a line of numbers, then raw bytes of the whole label, the crop's
label, and the crop's distances, found in the crop and cut from those of the whole label. Ends with 1 and a line a case
that differs.
"""
import sys

import numpy as np
from scipy.ndimage import distance_transform_edt

from cases import num_that_differ
from reference_transform import bilinear_axis, nearest_axis

NUMBERS = "height width scaled_height scaled_width crop_height crop_width top left flip flip_vertical scale"
IGNORED, FARTHEST = 255, 255


def boundary_of(label):
    """Pixels of a label that have one of another label above, below, before or behind them."""
    found = np.zeros(label.shape, bool)
    for axis in (0, 1):
        first, second = (label.take(range(start, label.shape[axis] - 1 + start), axis) for start in (0, 1))
        differs = (first != second) & (first != IGNORED) & (second != IGNORED)
        for widths in ((0, 1), (1, 0)):
            found |= np.pad(differs, [widths if i == axis else (0, 0) for i in range(2)])
    return found


def eighths(label):
    boundary = boundary_of(label)
    if not boundary.any():
        return np.full(label.shape, FARTHEST, np.uint8)
    return np.minimum(np.rint(8 * distance_transform_edt(~boundary)), FARTHEST).astype(np.uint8)


def cut(values, case):
    """Beyond the image lies the farthest."""
    crop = np.full((case["crop_height"], case["crop_width"]), FARTHEST, values.dtype)
    rows = np.arange(case["crop_height"]) + case["top"]
    columns = np.arange(case["crop_width"]) + case["left"]
    is_row, is_column = ((0 <= each) & (each < size) for each, size in zip((rows, columns), values.shape))
    crop[np.ix_(is_row, is_column)] = values[np.ix_(rows[is_row], columns[is_column])]
    crop = crop[:, ::-1] if case["flip"] else crop
    return crop[::-1] if case["flip_vertical"] else crop


def of_whole_label(label, case):
    """Scaled as the image is, nearest where it shrinks, and multiplied by the scale; what is farthest stays so."""
    whole, size = eighths(label), (case["scaled_height"], case["scaled_width"])
    if case["scale"] <= 1:
        scaled = nearest_axis(nearest_axis(whole, size[0], 0), size[1], 1)
    else:
        map_ = bilinear_axis(bilinear_axis(whole.astype(np.float64), size[0], 0), size[1], 1)
        scaled = np.floor(map_ + 0.5).astype(np.uint8)
    crop = cut(scaled, case)
    product = np.minimum(np.floor(crop * case["scale"] + 0.5), FARTHEST)
    return np.where(crop == FARTHEST, FARTHEST, product).astype(np.uint8)


def check(case, read):
    label = read(case["height"], case["width"])
    crop_label, found, kept = (read(case["crop_height"], case["crop_width"]) for _ in range(3))
    # Where the map grows, a value between two may be rounded either way.
    tolerance = 0 if case["scale"] <= 1 else np.ceil(case["scale"])
    difference = np.abs(kept.astype(int) - of_whole_label(label, case).astype(int)).max()
    return np.array_equal(found, eighths(crop_label)) and difference <= tolerance


def main():
    return 1 if num_that_differ(sys.argv[1], NUMBERS, lambda name, text: name == "scale", check) else 0


if __name__ == "__main__":
    sys.exit(main())
