#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The doctor as a user meets it: it measures in children of itself, proposes a config, and that config trains."""
import json
import os
import tempfile
import unittest
from pathlib import Path

import program

KEYS = ["max_iter=40", "precision=fp32", "num_workers=0", "cache=off", "threads=1", "synthetic_size=256x256"]


class Doctor(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.config = self.folder / "tiny.toml"
        self.config.write_text(program.TINY.replace("num_workers = 1\n", "").replace("synthetic_size = [64, 64]\n", ""))

    def doctor(self, *arguments):
        return program.run("doctor", self.config, *KEYS, *arguments, timeout=300)

    def test_measures_proposes_and_writes(self):
        tuned = self.folder / "tuned.toml"
        result = self.doctor("--budget", "25s", "--apply", tuned, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        report = json.loads(result.stdout)
        self.assertEqual(set(report["phases"]), {"data_wait", "transfer", "forward", "loss", "backward", "optimizer",
                                                 "logging", "evaluation", "checkpoint", "other"})
        self.assertAlmostEqual(sum(report["phases"].values()), 1, places=6)
        self.assertGreater(report["before"]["images_per_second"], 0)
        self.assertGreater(report["after"]["images_per_second"], 0)
        for figure in ("run_rate", "loader_rate", "step_rate", "evaluation_seconds", "decoded_bytes"):
            self.assertGreater(report["figures"][figure], 0, figure)
        for finding in report["findings"]:
            self.assertTrue(finding["evidence"] and finding["advice"], finding)
            if finding["is_applied"]:
                self.assertGreater(finding["verified_speedup"], 1)
                self.assertIn(finding["effect"], ("none", "numeric"))
                self.assertLessEqual(finding["change"].items(), report["tuned"].items())
        text = tuned.read_text()
        self.assertIn("# segtrain doctor: ", text)
        trained = program.run("train", tuned, f"respth={self.folder / 'run'}", "max_iter=2")
        self.assertEqual(trained.returncode, 0, trained.stderr)

    def test_leaves_no_files(self):
        temporary = self.folder / "temporary"
        temporary.mkdir()
        result = program.run("doctor", self.config, *KEYS, "--budget", "5s", timeout=300,
                             env={**os.environ, "TMPDIR": str(temporary)})
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(list(temporary.iterdir()), [])
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["temporary", "tiny.toml"])
        self.assertIn("loader and step together", result.stdout)

    def test_a_run_can_be_tuned_before_it_begins_and_stays_so(self):
        keys = [*KEYS[1:], "max_iter=4", "auto_tune=true", "checkpoint_interval=2", f"respth={self.folder / 'run'}"]
        first = program.run("train", self.config, *keys, "--json", timeout=300)
        self.assertEqual(first.returncode, 0, first.stderr)
        self.assertIn("auto_tune", first.stderr)
        lines = [json.loads(line) for line in (self.folder / "run" / "metrics.jsonl").read_text().splitlines()]
        tuned = lines[0]["tuned"]
        kept = (self.folder / "run" / "config.toml").read_text()
        for key, value in tuned.items():
            self.assertIn(f"\n{key} = {json.dumps(value)} ", kept)
        # Going on measures nothing again: what was tuned is in the record.
        for path in (self.folder / "run").glob("model_final.*"):
            path.unlink()
        for path in (self.folder / "run" / "checkpoints").glob("step_000004.*"):
            path.unlink()
        again = program.run("train", self.config, *keys, "--json", timeout=300)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertNotIn("the doctor measures first", again.stderr)
        lines = [json.loads(line) for line in (self.folder / "run" / "metrics.jsonl").read_text().splitlines()]
        self.assertEqual([line["tuned"] for line in lines if line["event"] == "resume"], [tuned])

    def test_a_run_that_cannot_be_measured_says_how_to_see_why(self):
        result = self.doctor("ims_per_gpu=60000", "cropsize=16384x16384", "memory_limit=1", "--budget", "5s")
        self.assertEqual(result.returncode, 2, result.stdout)
        self.assertIn("segtrain bench run CONFIG", result.stderr)

    def test_what_the_user_can_mend_is_told_before_measuring(self):
        for arguments, said in (((*KEYS, "--budget", "soon"), "--budget 60s"),
                                ((*KEYS, "--apply", self.config), "tiny.toml"),
                                (("max_iter=3", "cropsize=100x100"), "cropsize=96x96")):
            result = program.run("doctor", self.config, *arguments)
            self.assertEqual(result.returncode, 2, result.stdout)
            self.assertIn(said, result.stderr)


if __name__ == "__main__":
    unittest.main()
