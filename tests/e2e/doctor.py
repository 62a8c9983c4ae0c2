#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The doctor as a user meets it: it measures in children of itself, proposes a config, and that config trains."""
import json
import os
import tempfile
import unittest
from pathlib import Path

import program

KEYS = ["max_iter=40", "num_workers=0", "cache=off"]
# Beside such reads the tiny step is short, whatever else the machine does.
SLOW = {**os.environ, "SEGTRAIN_READ_DELAY_MS": "300"}


class Doctor(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.config = self.folder / "tiny.toml"
        tiny = program.TINY.replace("num_workers = 1\n", "").replace("use_fp16 = false\n", "")
        self.config.write_text(tiny)

    def files(self):
        """Keys for the same with images in files."""
        data = self.folder / "data"
        names = []
        for i in range(3):
            program.write_png(data / f"{i}.png", [bytes([80 * i, y, 7] * 64) for y in range(64)], color=True)
            labels = [bytes([(x + y + i) // 16 for x in range(64)]) for y in range(64)]
            program.write_png(data / f"{i}_label.png", labels)
            names.append(f"{i}.png,{i}_label.png")
        (data / "all.txt").write_text("\n".join(names) + "\n")
        return ["ims_per_gpu=1", "threads=1", "dataset=CustomerDataset", f"im_root={data}", "train_im_anns=all.txt",
                "val_im_anns=all.txt"]

    def take_back_the_end(self, run, step):
        """As if the run had been killed before its last step."""
        for pattern in ("model_final.*", f"checkpoints/step_{step:06}.*"):
            for path in (self.folder / run).glob(pattern):
                path.unlink()

    def doctor(self, *arguments, **options):
        return program.run("doctor", self.config, *KEYS, *arguments, timeout=300, **options)

    def test_measures_proposes_and_writes(self):
        tuned = self.folder / "tuned.toml"
        result = self.doctor(*self.files(), "--budget", "2m", "--apply", tuned, "--json", env=SLOW)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("SEGTRAIN_READ_DELAY_MS=300 stands in the environment", result.stderr)
        report = json.loads(result.stdout)
        self.assertEqual(set(report["phases"]), {"data_wait", "transfer", "forward", "loss", "backward", "optimizer",
                                                 "logging", "evaluation", "checkpoint", "other"})
        self.assertAlmostEqual(sum(report["phases"].values()), 1, places=6)
        for figure in ("run_rate", "loader_rate", "step_rate", "evaluation_seconds", "decoded_bytes"):
            self.assertGreater(report["figures"][figure], 0, figure)
        for finding in report["findings"]:
            self.assertTrue(finding["evidence"] and finding["advice"], finding)
        kept = [finding for finding in report["findings"] if finding["is_applied"]]
        self.assertIn("slow_disk", [finding["rule"] for finding in kept], result.stderr)
        for finding in kept:
            self.assertGreater(finding["verified_speedup"], 1)
            self.assertIn(finding["effect"], ("none", "numeric"))
            self.assertLessEqual(finding["change"].items(), report["tuned"].items())
        self.assertEqual(report["tuned"]["cache"], "ram")
        self.assertGreater(report["after"]["images_per_second"], report["before"]["images_per_second"])
        text = tuned.read_text()
        self.assertIn("# segtrain doctor: ", text)
        self.assertRegex(text, r'(?m)^cache = "ram" +# doctor; before: ')
        trained = program.run("train", tuned, f"respth={self.folder / 'run'}", "max_iter=2")
        self.assertEqual(trained.returncode, 0, trained.stderr)

    def test_leaves_no_files(self):
        temporary = self.folder / "temporary"
        temporary.mkdir()
        result = program.run("doctor", self.config, *KEYS, "--budget", "30s", timeout=300,
                             env={**os.environ, "TMPDIR": str(temporary)})
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(list(temporary.iterdir()), [])
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["temporary", "tiny.toml"])
        self.assertIn("loader and step together", result.stdout)

    def test_a_run_can_be_tuned_before_it_begins_and_stays_so(self):
        keys = [*KEYS[1:], *self.files(), "max_iter=8", "auto_tune=true", "checkpoint_interval=4",
                "eval_interval=0", f"respth={self.folder / 'run'}"]
        first = program.run("train", self.config, *keys, "--json", timeout=300, env=SLOW)
        self.assertEqual(first.returncode, 0, first.stderr)
        self.assertIn("auto_tune", first.stderr)
        lines = [json.loads(line) for line in (self.folder / "run" / "metrics.jsonl").read_text().splitlines()]
        tuned = lines[0]["tuned"]
        self.assertEqual(tuned["cache"], "ram", first.stderr)
        kept = (self.folder / "run" / "config.toml").read_text()
        for key, value in tuned.items():
            self.assertIn(f"\n{key} = {json.dumps(value)} ", kept)
        # Going on measures nothing again: what was tuned is in the record.
        self.take_back_the_end("run", 8)
        again = program.run("train", self.config, *keys, "--json", timeout=300)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertNotIn("the doctor measures first", again.stderr)
        lines = [json.loads(line) for line in (self.folder / "run" / "metrics.jsonl").read_text().splitlines()]
        self.assertEqual([line["tuned"] for line in lines if line["event"] == "resume"], [tuned])
        self.assertTrue(all("verified_speedup" in finding for line in lines for finding in line.get("tried", [])))
        # So does another run that begins with a checkpoint of this one, and goes on later.
        checkpoint = next((self.folder / "run" / "checkpoints").glob("step_000004.*"))
        for resume in (checkpoint, "auto"):
            other = program.run("train", self.config, *keys, "max_iter=12", f"respth={self.folder / 'other'}",
                                "--resume", resume, timeout=300)
            self.assertEqual(other.returncode, 0, other.stderr)
            self.assertNotIn("auto_tune", other.stdout)
            self.take_back_the_end("other", 12)
        lines = [json.loads(line) for line in (self.folder / "other" / "metrics.jsonl").read_text().splitlines()]
        self.assertEqual([line["tuned"] for line in lines if line["event"] == "resume"], 2 * [tuned])

    def test_a_run_that_began_without_the_doctor_goes_on_so_and_says_it(self):
        keys = [*KEYS[1:], "max_iter=2", "eval_interval=0", "dataset=Synthetic", f"respth={self.folder / 'run'}"]
        self.assertEqual(program.run("train", self.config, *keys, timeout=300).returncode, 0)
        again = program.run("train", self.config, *keys, "auto_tune=true", timeout=300)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn("began without it", again.stdout)
        self.assertNotIn("measures first", again.stdout)

    def test_a_run_that_cannot_be_measured_says_how_to_see_why(self):
        result = self.doctor("cropsize=1024x2048", "memory_limit=0.2", "sanity_check=true", "--budget", "30s")
        self.assertEqual(result.returncode, 3, result.stdout)
        self.assertIn("not even a training step on 1 image", result.stderr)
        self.assertIn("error: cropsize (command line)\n", result.stderr)  # not the child's own file, which is gone
        self.assertIn("memory_limit=", result.stderr)

    def test_without_a_place_for_its_config_it_does_not_begin(self):
        result = program.run("doctor", self.config, *KEYS, env={**os.environ, "TMPDIR": "/not/there"})
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertIn("is no folder, and the doctor keeps a config there", result.stderr)

    def test_a_budget_bounds_the_first_measurement(self):
        result = self.doctor("cropsize=256x256", "ims_per_gpu=4", "gradient_accumulation_steps=200", "--budget", "5s")
        self.assertEqual(result.returncode, 2, result.stdout)
        self.assertIn("--budget 2m", result.stderr)

    def test_what_the_user_can_mend_is_told_before_measuring(self):
        for arguments, said in (((*KEYS, "--budget", "soon"), "--budget 60s"),
                                ((*KEYS, "--apply", self.config), "tiny.toml"),
                                ((*KEYS, "--apply", "tuned.py"), "what is written is a config in TOML"),
                                (("max_iter=3", "cropsize=100x100"), "cropsize=96x96")):
            result = program.run("doctor", self.config, *arguments)
            self.assertEqual(result.returncode, 2, result.stdout)
            self.assertIn(said, result.stderr)


if __name__ == "__main__":
    unittest.main()
