#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`segtrain check`: good data, every kind of trouble at once, and the page. Run by ctest."""
import json
import shutil
import tempfile
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

    def test_synthetic_streets_have_no_problem(self):
        config = self.folder / "tiny.toml"
        config.write_text(program.TINY)
        result = program.run("check", config, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(json.loads(result.stdout)["images"], 24)


if __name__ == "__main__":
    unittest.main()
