# SPDX-License-Identifier: Apache-2.0
"""The cache on disk as a user meets it: built, killed, full, damaged, and read instead of the files. Run by ctest."""
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import program

sys.path.insert(0, str(program.ROOT / "tools"))
import safetensors_file  # noqa: E402

HEIGHT, WIDTH = 64, 96
NUM_IMAGES = 40


class Cache(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        numbers = random.Random(7)
        lines = []
        for i in range(NUM_IMAGES):
            rows = [numbers.randbytes(3 * WIDTH) for _ in range(HEIGHT)]
            program.write_png(self.folder / f"{i}.png", rows, color=True)
            program.write_png(self.folder / f"{i}_label.png", [bytes((x // 9 + i) % 5 for x in range(WIDTH))] * HEIGHT)
            lines.append(f"{i}.png,{i}_label.png\n")
        (self.folder / "train.txt").write_text("".join(lines[:-4]))
        (self.folder / "val.txt").write_text("".join(lines[-4:]))
        self.config = self.folder / "my.toml"
        self.config.write_text(f"""
model_type = "bisenetv2"
n_cats = 5
dataset = "CustomerDataset"
im_root = "{self.folder}"
train_im_anns = "train.txt"
val_im_anns = "val.txt"
cropsize = [64, 64]
scales = [0.5, 2]
ims_per_gpu = 4
num_workers = 2
use_fp16 = false
cache_dir = "{self.folder}/cache"
""")

    def command(self, *arguments):
        return program.command("cache", self.config, *arguments)

    def result_of(self, *arguments):
        return json.loads(program.run("cache", self.config, "--json", *arguments).stdout)

    def batches(self, name, *arguments):
        program.must_run("batches", self.config, "--count", "6", "--out", self.folder / name, *arguments)
        return safetensors_file.read(self.folder / name)

    def scramble_pixels(self):
        """Whoever decodes an image now fails; heads, sizes and times, by which a cache knows files, stay."""
        for path in self.folder.glob("*.png"):
            if path.stem.endswith("_label"):
                continue
            status, content = path.stat(), bytearray(path.read_bytes())
            content[60:-40] = bytes(len(content) - 100)
            path.write_bytes(content)
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    def test_batches_are_the_same_while_it_fills_and_when_the_files_are_not_read_any_more(self):
        expected = self.batches("off.safetensors")
        self.assertEqual(self.batches("filling.safetensors", "cache=disk"), expected)
        self.assertTrue(self.result_of()["complete"])
        self.scramble_pixels()
        self.assertNotEqual(program.run("batches", self.config, "--out", self.folder / "x.safetensors").returncode, 0)
        self.assertEqual(self.batches("warm.safetensors", "cache=disk"), expected)
        self.assertEqual(self.batches("auto.safetensors", "cache=auto"), expected)

    def test_evaluation_reads_it_too(self):
        weights = self.folder / "weights.safetensors"
        program.must_run("init", self.config, "--out", weights)

        def protocols(*arguments):
            result = program.must_run("eval", self.config, "--weights", weights, "--json", *arguments)
            return json.loads(result.stdout)["protocols"]
        expected = protocols()
        self.assertTrue(self.result_of()["complete"])
        self.scramble_pixels()
        self.assertNotEqual(program.run("eval", self.config, "--weights", weights).returncode, 0)
        self.assertEqual(protocols("cache=disk"), expected)

    def test_builders_that_are_killed_lose_nothing_that_was_kept(self):
        expected = self.batches("off.safetensors")
        began = time.monotonic()
        program.must_run("cache", self.config, f"cache_dir={self.folder}/other")
        length = time.monotonic() - began
        numbers, kept = random.Random(), 0
        for _ in range(8):
            process = subprocess.Popen(self.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                process.communicate(timeout=numbers.uniform(0.2, 1.2) * length)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.communicate()
            if not list(self.folder.glob("cache/*/index")):
                continue
            found = self.result_of("--verify")
            self.assertEqual(found["damaged"], 0, found)
            self.assertGreaterEqual(found["samples"], kept)
            kept = found["samples"]
        built = self.result_of()
        self.assertTrue(built["complete"], built)
        self.assertEqual(built["samples"], NUM_IMAGES)
        self.scramble_pixels()
        self.assertEqual(self.batches("after.safetensors", "cache=disk"), expected)

    def test_a_full_disk_leaves_what_fitted_and_the_rest_is_read_from_its_files(self):
        expected = self.batches("off.safetensors")

        def limit_files():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            bytes_of_some = 10 * HEIGHT * WIDTH * 3
            resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_of_some, bytes_of_some))
        full = program.run("cache", self.config, preexec_fn=limit_files)
        self.assertEqual(full.returncode, 2, full.stderr)
        self.assertIn("nothing more is added to this cache", full.stdout + full.stderr)
        found = self.result_of("--verify")
        self.assertEqual(found["damaged"], 0)
        self.assertGreater(found["samples"], 2)
        self.assertLess(found["samples"], NUM_IMAGES)
        self.assertEqual(self.batches("part.safetensors", "cache=disk"), expected)

    def test_a_damaged_sample_is_told_by_verify_and_made_again(self):
        expected = self.batches("off.safetensors")
        file = Path(self.result_of()["file"])
        with open(file, "r+b") as pixels:
            pixels.seek(5000)
            pixels.write(b"damage!")
        found = program.run("cache", self.config, "--verify")
        self.assertEqual(found.returncode, 2)
        self.assertIn("1 of 40 kept samples is damaged", found.stderr)
        self.assertEqual(self.result_of()["samples"], NUM_IMAGES)
        self.assertEqual(self.result_of("--verify")["damaged"], 0)
        self.assertEqual(self.batches("mended.safetensors", "cache=disk"), expected)

    def test_what_changed_images_took_is_given_back(self):
        size = Path(self.result_of()["file"]).stat().st_size
        for generation in range(1, 4):
            for path in self.folder.glob("*.png"):
                os.utime(path, (1_000_000_000 + generation,) * 2)
            result = self.result_of()
            self.assertTrue(result["complete"], result)
        self.assertGreater(result["reclaimed_bytes"], 0)
        file = Path(result["file"])
        self.assertLess(file.stat().st_size, 2.1 * size)
        self.assertEqual(sorted(path.name for path in file.parent.iterdir()), sorted(["index", "lock", file.name]))

    def test_a_run_for_which_there_is_no_memory_leaves_the_cache_as_it_was(self):
        for generation in range(3):  # two thirds of the file are versions of before, for whoever opens it next
            for path in self.folder.glob("*.png"):
                os.utime(path, (1_000_000_000 + generation,) * 2)
            file = Path(self.result_of()["file"])
        refused = program.run("train", self.config, "cache=disk", "ims_per_gpu=65536", "on_oom=fail", "max_iter=1",
                              f"respth={self.folder}/run")
        self.assertEqual(refused.returncode, 2, refused.stderr)
        self.assertIn("is forecast to need", refused.stderr)
        self.assertTrue(file.exists())
        self.assertGreater(self.result_of()["reclaimed_bytes"], 0)
        self.assertFalse(file.exists())

    def test_a_dry_run_tries_the_folder_and_leaves_nothing(self):
        program.must_run("train", self.config, "--dry-run", "max_iter=2", "cache=disk", f"respth={self.folder}/run")
        self.assertFalse((self.folder / "cache").exists())
        (self.folder / "cache").write_text("in its place")
        refused = program.run("train", self.config, "--dry-run", "max_iter=2", "cache=disk",
                              f"respth={self.folder}/run")
        self.assertEqual(refused.returncode, 2, refused.stderr)
        self.assertIn("this folder cannot be made", refused.stderr)
        self.assertFalse((self.folder / "run").exists())


if __name__ == "__main__":
    unittest.main()
