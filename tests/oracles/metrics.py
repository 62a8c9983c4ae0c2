# SPDX-License-Identifier: Apache-2.0
"""The metrics of labels and predictions in NumPy, from their published definitions, beside what segtrain says.

Usage: metrics.py FILE: JSON of cases, each with num_classes, ignore, band, tolerance, radii, images (pairs of rows of
labels and predictions), and what segtrain found. Ends with 1 and a line a figure that differs.
"""
import json
import math
import sys

import numpy as np


def quotient(part, whole):
    return part / whole if whole > 0 else math.nan


def f1_of(precision, recall):
    return 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0


def shifted(mask, dy, dx, beyond):
    """The mask's neighbour at that offset; `beyond` outside of the image."""
    height, width = mask.shape
    return np.pad(mask, 1, constant_values=beyond)[1 + dy:1 + dy + height, 1 + dx:1 + dx + width]


def eroded(mask, times):
    """By a square of 3 x 3; beyond the frame there is no mask."""
    for _ in range(times):
        mask = np.logical_and.reduce([shifted(mask, dy, dx, False) for dy in (-1, 0, 1) for dx in (-1, 0, 1)])
    return mask


def band(mask, ignored, times):
    """What the erosion takes away. Ignored pixels do not erode."""
    return mask & ~eroded(mask | ignored, times)


def boundary(mask, ignored):
    """The mask's pixels beside pixels that are neither in it nor ignored; the frame is none."""
    others = ~mask & ~ignored
    beside = [shifted(others, dy, dx, False) for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0))]
    return mask & np.logical_or.reduce(beside)


def squared_distances(places, others):
    """Of each place to the nearest of the others."""
    if len(others) == 0:
        return np.full(len(places), np.inf)
    return np.array([((others - place) ** 2).sum(1).min() for place in places], dtype=float)


def near(mask, other, limit):
    """The share of the mask's pixels with a pixel of the other one near; 0 of none."""
    distances = squared_distances(np.argwhere(mask), np.argwhere(other))
    return float((distances <= limit).mean()) if len(distances) else 0.0


def of_counts(hits, labelled, predicted, classes):
    found = {"iou": [], "f1": [], "precision": [], "recall": []}
    for k in range(classes):
        found["iou"].append(quotient(hits[k], labelled[k] + predicted[k] - hits[k]))
        found["f1"].append(quotient(2 * hits[k], labelled[k] + predicted[k]))
        found["precision"].append(quotient(hits[k], predicted[k]))
        found["recall"].append(quotient(hits[k], labelled[k]))
    return found


def mean(values):
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


def confusion(case, restricted=lambda label, ignored: ~ignored):
    matrix = np.zeros((case["num_classes"], case["num_classes"]), dtype=np.int64)
    for label, prediction in images(case):
        counted = restricted(label, label == case["ignore"])
        np.add.at(matrix, (label[counted], prediction[counted]), 1)
    return matrix


def miou(matrix):
    hits = np.diag(matrix)
    return mean(of_counts(hits, matrix.sum(1), matrix.sum(0), len(hits))["iou"])


def images(case):
    return [(np.array(label), np.array(prediction)) for label, prediction in case["images"]]


def of_matrix(case):
    matrix = confusion(case)
    hits, labelled, predicted, total = np.diag(matrix), matrix.sum(1), matrix.sum(0), matrix.sum()
    found = of_counts(hits, labelled, predicted, case["num_classes"])
    found["confusion_matrix"] = [value for row in matrix.tolist() for value in row]
    weighted = {what: sum(n * value for n, value in zip(labelled, found[what]) if n > 0) for what in ("iou", "f1")}
    found |= {"miou": mean(found["iou"]), "macro_f1": mean(found["f1"]), "mean_accuracy": mean(found["recall"]),
              "fw_miou": quotient(weighted["iou"], total), "fw_f1": quotient(weighted["f1"], total),
              "micro_iou": quotient(hits.sum(), 2 * total - hits.sum()), "micro_f1": quotient(hits.sum(), total),
              "pixel_accuracy": quotient(hits.sum(), total)}
    return found


def boundary_iou(case):
    hits, labelled, predicted = (np.zeros(case["num_classes"], dtype=np.int64) for _ in range(3))
    for label, prediction in images(case):
        ignored = label == case["ignore"]
        times = max(1, round(case["band"] * math.sqrt(label.shape[0] ** 2 + label.shape[1] ** 2)))
        for k in range(case["num_classes"]):
            of_label, of_prediction = (band((classes == k) & ~ignored, ignored, times)
                                       for classes in (label, prediction))
            hits[k] += (of_label & of_prediction).sum()
            labelled[k] += of_label.sum()
            predicted[k] += of_prediction.sum()
    return of_counts(hits, labelled, predicted, case["num_classes"])["iou"]


def boundary_f1(case):
    """By class, and the mean over images."""
    by_class, by_image = [[] for _ in range(case["num_classes"])], []
    for label, prediction in images(case):
        ignored = label == case["ignore"]
        limit = case["tolerance"] * case["tolerance"] * (label.shape[0] ** 2 + label.shape[1] ** 2)
        of_image = []
        for k in range(case["num_classes"]):
            of_label, of_prediction = (boundary((classes == k) & ~ignored, ignored)
                                       for classes in (label, prediction))
            if of_label.any() or of_prediction.any():
                f1 = f1_of(near(of_prediction, of_label, limit), near(of_label, of_prediction, limit))
                by_class[k].append(f1)
                of_image.append(f1)
        by_image.append(mean(of_image))
    return [mean(values) for values in by_class], mean(by_image)


def trimap(case, radius):
    def restricted(label, ignored):
        edges = np.zeros_like(ignored)
        for k in range(case["num_classes"]):
            edges |= boundary((label == k) & ~ignored, ignored)
        places = np.argwhere(~ignored)
        inside = np.zeros_like(ignored)
        inside[~ignored] = squared_distances(places, np.argwhere(edges)) <= radius * radius
        return inside
    return miou(confusion(case, restricted))


def expected_of(case):
    found = of_matrix(case)
    found["class_boundary_iou"] = boundary_iou(case)
    found["boundary_iou"] = mean(found["class_boundary_iou"])
    found["class_boundary_f1"], found["boundary_f1"] = boundary_f1(case)
    found["trimaps"] = [trimap(case, radius) for radius in case["radii"]]
    return found


def same(a, b):
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    return b is None if math.isnan(a) else b is not None and abs(a - b) <= 1e-12


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        cases = json.load(file)
    different = 0
    for number, case in enumerate(cases):
        expected = expected_of(case)
        if set(expected) != set(case["found"]):
            print(f"case {number}: {sorted(set(expected) ^ set(case['found']))} on one side only")
            different += 1
        for name, value in expected.items():
            if not same(value, case["found"].get(name)):
                print(f"case {number}: {name} is {value} here, {case['found'].get(name)} there")
                different += 1
    return 1 if different or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
