# SPDX-License-Identifier: Apache-2.0
"""Predictions as a user gets them: files, their content, and what happens with bad images and bad wishes."""
import csv
import json
import struct
import sys
import tempfile
import unittest
from pathlib import Path

import program

sys.path.insert(0, str(program.ROOT / "tools"))
import safetensors_file  # noqa: E402

SIDE = 64


def card_of(weights):
    content = Path(weights).read_bytes()
    (length,) = struct.unpack_from("<Q", content)
    return json.loads(json.loads(content[8:8 + length])["__metadata__"]["segtrain.model"])


def pixels_of(tensor, card):
    """Rows of RGB bytes of every image in a file of `segtrain batches`."""
    count, channels, height, width = tensor.shape
    values = struct.unpack(f"<{count * channels * height * width}f", tensor.data)

    def pixel(n, c, y, x):
        value = values[((n * channels + c) * height + y) * width + x]
        return min(255, max(0, round(255 * (value * card["std"][c] + card["mean"][c]))))

    return [[bytes(pixel(n, c, y, x) for x in range(width) for c in range(channels)) for y in range(height)]
            for n in range(count)]


class Predict(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.base = tempfile.TemporaryDirectory()
        folder = Path(cls.base.name)
        config = folder / "tiny.toml"
        config.write_text(program.TINY + "max_iter = 40\nlr_start = 0.02\nloss = \"ce\"\n"
                          + "eval_scales = [0.75, 1.25]\neval_flip = false\n")
        program.must_run("train", config, f"respth={folder / 'run'}")
        program.must_run("batches", config, "scales=1,1", "color_jitter=0,0,0", "--first", 1, "--count", 2,
                         "--out", folder / "batches.safetensors")
        cls.weights = folder / "run" / "model_final.safetensors"
        cls.card = card_of(cls.weights)
        cls.streets = pixels_of(safetensors_file.read(folder / "batches.safetensors")["images"], cls.card)

    @classmethod
    def tearDownClass(cls):
        cls.base.cleanup()

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.images, self.out = self.folder / "images", self.folder / "out"
        for name, street in zip(("a", "b", "sub/a", "sub/deep/c"), self.streets):
            program.write_png(self.images / f"{name}.png", street, color=True)

    def predict(self, *arguments):
        result = program.must_run("predict", self.weights, *arguments, "--out", self.out, "--force", "--json",
                                  "--quiet")
        return json.loads(result.stdout)

    def refused(self, *arguments):
        result = program.run("predict", self.weights, *arguments)
        said = result.stdout + result.stderr
        self.assertEqual(result.returncode, 2, said)
        self.assertRegex(said, r"error: .+\n  what: .+\n  try:  .+")
        return said

    def written(self):
        return sorted(str(path.relative_to(self.out)) for path in self.out.rglob("*") if path.is_file())

    def test_a_folder_becomes_a_folder(self):
        result = self.predict(self.images)
        self.assertEqual(self.written(), sorted(f"{name}{ending}.png" for name in ("a", "b", "sub/a", "sub/deep/c")
                                                for ending in ("", "_color")))
        self.assertEqual((result["images"], result["problems"], result["out"]), (4, [], str(self.out)))
        self.assertGreater(result["images_per_second"], 0)
        for entry in result["files"]:
            self.assertEqual((entry["height"], entry["width"], entry["tiles"]), (SIDE, SIDE, 1))
            self.assertTrue(Path(entry["image"]).is_file() and Path(entry["labels"]).is_file())

    def test_classes_colours_and_overlay_agree(self):
        self.predict(self.images / "a.png", "--overlay")
        labels = program.read_png(self.out / "a.png")
        self.assertEqual((labels.width, labels.height, labels.depth, labels.color), (SIDE, SIDE, 8, 0))
        seen = {value for row in labels.rows for value in row}
        self.assertGreater(len(seen), 1)
        self.assertLess(max(seen), 11)
        colors = program.read_png(self.out / "a_color.png")
        self.assertEqual(colors.rows, labels.rows)
        self.assertEqual(colors.palette, [tuple(color) for color in self.card["palette"]])
        overlay = program.read_png(self.out / "a_overlay.png")
        self.assertEqual((overlay.width, overlay.height, overlay.color), (SIDE, SIDE, 2))
        for image_row, label_row, row in zip(self.streets[0], labels.rows, overlay.rows):
            mixed = [(image_row[3 * x + c] + self.card["palette"][label][c] + 1) // 2
                     for x, label in enumerate(label_row) for c in range(3)]
            self.assertEqual(row, mixed)

    def test_evaluation_agrees_with_its_own_predictions_as_labels(self):
        self.wide_image()
        self.predict(self.images)
        pairs = [f"images/{name}.png,out/{name}.png" for name in ("a", "b", "sub/a", "sub/deep/c", "wide")]
        (self.folder / "list.txt").write_text("\n".join(pairs) + "\n")
        result = program.must_run("eval", "dataset=CustomerDataset", f"im_root={self.folder}", "n_cats=11",
                                  f"val_im_anns={self.folder}/list.txt", "--weights", self.weights, "--json", "--quiet")
        self.assertEqual(json.loads(result.stdout)["protocols"]["ss"]["pixel_accuracy"], 1)

    def test_by_each_protocol_evaluation_agrees_with_its_own_predictions(self):
        self.wide_image()
        names = ("a", "b", "sub/a", "sub/deep/c", "wide")
        (self.folder / "list.txt").write_text("".join(f"images/{name}.png,out/{name}.png\n" for name in names))
        windows, scales = ["eval_crop=64x96"], ["eval_scales=0.5,1", "eval_flip=true"]
        start, kept = ["eval_start_shortside=80"], ["eval_scales=0.75,1.25", "eval_flip=false", "cropsize=64x64"]
        for protocol, given, rules in (("ssc", windows, windows), ("msf", scales, scales), ("ss", start, start),
                                       ("mscf", windows + scales, windows + scales), ("mscf", [], kept)):
            result = self.predict(self.images, *given, "--protocol", protocol)
            self.assertEqual((result["protocol"], result["images"]), (protocol, 5))
            found = program.must_run("eval", "dataset=CustomerDataset", f"im_root={self.folder}", "n_cats=11",
                                     f"val_im_anns={self.folder}/list.txt", f"eval_protocols={protocol}", *rules,
                                     "--weights", self.weights, "--json", "--quiet")
            self.assertEqual(json.loads(found.stdout)["protocols"][protocol]["pixel_accuracy"], 1, (protocol, given))

    def test_evaluation_says_how_well_each_image_was_predicted(self):
        table, worst = self.folder / "tables" / "scores.csv", self.folder / "worst"
        matrix_picture = self.folder / "pictures" / "matrix.png"
        boundary_picture = self.folder / "boundaries" / "first.png"
        config = Path(self.base.name) / "tiny.toml"
        result = program.must_run("eval", config, "synthetic_val_images=12", "--weights", self.weights, "--json",
                                  "--quiet", "--per-image", table, "--worst", worst,
                                  "--confusion-matrix", matrix_picture, "--boundary-picture", boundary_picture)
        document = json.loads(result.stdout)
        with open(table, newline="") as file:
            rows = list(csv.DictReader(file))
        names = self.card["class_names"]
        self.assertEqual(list(rows[0]), ["image", "miou", "pixel_accuracy", "mean_accuracy", "macro_f1",
                                         *(f"iou {name}" for name in names), *(f"f1 {name}" for name in names),
                                         "boundary_iou", "boundary_f1", *(f"boundary_iou {name}" for name in names),
                                         *(f"boundary_f1 {name}" for name in names), "valid_pixels"])
        self.assertEqual(len(rows), 12)
        for row in rows:
            present = [float(row[f"iou {name}"]) for name in names if row[f"iou {name}"]]
            self.assertAlmostEqual(float(row["miou"]), sum(present) / len(present))
        matrix = document["protocols"]["ss"]["confusion_matrix"]
        valid = sum(int(row["valid_pixels"]) for row in rows)
        self.assertEqual(sum(map(sum, matrix)), valid)
        right = sum(float(row["pixel_accuracy"]) * int(row["valid_pixels"]) for row in rows)
        self.assertAlmostEqual(right / valid, document["protocols"]["ss"]["pixel_accuracy"])
        of_boundaries = [float(row["boundary_f1"]) for row in rows]  # of images: its mean is over them
        self.assertAlmostEqual(sum(of_boundaries) / len(rows), document["protocols"]["ss"]["boundary_f1"])
        expected = sorted(rows, key=lambda row: float(row["miou"]))[:10]
        self.assertEqual([entry["image"] for entry in document["worst"]], [row["image"] for row in expected])
        pictures = sorted(worst.iterdir())
        self.assertEqual([entry["picture"] for entry in document["worst"]], [str(path) for path in pictures])
        self.assertGreater(program.read_png(pictures[0]).width, 3 * SIDE)
        self.assertGreater(program.read_png(matrix_picture).height, 26 * len(names))
        boundaries = program.read_png(boundary_picture)
        self.assertGreater(boundaries.width, 3 * SIDE)
        self.assertGreater(boundaries.height, 4 * SIDE)

    def wide_image(self):
        """150 x 100 pixels, which 32 does not divide."""
        a, b, c, _ = self.streets
        rows = [x + y + z for x, y, z in zip(a, b, c)] + [y + z + x for x, y, z in zip(a, b, c)]
        program.write_png(self.images / "wide.png", [row[:450] for row in rows[:100]], color=True)

    def test_tiles(self):
        self.wide_image()
        entry = self.predict(self.images / "wide.png", "--tile", "64x64")["files"][0]
        self.assertEqual(entry["tiles"], 12)  # 4 x 3 on 160 x 128 padded pixels: neighbours begin 32 apart
        labels = program.read_png(self.out / "wide.png")
        self.assertEqual((labels.width, labels.height), (150, 100))
        self.assertEqual(self.predict(self.images / "wide.png", "--tile", "off")["files"][0]["tiles"], 1)
        self.assertIn("512x1024", self.refused(self.images, "--tile", "large", "--out", self.out))

    def test_probabilities_and_thresholds(self):
        road = self.card["class_names"].index("road")
        wishes = [word for number in range(11) for word in ("--probabilities", number)]
        self.predict(self.images / "a.png", *wishes)
        maps = [program.read_png(self.out / f"a_probability_{name.replace(' ', '-')}.png")
                for name in self.card["class_names"]]
        self.assertEqual({(m.width, m.height, m.depth, m.color) for m in maps}, {(SIDE, SIDE, 16, 0)})
        usual = program.read_png(self.out / "a.png").rows
        limit = 0.15
        self.predict(self.images / "a.png", "--threshold", f"road={limit}")
        changed = program.read_png(self.out / "a.png").rows
        for y in range(SIDE):
            for x in range(SIDE):
                values = [m.rows[y][x] for m in maps]
                self.assertAlmostEqual(sum(values), 65535, delta=6)
                self.assertGreaterEqual(values[usual[y][x]], max(values) - 1)
                if abs(values[road] - limit * 65535) > 1:
                    self.assertEqual(changed[y][x], road if values[road] > limit * 65535 else usual[y][x])
        self.predict(self.images / "a.png", "--threshold", f"{road}=0")
        self.assertEqual({value for row in program.read_png(self.out / "a.png").rows for value in row}, {road})

    def test_numbers_of_the_data_sets_own_label_files(self):
        names = ("a", "b")
        for name, value in zip(names, (7, 9)):
            program.write_png(self.folder / "labels" / f"{name}.png", [bytes([value]) * SIDE] * SIDE)
        (self.folder / "list.txt").write_text("".join(f"images/{name}.png,labels/{name}.png\n" for name in names))
        config = self.folder / "own.toml"
        config.write_text("\n".join(line for line in program.TINY.splitlines() if "ynthetic" not in line) + f'''
dataset = "CustomerDataset"
im_root = "{self.folder}"
train_im_anns = "{self.folder}/list.txt"
val_im_anns = "{self.folder}/list.txt"
label_map = {{7=0, 8=1, 9=1}}
max_iter = 2
''')
        run = self.folder / "run"
        program.must_run("train", config, "n_cats=2", f"respth={run}")
        weights = run / "model_final.safetensors"
        program.must_run("predict", weights, self.images / "a.png", "--out", self.out)
        result = program.must_run("predict", weights, self.images / "a.png", "--out", self.folder / "own", "--ids",
                                  "dataset")
        self.assertIn("class 1 is 8", result.stdout)
        trained = program.read_png(self.out / "a.png").rows
        own = program.read_png(self.folder / "own" / "a.png").rows
        self.assertEqual(own, [[(7, 8)[value] for value in row] for row in trained])
        self.assertEqual(program.read_png(self.folder / "own" / "a_color.png").rows, trained)

    def test_weights_that_do_not_describe_themselves(self):
        content = self.weights.read_bytes()
        (length,) = struct.unpack_from("<Q", content)
        header = json.loads(content[8:8 + length])
        header.pop("__metadata__")
        text = json.dumps(header).encode()
        foreign = self.folder / "foreign.safetensors"
        foreign.write_bytes(struct.pack("<Q", len(text)) + text + content[8 + length:])
        result = program.run("predict", foreign, self.images, "--out", self.out)
        self.assertEqual(result.returncode, 2)
        self.assertIn("model_type, n_cats, mean, std", result.stderr)
        numbers = [f"{key}={','.join(map(str, self.card[key]))}" for key in ("mean", "std")]
        program.must_run("predict", foreign, self.images / "a.png", "model_type=bisenetv2", "n_cats=11", *numbers,
                         "--out", self.out)
        found = program.read_png(self.out / "a.png").rows
        self.predict(self.images / "a.png")
        self.assertEqual(found, program.read_png(self.out / "a.png").rows)
        self.assertIn("says itself", self.refused(self.images, "n_cats=11", "--out", self.out))

    def test_a_bad_file_does_not_stop_the_others(self):
        (self.images / "bad.png").write_bytes((self.images / "a.png").read_bytes()[:500])
        (self.images / "notes.txt").write_text("not an image")
        result = program.run("predict", self.weights, self.images, "--out", self.out, "--json")
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertRegex(result.stderr, r"error: .*bad\.png\n  what: .+\n  try:  .+")
        self.assertEqual(len(self.written()), 8)
        document = json.loads(result.stdout)
        self.assertEqual(document["images"], 4)
        self.assertEqual([problem["where"] for problem in document["problems"]], [str(self.images / "bad.png")])

    def test_images_of_another_kind(self):
        program.write_png(self.images / "gray.png", [row[:SIDE] for row in self.streets[0]])
        self.predict(self.images / "gray.png")  # widened to colour, as in training
        self.assertEqual(program.read_png(self.out / "gray.png").width, SIDE)

    def test_no_image_is_overwritten(self):
        before = (self.images / "a.png").read_bytes()
        self.assertIn("among the images", self.refused(self.images / "a.png", "--out", self.images))
        self.assertIn("among the images", self.refused(self.images, "--out", self.images))
        self.assertEqual((self.images / "a.png").read_bytes(), before)

    def test_results_of_an_earlier_call_stay_unless_it_is_said_otherwise(self):
        program.must_run("predict", self.weights, self.images, "--out", self.out)
        before = {name: (self.out / name).stat().st_ino for name in self.written()}
        (self.out / "b.png").unlink()
        said = self.refused(self.images, "--out", self.out, "--overlay")
        self.assertIn("a.png", said)
        self.assertIn("and so are 6 more", said)
        self.assertIn("--force", said)
        del before["b.png"]
        self.assertEqual({name: (self.out / name).stat().st_ino for name in self.written()}, before)
        program.must_run("predict", self.weights, self.images, "--out", self.out, "--force")
        self.assertEqual(len(self.written()), 8)

    def test_the_folder_for_results_cannot_be_made(self):
        (self.folder / "file").write_text("")
        self.assertIn("file", self.refused(self.images, "--out", self.folder / "file" / "below"))
        self.assertIn("file", self.refused(self.images, "--out", self.folder / "file"))

    def test_wishes_that_cannot_be_granted(self):
        for wish, mention in ((["--protocol", "most"], "--protocol"), (["--probabilities", "raod"], '"road"'),
                              (["--threshold", "road"], "CLASS=P"), (["--threshold", "sky=2"], "CLASS=P"),
                              (["lr_start=1"], "lr_start=1"), ([self.folder / "none.png"], "none.png"),
                              (["device=cuda"], "device")):
            self.assertIn(mention, self.refused(self.images, "--out", self.out, *wish))
        empty = self.folder / "empty"
        empty.mkdir()
        self.assertIn("no images", self.refused(empty, "--out", self.out))
        self.assertFalse(self.out.exists())

    def test_keys_of_the_machine(self):
        self.assertEqual(self.predict(self.images, "threads=1", "precision=fp32")["images"], 4)


if __name__ == "__main__":
    unittest.main()
