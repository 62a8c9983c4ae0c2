# SPDX-License-Identifier: Apache-2.0
"""What a run tells about itself when it is over: its page, which stands alone, and runs put side by side."""
import csv
import html.parser
import io
import json
import unittest

import program

VOID = {"meta", "link", "img", "br", "hr", "input", "circle", "path"}


class Page(html.parser.HTMLParser):
    """Tags that are open when they should not be, whatever is loaded from elsewhere, and all text."""
    def __init__(self, text):
        super().__init__()
        self.open, self.mistakes, self.loaded, self.texts = [], [], [], []
        self.feed(text)
        self.mistakes += self.open

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("src", "href") and not value.startswith(("#", "data:")):
                self.loaded.append(value)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.mistakes.append(tag)

    def handle_data(self, data):
        self.texts.append(data)


class Reports(program.TinyRun):
    def test_a_run_leaves_a_page_that_stands_alone(self):
        program.must_run("train", self.config)
        text = (self.folder / "run" / "report.html").read_text()
        page = Page(text)
        self.assertEqual(page.mistakes, [])
        self.assertEqual(page.loaded, [])
        self.assertNotIn("<script", text)
        said = " ".join(page.texts)
        for word in ("finished", "road", "Confusion matrix", "the images predicted worst", "lr_start"):
            self.assertIn(word, said)
        self.assertIn("data:image/png;base64,", text)

    def test_of_a_run_that_was_killed_it_is_made_by_hand(self):
        program.must_run("train", self.config, "report=false")
        run = self.folder / "run"
        self.assertFalse((run / "report.html").exists())
        lines = (run / "metrics.jsonl").read_text().splitlines(keepends=True)
        (run / "metrics.jsonl").write_text("".join(lines[:-1]) + lines[-1][:20])  # killed while it wrote
        document = json.loads(program.must_run("report", run, "--json").stdout)
        self.assertEqual(document["file"], str(run / "report.html"))
        self.assertIn("no end yet", (run / "report.html").read_text())
        refused = program.run("report", self.folder)
        self.assertEqual(refused.returncode, 2)
        self.assertIn("metrics.jsonl", refused.stderr)

    def test_runs_stand_side_by_side(self):
        runs = []
        for seed in (1, 2):
            runs.append(self.folder / f"seed_{seed}")
            program.must_run("train", self.config, f"seed={seed}", f"respth={runs[-1]}", "report=false")
        rows = list(csv.DictReader(io.StringIO(program.must_run("compare", *runs, "--format", "csv").stdout)))
        self.assertEqual([row["run"] for row in rows], ["seed_1", "seed_2"])
        self.assertEqual([row["seed"] for row in rows], ["1", "2"])
        document = json.loads(program.must_run("compare", *runs, "--json").stdout)
        self.assertEqual(document["groups"][0]["runs"], ["seed_1", "seed_2"])
        means = [document["runs"][i]["best"]["ss"]["miou"] for i in (0, 1)]
        self.assertAlmostEqual(document["groups"][0]["miou"]["ss"]["mean"], sum(means) / 2)
        self.assertIn("±", program.must_run("compare", *runs).stdout)


if __name__ == "__main__":
    unittest.main()
