# SPDX-License-Identifier: Apache-2.0
"""One process that feeds training samples by Python's DataLoader and prints images a second as JSON.

The transforms are those of the reference trainer, on OpenCV and NumPy: decode, scale, pad, crop, flip, jitter of
brightness, contrast and saturation, normalise. Thread pools of the libraries are switched off in the workers, without
which several workers are slower than one.
"""
import argparse
import json
import math
import os
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
import cv2  # noqa: E402
import numpy  # noqa: E402
import torch  # noqa: E402


class Samples(torch.utils.data.Dataset):
    def __init__(self, root, listing, arguments):
        lines = Path(listing).read_text().splitlines()
        self.pairs = [[str(Path(root) / part) for part in line.split(",")] for line in lines if line.strip()]
        self.arguments = arguments
        self.mean = numpy.array(arguments.mean, numpy.float32)
        self.std = numpy.array(arguments.std, numpy.float32)

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, index):
        image_path, label_path = self.pairs[index]
        image = cv2.imread(image_path)[:, :, ::-1].copy()
        label = cv2.imread(label_path, cv2.IMREAD_UNCHANGED)
        image, label = self.crop(image, label)
        if numpy.random.random() < 0.5:
            image, label = image[:, ::-1], label[:, ::-1]
        image = self.jitter(image)
        image = (image.astype(numpy.float32) / 255 - self.mean) / self.std
        return (torch.from_numpy(numpy.ascontiguousarray(image.transpose(2, 0, 1))),
                torch.from_numpy(label.astype(numpy.int64)))

    def crop(self, image, label):
        height, width = self.arguments.crop
        scale = numpy.random.uniform(*self.arguments.scales)
        size = (math.ceil(image.shape[1] * scale), math.ceil(image.shape[0] * scale))
        image = cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)
        label = cv2.resize(label, size, interpolation=cv2.INTER_NEAREST)
        rows, columns = max(height - size[1], 0), max(width - size[0], 0)
        if rows or columns:
            rows, columns = rows // 2 + 1, columns // 2 + 1
            image = numpy.pad(image, ((rows, rows), (columns, columns), (0, 0)))
            label = numpy.pad(label, ((rows, rows), (columns, columns)), constant_values=self.arguments.ignore)
        top = int(numpy.random.random() * (image.shape[0] - height))
        left = int(numpy.random.random() * (image.shape[1] - width))
        return image[top:top + height, left:left + width], label[top:top + height, left:left + width]

    def jitter(self, image):
        brightness, contrast, saturation = (1 + numpy.random.uniform(-span, span) for span in self.arguments.jitter)
        values = numpy.arange(256, dtype=numpy.float32)
        image = (values * brightness).clip(0, 255).astype(numpy.uint8)[image]
        image = (74 + (values - 74) * contrast).clip(0, 255).astype(numpy.uint8)[image]
        matrix = numpy.full((3, 3), 1 - saturation, numpy.float32) + numpy.eye(3, dtype=numpy.float32) * 3 * saturation
        flat = image.reshape(-1, 3).astype(numpy.float32) @ matrix / 3
        return flat.clip(0, 255).astype(numpy.uint8).reshape(image.shape)


def without_thread_pools(_):
    cv2.setNumThreads(0)
    torch.set_num_threads(1)


def numbers(text):
    return [float(part) for part in text.split(",")]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", required=True)
    parser.add_argument("--list", required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--crop", type=lambda text: [int(part) for part in text.split(",")], required=True)
    parser.add_argument("--scales", type=numbers, required=True)
    parser.add_argument("--jitter", type=numbers, required=True)
    parser.add_argument("--mean", type=numbers, default=[0.4, 0.4, 0.4])
    parser.add_argument("--std", type=numbers, default=[0.2, 0.2, 0.2])
    parser.add_argument("--ignore", type=int, required=True)
    parser.add_argument("--images", type=int, default=400)
    arguments = parser.parse_args()

    without_thread_pools(0)
    loader = torch.utils.data.DataLoader(
        Samples(arguments.root, arguments.list, arguments), batch_size=arguments.batch, shuffle=True, drop_last=True,
        num_workers=arguments.workers, persistent_workers=arguments.workers > 0, worker_init_fn=without_thread_pools)
    for _ in loader:  # files are in the page cache from here on, and workers have started
        pass
    count, began = 0, time.perf_counter()
    while count < arguments.images:
        for images, _ in loader:
            count += len(images)
    print(json.dumps({"images_per_second": count / (time.perf_counter() - began)}))


if __name__ == "__main__":
    main()
