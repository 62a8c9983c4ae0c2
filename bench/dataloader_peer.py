# SPDX-License-Identifier: Apache-2.0
"""One process that feeds training samples as Python trainers do, and prints what it reached as JSON.

Peers, each with its libraries' own thread pools switched off, or several workers would be slower than one:
  reference       the reference trainer's transforms on OpenCV and NumPy, in torch's DataLoader
  reference-raw   the same transforms on a memory map of decoded pixels, as a user with a cache of their own has them
  albumentations  the same augmentation by albumentations, in torch's DataLoader
  spdl            decoding, scaling, padding, cropping and colour by FFmpeg's filters, in threads
"""
import argparse
import json
import math
import os
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"
import cv2  # noqa: E402
import numpy  # noqa: E402
import torch  # noqa: E402


def without_thread_pools(_):
    cv2.setNumThreads(0)
    torch.set_num_threads(1)


def read_pairs(arguments):
    lines = Path(arguments.list).read_text().splitlines()
    return [[str(Path(arguments.root) / part) for part in line.split(",")] for line in lines if line.strip()]


class Files:
    def __init__(self, arguments):
        self.pairs = read_pairs(arguments)

    def __len__(self):
        return len(self.pairs)

    def read(self, index):
        image, label = self.pairs[index]
        return cv2.imread(image)[:, :, ::-1].copy(), cv2.imread(label, cv2.IMREAD_UNCHANGED)


class MemoryMap:
    """All pixels of a data set of equal sizes, decoded once into a file and mapped."""

    def __init__(self, arguments):
        files = Files(arguments)
        unique = sorted(set(map(tuple, files.pairs)))  # lists repeat files to make longer epochs
        self.places = [unique.index(tuple(pair)) for pair in files.pairs]
        self.parts = []
        for part, name in enumerate(("images", "labels")):
            shape = (len(unique), *files.read(0)[part].shape)
            path = Path(arguments.scratch) / f"{name}.raw"
            if not path.exists():
                mapped = numpy.memmap(path, numpy.uint8, "w+", shape=shape)
                for index, place in enumerate(self.places):
                    mapped[place] = files.read(index)[part]
                mapped.flush()
            self.parts.append(numpy.memmap(path, numpy.uint8, "r", shape=shape))

    def __len__(self):
        return len(self.places)

    def read(self, index):
        return tuple(part[self.places[index]] for part in self.parts)


class ReferenceSamples(torch.utils.data.Dataset):
    def __init__(self, pixels, arguments):
        self.pixels, self.arguments = pixels, arguments
        self.mean = numpy.array(arguments.mean, numpy.float32)
        self.std = numpy.array(arguments.std, numpy.float32)

    def __len__(self):
        return len(self.pixels)

    def __getitem__(self, index):
        image, label = self.crop(*self.pixels.read(index))
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


class AlbumentationsSamples(torch.utils.data.Dataset):
    def __init__(self, pixels, arguments):
        import albumentations
        from albumentations.pytorch import ToTensorV2
        height, width = arguments.crop
        brightness, contrast, saturation = arguments.jitter
        low, high = arguments.scales
        self.pixels = pixels
        self.transform = albumentations.Compose([
            albumentations.RandomScale((low - 1, high - 1), p=1),
            albumentations.PadIfNeeded(height, width, fill_mask=arguments.ignore),
            albumentations.RandomCrop(height, width),
            albumentations.HorizontalFlip(p=0.5),
            albumentations.ColorJitter(brightness, contrast, saturation, 0, p=1),
            albumentations.Normalize(arguments.mean, arguments.std),
            ToTensorV2()])

    def __len__(self):
        return len(self.pixels)

    def __getitem__(self, index):
        image, label = self.pixels.read(index)
        made = self.transform(image=image, mask=label)
        return made["image"], made["mask"].long()


def batches_of_torch(samples, arguments):
    loader = torch.utils.data.DataLoader(
        samples, batch_size=arguments.batch, shuffle=True, drop_last=True, num_workers=arguments.workers,
        persistent_workers=arguments.workers > 0, worker_init_fn=without_thread_pools)
    while True:
        yield from ((images, True) if i else (images, False) for i, (images, _) in enumerate(loader))


