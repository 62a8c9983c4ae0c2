# SPDX-License-Identifier: Apache-2.0
"""Data sets in HDF5 files: packed by `cache --format hdf5`, written by h5py where it is there, and damaged."""
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest
from pathlib import Path

import program

SIZE = (64, 96)
PYTHONS = [os.environ.get("SEG_PYTHON"), sys.executable]

# What docs/hdf5.md shows, of arrays that are made up.
WRITER = """
import sys
import h5py, numpy as np
random = np.random.default_rng(3)
images = random.integers(0, 256, (4, 64, 96, 3), "uint8")
labels = np.repeat(np.arange(3, dtype="uint8"), 32)[None, None, :].repeat(64, 1).repeat(4, 0)
kind, path = sys.argv[1:]
with h5py.File(path, "w", libver=("v110", "v110") if kind == "v110" else "earliest") as file:
    if kind == "grouped":
        for i in range(4):
            file.create_dataset(f"images/{i:06d}", data=images[i, :60 - i])
            file.create_dataset(f"labels/{i:06d}", data=labels[i, :60 - i])
    elif kind == "float":
        file.create_dataset("images", data=images / np.float32(255))
        file.create_dataset("labels", data=labels)
    else:
        packing = dict(chunks=(1, 40, 50, 3), compression="gzip", shuffle=True, fletcher32=True)
        file.create_dataset("images", data=images, **({} if kind == "plain" else packing))
        file.create_dataset("labels", data=labels, chunks=(1, 64, 96), compression="gzip")
"""


def python_with_h5py():
    for python in filter(None, PYTHONS):
        if subprocess.run([python, "-c", "import h5py, numpy"], capture_output=True).returncode == 0:
            return python
    return None


