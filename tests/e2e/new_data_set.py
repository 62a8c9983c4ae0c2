# SPDX-License-Identifier: Apache-2.0
"""From a folder of images and labels to overlays: `new` in the layouts people have, then `train`, then `predict`."""
import json
import tempfile
import tomllib
import unittest
from pathlib import Path

import program

SMALL = ["cropsize=64", "ims_per_gpu=2", "max_epochs=none", "max_iter=2", "warmup_iters=1", "num_workers=1",
         "use_fp16=false", "sanity_check=false"]


def write_image(path, index, size=(64, 96)):
    height, width = size
    program.write_png(path, [bytes((row * 3 + column + 40 * index) % 256 for column in range(3 * width))
                             for row in range(height)], color=True)


def write_label(path, values, size=(64, 96)):
    """Stripes of the values, from left to right."""
    height, width = size
    row = bytes(values[column * len(values) // width] for column in range(width))
    program.write_png(path, [row] * height)


class NewDataSet(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.data = self.folder / "data"
        self.config = self.folder / "my.toml"

    def pairs(self, count, image, label, values):
        """`count` pairs; image and label are patterns with {} for the number."""
        for index in range(count):
            write_image(self.data / image.format(index), index)
            write_label(self.data / label.format(index), values)

    def new(self, *arguments):
        result = program.must_run("new", self.data, "--out", self.config, "--json", *arguments)
        found = json.loads(result.stdout)
        self.assertEqual(found["config"], str(self.config))
        return found, result.stderr

    def lines(self, found, name):
        return [line.split(",") for line in Path(found[name]).read_text().splitlines()]

    def keys(self):
        return json.loads(program.must_run("config", self.config, "--json").stdout)["keys"]

    def must_train(self):
        result = program.must_run("train", self.config, *SMALL, f"respth={self.folder}/run")
        self.assertIn("step 2/2", result.stdout + result.stderr)

    def must_train_and_overlay(self, *images):
        """`images`: the files or folders that a user would name, with all images of the data set and nothing else."""
        self.must_train()
        out = self.folder / "overlays"
        program.must_run("predict", self.folder / "run" / "model_final.safetensors", *images, "--out", out, "--overlay")
        overlays = {}  # by the image's file
        for image in images:
            for file in [image] if image.is_file() else image.rglob("*.png"):
                below = file.relative_to(image.parent if image.is_file() else image)
                overlays[file] = out / below.with_name(f"{file.stem}_overlay.png")
        self.assertGreater(len(overlays), 1)
        self.assertEqual(sorted(out.rglob("*_overlay.png")), sorted(overlays.values()))
        for file, path in overlays.items():
            image, overlay = program.read_png(file), program.read_png(path)
            self.assertEqual((overlay.width, overlay.height, overlay.color), (image.width, image.height, 2), path)
            self.assertNotEqual(overlay.rows, image.rows, f"nothing is laid over {file}")

    def test_images_and_masks(self):
        self.pairs(10, "images/{}.png", "masks/{}.png", [0, 1, 2])
        write_image(self.data / "images" / "alone.png", 1)
        found, said = self.new()
        self.assertEqual({key: found[key] for key in ("layout", "pairs", "train", "validation", "unpaired", "n_cats",
                                                      "lb_ignore")},
                         {"layout": "folders", "pairs": 10, "train": 8, "validation": 2, "unpaired": 1, "n_cats": 3,
                          "lb_ignore": 255})
        self.assertIn("images/alone.png", said)
        self.assertIn(f"segtrain train {self.config}", said)
        train, val = self.lines(found, "train_list"), self.lines(found, "val_list")
        self.assertEqual(train, sorted(train))
        self.assertEqual(sorted(train + val), [[f"images/{i}.png", f"masks/{i}.png"] for i in range(10)])
        keys = self.keys()
        self.assertEqual(keys["n_cats"], 3)
        self.assertEqual(keys["im_root"], str(self.data))
        self.assertEqual(keys["cropsize"], [64, 64])
        self.assertEqual(len(keys["mean"]), 3)
        self.must_train_and_overlay(self.data / "images")

    def test_folds_keep_groups_together(self):
        for patient in range(4):
            self.pairs(3, f"images/p{patient}_{{}}.png", f"masks/p{patient}_{{}}.png", [0, 1, 2])
        found, said = self.new("--folds", "2", "--group-by", "(p[0-9]+)_")
        self.assertIn("2 folds of 6 6 to validate with, in 4 groups", said)
        self.assertEqual(found["folds"], 2)
        self.assertEqual(Path(found["train_list"]).name, "my_train_1.txt")
        validated = []
        for fold in (1, 2):
            train, val = ({image for image, _ in (line.split(",") for line in
                                                  (self.folder / f"my_{part}_{fold}.txt").read_text().splitlines())}
                          for part in ("train", "val"))
            self.assertFalse({image.split("_")[0] for image in train} & {image.split("_")[0] for image in val})
            self.assertEqual(len(train) + len(val), 12)
            validated += val
        self.assertEqual(len(set(validated)), 12)

    def test_parts_given_by_folders_and_0_255_masks(self):
        for part, count in (("train", 4), ("val", 2), ("test", 1)):
            self.pairs(count, f"img/{part}/{part}{{}}.png", f"ann/{part}/{part}{{}}.png", [0, 255])
        found, said = self.new()
        self.assertEqual((found["train"], found["validation"], found["n_cats"]), (4, 2, 2))
        self.assertIn("left alone", said)
        self.assertEqual({Path(image).parts[1] for image, _ in self.lines(found, "train_list")}, {"train"})
        self.assertEqual({Path(image).parts[1] for image, _ in self.lines(found, "val_list")}, {"val"})
        self.assertEqual(tomllib.loads(self.config.read_text())["label_map"], {"0": 0, "255": 1})
        self.must_train_and_overlay(self.data / "img")

    def test_masks_beside_their_images(self):
        self.pairs(5, "day {}.png", "day {}_mask.png", [0, 1])
        found, _ = self.new("--val-fraction", "0.4")
        self.assertEqual((found["layout"], found["train"], found["validation"]), ("beside", 3, 2))
        self.must_train_and_overlay(*(self.data / f"day {index}.png" for index in range(5)))

    def test_cityscapes(self):
        for part, count in (("train", 3), ("val", 2), ("test", 1)):
            self.pairs(count, f"leftImg8bit/{part}/ulm/ulm_{{}}_leftImg8bit.png",
                       f"gtFine/{part}/ulm/ulm_{{}}_gtFine_labelIds.png", [7, 26, 0])
            self.pairs(count, f"gtFine/{part}/ulm/ulm_{{}}_gtFine_color.png",
                       f"gtFine/{part}/ulm/ulm_{{}}_gtFine_instanceIds.png", [1])
        found, said = self.new()
        self.assertEqual((found["layout"], found["train"], found["validation"], found["unpaired"], found["n_cats"]),
                         ("cityscapes", 3, 2, 0, 19))
        self.assertIn("road", said)
        keys = self.keys()
        self.assertEqual((keys["dataset"], keys["label_map"], keys["mean"]), ("CityScapes", "auto", "auto"))
        self.must_train_and_overlay(self.data / "leftImg8bit")

    def test_ade20k_and_cocostuff(self):
        for name, kind, layouts in (
                ("ade", "ADE20k", (("training", "ADE_train_"), ("validation", "ADE_val_"))),
                ("coco", "CocoStuff", (("train2017", "00000"), ("val2017", "00001")))):
            self.data = self.folder / name
            for part, start in layouts:
                self.pairs(2, f"images/{part}/{start}{{}}.jpg", f"annotations/{part}/{start}{{}}.png", [1, 2])
            self.new("--force")
            self.assertEqual(self.keys()["dataset"], kind)
            program.must_run("train", self.config, *SMALL, f"respth={self.folder}/run_{name}")

    def test_coloured_labels(self):
        for index in range(4):
            write_image(self.data / "images" / f"{index}.png", index)
            row = bytes([200, 0, 40]) * 48 + bytes([0, 0, 0]) * 48
            program.write_png(self.data / "labels" / f"{index}.png", [row] * 64, color=True)
        found, said = self.new()
        self.assertEqual(found["n_cats"], 2)
        self.assertIn("[200, 0, 40]", said)
        self.assertEqual(self.keys()["label_colors"], [[0, 0, 0], [200, 0, 40]])
        self.must_train_and_overlay(self.data / "images")

    def test_bad_pairs_are_named_and_left_out(self):
        self.pairs(5, "images/{}.png", "masks/{}.png", [0, 1])
        (self.data / "images" / "2.png").write_bytes(b"no image")
        write_label(self.data / "masks" / "3.png", [0, 1], size=(64, 95))
        found, said = self.new()
        self.assertEqual((found["pairs"], found["left_out"]), (3, 2))
        self.assertIn("images/2.png", said)
        self.assertIn("masks/3.png", said)
        self.must_train()

    def test_the_same_again_gives_the_same_and_needs_force(self):
        self.pairs(20, "images/{}.png", "masks/{}.png", [0, 1])
        found, _ = self.new()
        written = [Path(found[key]) for key in ("config", "train_list", "val_list")]
        before = [path.read_bytes() for path in written]
        self.assert_refused("there already", "--force")
        self.new("--force")
        self.assertEqual([path.read_bytes() for path in written], before)

    def assert_refused(self, *mentions, folder=None, arguments=()):
        before = sorted(self.folder.rglob("*"))
        result = program.run("new", folder or self.data, "--out", self.config, *arguments)
        said = result.stdout + result.stderr
        self.assertEqual(result.returncode, 2, said)
        self.assertRegex(said, r"error: .+\n  what: .+\n  try:  .+")
        for mention in mentions:
            self.assertIn(mention, said)
        self.assertEqual(sorted(self.folder.rglob("*")), before, "something was written")

    def test_what_is_no_data_set_is_refused(self):
        self.assert_refused("no such folder")
        self.data.mkdir()
        self.assert_refused("empty")
        write_image(self.data / "photos" / "1.png", 1)
        self.assert_refused("photos/", ".png", "masks/")
        write_label(self.data / "masks" / "1.png", [0, 1])
        self.assert_refused("only one pair")
        write_image(self.data / "photos" / "2.png", 1)
        write_label(self.data / "masks" / "2.png", [0, 1])
        self.assert_refused("--val-fraction", arguments=["--val-fraction", "1.5"])
        self.assert_refused("there are none", "--folds 5", arguments=["--group-by", "(a)"])
        self.assert_refused("there are none", "--folds 5", arguments=["--seed", "3"])
        self.assert_refused("excludes", arguments=["--folds", "2", "--val-fraction", "0.5"])
        self.config = self.folder / "my.py"
        self.assert_refused(".toml")

    def test_labels_that_teach_nothing_are_refused(self):
        self.pairs(3, "images/{}.png", "masks/{}.png", [0])
        self.assert_refused("nothing can be learned")


if __name__ == "__main__":
    unittest.main()
