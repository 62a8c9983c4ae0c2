#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`segtrain check`: good data, every kind of trouble at once, and the page. Run by ctest."""
import json
import os
import random
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import program

SIZE = (64, 96)


def write_image(path, index):
    height, width = SIZE
    program.write_png(path, [bytes((row * 3 + column + 41 * index) % 256 for column in range(3 * width))
                             for row in range(height)], color=True)


def write_label(path, *values):
    height, width = SIZE
    program.write_png(path, [bytes(values[column * len(values) // width] for column in range(width))] * height)


def catches(pid, number):
    """Whether a process has a handler for a signal."""
    caught = re.search(r"^SigCgt:\t(\w+)$", Path(f"/proc/{pid}/status").read_text(), re.M)
    return caught is not None and int(caught[1], 16) >> (number - 1) & 1


class Check(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        for split, first in (("train", 0), ("val", 10)):
            lines = []
            for index in range(first, first + 4):
                write_image(self.folder / split / f"{index}.png", index)
                write_label(self.folder / f"{split}-labels" / f"{index}.png", 0, 1, 2)
                lines.append(f"{split}/{index}.png,{split}-labels/{index}.png\n")
            (self.folder / f"{split}.txt").write_text("".join(lines))
        self.config = self.folder / "my.toml"
        self.config.write_text(f"""
n_cats = 3
dataset = "CustomerDataset"
im_root = "{self.folder}"
train_im_anns = "train.txt"
val_im_anns = "val.txt"
class_names = ["sky", "road", "car"]
mean = [0.5, 0.5, 0.5]
std = [0.29, 0.29, 0.29]
""")

    def check(self, *arguments):
        return program.run("check", self.config, *arguments)

    def test_good_data_has_no_problem(self):
        result = self.check("--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        found = json.loads(result.stdout)
        self.assertEqual(found["problems"], [])
        self.assertEqual(found["warnings"], [])
        self.assertEqual(found["images"], 4)
        self.assertEqual(found["validation"]["images"], 4)
        self.assertEqual([one["name"] for one in found["classes"]], ["sky", "road", "car"])
        self.assertAlmostEqual(sum(one["share"] for one in found["classes"]), 1)
        self.assertEqual(found["classes"][0]["pixels"], 4 * SIZE[0] * SIZE[1] // 3)
        self.assertEqual(found["sizes"], {"min": list(SIZE), "max": list(SIZE)})
        self.assertAlmostEqual(found["mean"][0], 0.5, delta=0.02)
        self.assertIn("no problem was found", self.check().stdout)

    def test_all_trouble_is_told_at_once(self):
        data = (self.folder / "train" / "1.png").read_bytes()
        (self.folder / "train" / "1.png").write_bytes(data[:len(data) // 2])
        write_label(self.folder / "train-labels" / "2.png", 0, 1, 9)
        shutil.copy(self.folder / "train" / "0.png", self.folder / "val" / "12.png")
        shutil.copy(self.folder / "train" / "0.png", self.folder / "train" / "3.png")
        result = self.check("--json")
        self.assertEqual(result.returncode, 2)
        found = json.loads(result.stdout)
        told = [problem["where"] + ": " + problem["what"] for problem in found["problems"]]
        self.assertEqual(len(told), 3, told)
        self.assertTrue(any("train/1.png" in text for text in told), told)
        self.assertTrue(any("train-labels/2.png: label 9" in text for text in told), told)
        self.assertTrue(any("val/12.png = " in text and "train/0.png" in text for text in told), told)
        self.assertTrue(all(problem["try"] for problem in found["problems"]))
        self.assertTrue(any("copy" in warning["what"] for warning in found["warnings"]), found["warnings"])

    def test_absent_files_are_told_beside_the_others(self):
        (self.folder / "train" / "0.png").unlink()
        (self.folder / "val-labels" / "13.png").unlink()
        data = (self.folder / "train" / "1.png").read_bytes()
        (self.folder / "train" / "1.png").write_bytes(data[:len(data) // 2])
        write_label(self.folder / "train-labels" / "2.png", 0, 0, 9)
        write_label(self.folder / "train-labels" / "3.png", 0, 0, 0)
        page = self.folder / "check.html"
        result = self.check("--json", "--html", page)
        self.assertEqual(result.returncode, 2)
        found = json.loads(result.stdout)
        told = [problem["where"] + ": " + problem["what"] for problem in found["problems"]]
        self.assertEqual(len(told), 4, told)
        for text in ("train/0.png: the image cannot be read", "val-labels/13.png: the label cannot be read",
                     "train/1.png: ", "train-labels/2.png: label 9"):
            self.assertTrue(any(text in one for one in told), (text, told))
            self.assertIn(text.partition(":")[0], page.read_text())
        self.assertEqual((found["images"], found["validation"]["images"]), (3, 3))
        self.assertTrue(any("classes have no pixel: road, car" in warning["what"] for warning in found["warnings"]),
                        found["warnings"])

    def test_lists_of_both_splits_are_checked_before_anything_else(self):
        (self.folder / "train.txt").write_text("gone.png,gone-too.png\n")
        (self.folder / "val.txt").unlink()
        result = self.check()
        self.assertEqual(result.returncode, 2)
        self.assertIn("gone.png", result.stderr)
        self.assertIn("val.txt", result.stderr)

    def test_errors_about_a_key_name_its_line(self):
        config = self.config.read_text()
        self.config.write_text(config.replace("mean = [0.5, 0.5, 0.5]", "mean = [0.5, 0.5]")
                               .replace("std = [0.29, 0.29, 0.29]", "std = [0.29, 0.29]"))
        line = config.split("\n").index("mean = [0.5, 0.5, 0.5]") + 1
        result = self.check()
        self.assertEqual(result.returncode, 2)
        self.assertIn(f"error: mean ({self.config}:{line})", result.stderr)
        self.config.write_text(config.replace("[0.5, 0.5, 0.5]", "[0.1, 0.1, 0.1]"))
        warnings = json.loads(self.check("--json").stdout)["warnings"]
        self.assertEqual([warning["where"] for warning in warnings], [f"mean ({self.config}:{line})"])

    def test_a_line_that_repeats_another_is_warned_of(self):
        path = self.folder / "train.txt"
        path.write_text(path.read_text() * 2)
        warnings = json.loads(self.check("--json").stdout)["warnings"]
        self.assertEqual([warning["where"] for warning in warnings], [f"{path}, line 5"])
        self.assertIn("4 lines", warnings[0]["what"])

    def test_a_page_is_not_written_over_unless_that_is_asked_for(self):
        page = self.folder / "check.html"
        page.write_text("mine")
        result = self.check("--html", page)
        self.assertEqual((result.returncode, page.read_text()), (2, "mine"))
        self.assertIn("is there already", result.stderr)
        self.assertEqual(self.check("--html", page, "--force").returncode, 0)
        self.assertIn("<figure>", page.read_text())

    def test_the_page_holds_samples_and_stands_alone(self):
        page = self.folder / "out" / "check.html"
        result = self.check("--html", page)
        self.assertEqual(result.returncode, 0, result.stderr)
        html = page.read_text()
        self.assertEqual(html.count("<figure>"), 8)
        self.assertIn("road", html)
        self.assertNotIn("http", html)

    def damage_unseen(self, name):
        """Other bytes, of the same size and time: who decodes the file fails."""
        path = self.folder / name
        time = path.stat().st_mtime_ns
        path.write_bytes(bytes(path.stat().st_size))
        os.utime(path, ns=(time, time))

    def rehearse(self, *arguments):
        return program.run("train", self.config, "cropsize=64", "ims_per_gpu=2", "max_iter=1", "use_fp16=false",
                           "sanity_check=false", f"respth={self.folder}/run", *arguments)

    def test_what_was_found_is_not_looked_for_again(self):
        program.must_run("check", self.config)
        for name in ("train/1.png", "train-labels/1.png", "val-labels/11.png"):
            self.damage_unseen(name)
        again = self.check("--json")
        self.assertEqual(again.returncode, 0, again.stderr)
        found = json.loads(again.stdout)
        self.assertEqual(found["known"], {"labels": 4, "images": 4})
        self.assertEqual(found["classes"][0]["pixels"], 4 * SIZE[0] * SIZE[1] // 3)
        self.assertIn("known from an earlier scan: 4 of 4 samples", again.stderr)
        self.assertEqual(self.check("--rescan").returncode, 2)

    def test_training_starts_without_a_second_scan(self):
        program.must_run("check", self.config)
        for split, first in (("train", 0), ("val", 10)):
            for index in range(first + 1, first + 4):  # the size of the first is asked for, whatever is known
                self.damage_unseen(f"{split}-labels/{index}.png")
        result = self.rehearse("--dry-run")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("known from an earlier scan: 4 of 4 train labels", result.stdout)
        self.assertIn("known from an earlier scan: 4 of 4 validation labels", result.stdout)
        os.utime(self.folder / "train-labels" / "2.png")
        result = self.rehearse("--dry-run")
        self.assertEqual(result.returncode, 2)
        self.assertIn("train-labels/2.png", result.stderr)
        self.assertNotIn("train-labels/1.png", result.stderr)

    def test_training_keeps_what_it_finds(self):
        caches = self.folder / "caches"
        self.assertEqual(self.rehearse("--dry-run", f"cache_dir={caches}").returncode, 0)
        self.assertFalse(caches.exists())  # a dry run leaves nothing behind
        self.assertEqual(self.rehearse(f"cache_dir={caches}").returncode, 0)
        result = self.check(f"cache_dir={caches}", "--json")
        self.assertEqual(json.loads(result.stdout)["known"], {"labels": 4, "images": 0})

    def test_a_folder_that_cannot_be_written_is_one_notice(self):
        (self.folder / "caches").write_text("a file in its place")
        result = self.check(f"cache_dir={self.folder}/caches")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout.count("not kept for the next start"), 1, result.stdout)

    def records(self, caches):
        return sorted(path for path in caches.rglob("*") if path.is_file() and path.name != "lock")

    def test_killed_at_any_moment_it_leaves_a_whole_record_or_none(self):
        caches = self.folder / "caches"
        for delay in (0.02, 0.05, 0.1, 0.2, 0.4):
            shutil.rmtree(caches, ignore_errors=True)
            process = subprocess.Popen(program.command("check", self.config, f"cache_dir={caches}"),
                                       stdout=subprocess.DEVNULL)
            time.sleep(delay)
            process.kill()
            process.wait()
            result = self.check(f"cache_dir={caches}", "--json")
            self.assertEqual(result.returncode, 0, result.stderr)
            found = json.loads(result.stdout)
            self.assertIn(found["known"]["labels"], (0, 4))
            self.assertEqual(found["classes"][0]["pixels"], 4 * SIZE[0] * SIZE[1] // 3)
            self.assertEqual([path.name for path in self.records(caches)], ["record", "record"])

    def killed_once_it_has_a_record(self, *arguments):
        """Of a scan that takes one processor a while: its files are many links to one, whose name alone counts."""
        names = []
        rows = [random.Random(y).randbytes(3 * 1024) for y in range(1024)]
        program.write_png(self.folder / "one.png", rows, color=True)
        program.write_png(self.folder / "one_label.png", [bytes(value % 3 for value in row[:1024]) for row in rows])
        for index in range(4000):
            for kind in ("one", "one_label"):
                os.link(self.folder / f"{kind}.png", self.folder / f"{kind}_{index}.png")
            names.append(f"one_{index}.png,one_label_{index}.png\n")
        (self.folder / "train.txt").write_text("".join(names))
        process = subprocess.Popen(program.command(*arguments), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                   preexec_fn=lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}))
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.kill)
        deadline = time.monotonic() + 60
        while not list((self.folder / "caches").rglob("record")):  # written under another name before
            self.assertIsNone(process.poll(), "ended by itself")
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)
        process.kill()
        process.wait()
        # Of the first and the last only, as a scan of all would take longer than the kill has saved.
        (self.folder / "train.txt").write_text("".join(names[:8] + names[-8:]))
        return json.loads(self.check(f"cache_dir={self.folder}/caches", "--json").stdout)["known"]

    def test_killed_while_it_scans_it_has_kept_what_it_had_found(self):
        known = self.killed_once_it_has_a_record("check", self.config, f"cache_dir={self.folder}/caches")
        self.assertGreaterEqual(known["labels"], 8)
        self.assertLess(known["labels"] + known["images"], 32)

    def test_training_that_is_killed_while_it_scans_has_kept_what_it_had_found(self):
        known = self.killed_once_it_has_a_record("train", self.config, "cropsize=64", "ims_per_gpu=2", "max_iter=1",
                                                 f"respth={self.folder}/run", f"cache_dir={self.folder}/caches")
        self.assertEqual(known, {"labels": 8, "images": 0})

    def test_a_request_to_stop_keeps_what_was_found(self):
        lines = [f"train/{index % 4}.png,train-labels/{index % 4}.png\n" for index in range(100000)]
        (self.folder / "train.txt").write_text("".join(lines))
        caches = self.folder / "caches"
        process = subprocess.Popen(program.command("check", self.config, f"cache_dir={caches}"),
                                   stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        deadline = time.monotonic() + 60
        while not catches(process.pid, signal.SIGINT):  # the lists are read, which a request to stop would only kill
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 75, said)
        self.assertIn("run the same command again", said)
        self.assertEqual(len(self.records(caches)), 1)

    def test_synthetic_streets_have_no_problem(self):
        config = self.folder / "tiny.toml"
        config.write_text(program.TINY)
        result = program.run("check", config, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(json.loads(result.stdout)["images"], 24)


if __name__ == "__main__":
    unittest.main()
