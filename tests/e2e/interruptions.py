# SPDX-License-Identifier: Apache-2.0
"""Requests to stop, wherever they come: saved, exit code 75, and the same command ends the run as if none had come."""
import signal
import subprocess
import time
import unittest

import program

SECONDS_TO_WAIT = 60


class Interruptions(program.TinyRun):
    def events(self, name):
        return [line for line in program.metrics(self.folder / "run") if line["event"] == name]

    def start(self, *arguments):
        process = subprocess.Popen(program.command("train", self.config, *arguments), stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        return process

    def wait_for(self, condition):
        deadline = time.monotonic() + SECONDS_TO_WAIT
        while not condition():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.02)

    def is_at_step(self, step):
        metrics = self.folder / "run" / "metrics.jsonl"
        return metrics.is_file() and f'"step":{step},' in metrics.read_text()

    def test_in_the_last_evaluation(self):
        process = self.start("synthetic_val_images=100000")
        self.wait_for(lambda: self.is_at_step(3))
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=SECONDS_TO_WAIT)
        self.assertEqual(process.returncode, 75, said)
        self.assertFalse((self.folder / "run" / "model_final.safetensors").exists())
        program.must_run("train", self.config, "synthetic_val_images=100000", "max_iter=3", "--dry-run")
        self.assertEqual(len(self.events("eval")), 0)

    def test_after_a_kill_behind_the_evaluation_its_line_stands_once(self):
        program.must_run("train", self.config)
        (self.folder / "run" / "model_final.safetensors").unlink()  # as if it had been killed before these
        program.must_run("train", self.config)
        self.assertEqual(len(self.events("eval")), 1)
        self.assertTrue((self.folder / "run" / "model_final.safetensors").exists())

    def test_going_on_keeps_the_first_batch(self):
        program.must_run("train", self.config)
        picture = (self.folder / "run" / "train_batch.png").read_bytes()
        program.must_run("train", self.config, "max_iter=4", "--resume",
                         self.folder / "run" / "checkpoints" / "step_000003.safetensors")
        self.assertEqual((self.folder / "run" / "train_batch.png").read_bytes(), picture)

    def test_the_way_on_does_not_begin_anew(self):
        process = self.start("max_iter=100000", "--resume", "never")
        self.wait_for(lambda: self.is_at_step(2))
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=SECONDS_TO_WAIT)
        self.assertEqual(process.returncode, 75, said)
        self.assertIn("without --resume", said)

    def test_before_the_first_step_nothing_is_left(self):
        """While the labels are looked at: a hundred thousand of them take a while."""
        process = self.start("synthetic_images=100000")
        self.wait_for(lambda: (self.folder / "run" / ".lock").exists())
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=SECONDS_TO_WAIT)
        self.assertEqual(process.returncode, 75, said)
        self.assertIn("stopped before step 1", said)
        self.assertFalse((self.folder / "run").exists())

    def test_in_the_rehearsal_nothing_is_left(self):
        """Images of half a million pixels take their time; the signal comes while they are evaluated."""
        process = self.start("sanity_check=true", "synthetic_size=512x1024", "synthetic_images=1",
                             "threads=1")
        lines = []
        while not lines or (lines[-1] and not lines[-1].startswith("forecast:")):
            lines.append(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=SECONDS_TO_WAIT)
        said = "".join(lines) + said
        self.assertEqual(process.returncode, 75, said)
        self.assertIn("stopped before step 1", said)
        self.assertNotIn("rehearsed", said)
        self.assertFalse((self.folder / "run").exists())

    def test_other_commands_end_at_once(self):
        process = subprocess.Popen(program.command("bench", "loader", self.config, "--steps", 10**9),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=SECONDS_TO_WAIT), -signal.SIGTERM)


if __name__ == "__main__":
    unittest.main()