class SpdlSample:
    """Normalisation is left out, and jitter is FFmpeg's eq filter: both in this peer's favour."""

    def __init__(self, arguments):
        self.pairs, self.arguments = read_pairs(arguments), arguments
        first = cv2.imread(self.pairs[0][0])
        self.height, self.width = first.shape[:2]  # filters are written before a file is read

    def filters(self, generator):
        height, width = self.arguments.crop
        scale = generator.uniform(*self.arguments.scales)
        # Even numbers: half of the resolution is all that colours have in most JPEG files.
        scaled = 2 * math.ceil(self.height * scale / 2), 2 * math.ceil(self.width * scale / 2)
        padded = max(scaled[0], height), max(scaled[1], width)
        top, left = (2 * int(generator.uniform(0, p - c) / 2) for p, c in zip(padded, (height, width)))
        flip = ",hflip" if generator.random() < 0.5 else ""
        brightness, contrast, saturation = (generator.uniform(-span, span) for span in self.arguments.jitter)

        def chain(algorithm, colour, pixels):
            return (f"scale={scaled[1]}:{scaled[0]}:flags={algorithm},"
                    f"pad={padded[1]}:{padded[0]}:(ow-iw)/2:(oh-ih)/2,"
                    f"crop={width}:{height}:{left}:{top}{flip}{colour},format=pix_fmts={pixels}")
        eq = f",eq=brightness={brightness / 4:.3f}:contrast={1 + contrast:.3f}:saturation={1 + saturation:.3f}"
        return chain("fast_bilinear", eq, "rgb24"), chain("neighbor", "", "gray8")

    def make(self, index):
        import spdl.io
        generator = numpy.random.default_rng()
        return [spdl.io.to_numpy(spdl.io.load_image(path, filter_desc=filters))
                for path, filters in zip(self.pairs[index], self.filters(generator))]


def batches_of_spdl(arguments):
    from spdl.pipeline import PipelineBuilder
    sample = SpdlSample(arguments)

    def indices():
        generator = numpy.random.default_rng(0)
        while True:
            yield from generator.permutation(len(sample.pairs))

    def collate(made):
        return numpy.stack([image for image, _ in made]), numpy.stack([label for _, label in made])

    threads = max(arguments.workers, 1)
    pipeline = (PipelineBuilder().add_source(indices()).pipe(sample.make, concurrency=threads)
                .aggregate(arguments.batch, drop_last=True).pipe(collate).add_sink(3).build(num_threads=threads))
    with pipeline.auto_stop():
        for images, _ in pipeline:
            yield images, True


def batches_of(arguments):
    if arguments.peer == "spdl":
        return batches_of_spdl(arguments)
    pixels = MemoryMap(arguments) if arguments.peer == "reference-raw" else Files(arguments)
    kind = AlbumentationsSamples if arguments.peer == "albumentations" else ReferenceSamples
    return batches_of_torch(kind(pixels, arguments), arguments)


def numbers(text):
    return [float(part) for part in text.split(",")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer", choices=["reference", "reference-raw", "albumentations", "spdl"])
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
    parser.add_argument("--seconds", type=float, default=5, help="that are timed, after a warm-up of a third of it")
    parser.add_argument("--scratch", help="a folder for decoded pixels")
    arguments = parser.parse_args()

    without_thread_pools(0)
    began = time.perf_counter()
    batches = batches_of(arguments)
    next(batches)
    first = time.perf_counter() - began
    while time.perf_counter() - began < first + arguments.seconds / 3:  # files are in the page cache from here on
        next(batches)
    count, pauses, last = 0, [], time.perf_counter()
    began = last
    while last - began < arguments.seconds:
        images, within_epoch = next(batches)
        now = time.perf_counter()
        count += len(images)
        if not within_epoch:
            pauses.append(now - last)
        last = now
    print(json.dumps({"images_per_second": count / (last - began), "first_batch_seconds": first,
                      "epoch_pause_seconds": max(pauses, default=None)}))


if __name__ == "__main__":
    main()