class Hdf5DataSet(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.config = self.folder / "my.toml"

    def write_pngs(self, sizes=(SIZE,) * 4):
        for split in ("train", "val"):
            lines = []
            for index, (height, width) in enumerate(sizes):
                name = f"{split}{index}"
                program.write_png(self.folder / f"{name}.png", [
                    bytes((row * 3 + column * 7 + 41 * index + len(split)) % 256 for column in range(3 * width))
                    for row in range(height)], color=True)
                program.write_png(self.folder / f"{name}_label.png", [bytes(
                    (10, 20, 30)[column * 3 // width] for column in range(width))] * height)
                lines.append(f"{name}.png,{name}_label.png\n")
            (self.folder / f"{split}.txt").write_text("".join(lines))
        self.write_config(dataset="CustomerDataset", train="train.txt", val="val.txt",
                          label_map="{10=0, 20=1, 30=2}")

    def write_config(self, dataset, train, val, label_map='"none"'):
        self.config.write_text(textwrap.dedent(f"""
            n_cats = 3
            dataset = "{dataset}"
            im_root = "{self.folder}"
            train_im_anns = "{train}"
            val_im_anns = "{val}"
            label_map = {label_map}
            cropsize = [64, 64]
            scales = [0.75, 1.5]
            ims_per_gpu = 2
            num_workers = 1
            use_fp16 = false
            max_iter = 2
            warmup_iters = 1
            respth = "{self.folder}/run"
            """))

    def batches(self, config):
        file = self.folder / "batches.safetensors"
        program.must_run("batches", config, "--first", "1", "--count", "3", "--out", file, "--force")
        return file.read_bytes()

    def pack(self):
        file = self.folder / "packed.h5"
        return json.loads(program.must_run("cache", self.config, "--format", "hdf5", "--out", file, "--json").stdout)

    def test_packed_files_give_the_same_batches_and_train(self):
        for sizes in ((SIZE,) * 4, ((64, 96), (70, 80), (64, 64), (90, 65))):
            with self.subTest(sizes=sizes):
                self.write_pngs(sizes)
                expected = self.batches(self.config)
                packed = self.pack()
                self.assertEqual(packed["samples"], 8)
                self.assertEqual(self.batches(packed["config"]), expected)
                for path in self.folder.glob("packed*"):
                    if sizes[0] == sizes[1]:
                        path.unlink()
        checked = json.loads(program.must_run("check", packed["config"], "--json").stdout)
        self.assertEqual(checked["problems"], [])
        self.assertEqual([one["images"] for one in checked["classes"]], [4, 4, 4])
        trained = program.must_run("train", packed["config"], "sanity_check=true", f"respth={self.folder}/run")
        self.assertIn("step 2/2", trained.stdout + trained.stderr)
        # The other tiers take samples of one file for different ones.
        cached = program.must_run("cache", packed["config"], f"cache_dir={self.folder}/cache", "--json")
        self.assertEqual(json.loads(cached.stdout)["samples"], 8)

    def content(self):
        return {path.name: path.read_bytes() for path in self.folder.glob("packed*")}

    # Into the second file, too: the first one without it would be half of a set.
    def test_a_packing_that_is_stopped_or_finds_no_room_leaves_all_as_it_was(self):
        self.write_config(dataset="Synthetic", train="", val="")
        for part, counts in (("train", (2000, 2)), ("val", (2, 2000))):
            for is_there in (False, True):
                with self.subTest(part=part, is_there=is_there):
                    before = self.content()
                    self.assertEqual(len(before), 3 if is_there else 0)
                    streets = ["n_cats=11", "synthetic_size=1024x1024", f"synthetic_images={counts[0]}",
                               f"synthetic_val_images={counts[1]}", "--format", "hdf5",
                               "--out", self.folder / "packed.h5", *(["--force"] if is_there else [])]
                    self.stop_packing(streets, part)
                    self.assertEqual(self.content(), before)
                    refused = program.run("cache", self.config, *streets, restore_signals=False, preexec_fn=lambda:
                                          resource.setrlimit(resource.RLIMIT_FSIZE, (20 << 20, 20 << 20)))
                    self.assertEqual(refused.returncode, 2, refused.stderr)
                    self.assertIn(f"packed_{part}.h5", refused.stderr)
                    self.assertIn("File too large", refused.stderr)
                    self.assertEqual(self.content(), before)
                    if not is_there:
                        program.must_run("cache", self.config, "n_cats=11", "synthetic_size=64x64",
                                         "synthetic_images=3", "--format", "hdf5", "--out", self.folder / "packed.h5")
            for path in self.folder.glob("packed*"):
                path.unlink()

    def stop_packing(self, arguments, part):
        arguments = program.command("cache", self.config, *arguments)
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
            while not list(self.folder.glob(f"packed_{part}.h5.*")):
                self.assertIsNone(process.poll())
                time.sleep(0.02)
            process.send_signal(signal.SIGTERM)
            said, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 75, said)
        self.assertIn("stopped; nothing was written", said)

    def test_damaged_files_are_errors(self):
        self.write_pngs()
        packed = self.pack()
        train = Path(packed["file"])
        good = train.read_bytes()
        for damage in (b"no HDF5", good[:len(good) // 2], good[:96] + bytes(reversed(good[96:2000])) + good[2000:]):
            train.write_bytes(damage)
            result = program.run("check", packed["config"])
            self.assertEqual(result.returncode, 2, result.stderr)
            self.assertIn("packed_train.h5", result.stderr)

    def test_new_writes_the_config_of_two_files(self):
        self.write_pngs()
        packed = self.pack()
        config = self.folder / "found" / "new.toml"
        (self.folder / "files").mkdir()
        for key in ("file", "val_file"):
            path = Path(packed[key])
            path.rename(self.folder / "files" / path.name)
        for place in (self.folder / "files", self.folder / "files" / "packed_train.h5"):
            found = json.loads(program.must_run("new", place, "--out", config, "--json", "--force").stdout)
            self.assertEqual([found[key] for key in ("layout", "train", "validation", "n_cats")], ["hdf5", 4, 4, 3])
        program.must_run("train", config, "max_epochs=none", "max_iter=2", "warmup_iters=1", "use_fp16=false",
                         f"respth={self.folder}/run", "sanity_check=false")
        refused = program.run("new", self.folder / "files", "--folds", "2", "--out", config, "--force")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("says how to split a data set", refused.stderr)

    def test_files_of_h5py_are_read(self):
        python = python_with_h5py()
        if python is None:
            self.skipTest("no Python with h5py")
        for kind in ("plain", "packed", "v110", "grouped"):
            with self.subTest(kind=kind):
                subprocess.run([python, "-c", WRITER, kind, self.folder / f"{kind}.h5"], check=True)
                self.write_config(dataset="HDF5", train=f"{kind}.h5", val=f"{kind}.h5")
                checked = json.loads(program.run("check", self.config, "--json").stdout)
                self.assertEqual(checked["images"], 4)
                self.assertAlmostEqual(checked["mean"][0], 0.5, delta=0.02)
                self.assertEqual([round(one["share"], 3) for one in checked["classes"]], [0.333] * 3)
                batches = self.batches(self.config)
                if kind in ("packed", "v110"):
                    self.assertEqual(batches, plain)
                elif kind == "plain":
                    plain = batches
        subprocess.run([python, "-c", WRITER, "float", self.folder / "float.h5"], check=True)
        self.write_config(dataset="HDF5", train="float.h5", val="float.h5")
        refused = program.run("check", self.config)
        self.assertEqual(refused.returncode, 2)
        self.assertIn("array images does not hold whole numbers of 8 or 16 bits", refused.stderr)


if __name__ == "__main__":
    unittest.main()
