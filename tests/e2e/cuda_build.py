# SPDX-License-Identifier: Apache-2.0
"""A build with CUDA, on any machine: it starts, says why it uses no GPU where it uses none, and trains on the processor
all the same."""
import json
import tempfile
import unittest
from pathlib import Path

import program


class CudaBuild(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.config = self.folder / "tiny.toml"
        self.config.write_text(program.TINY)

    def test_it_says_why_no_gpu_is_used(self):
        info = json.loads(program.must_run("info", "--json").stdout)
        cuda = info["cuda"]
        self.assertTrue(cuda["is_built"])
        if cuda["reason"]:
            self.assertIn("device=cpu", cuda["try"])
            self.assertIn(cuda["reason"], info["device"]["reason"])
            refused = program.run("train", self.config, "device=cuda", "max_iter=1", f"respth={self.folder / 'none'}")
            self.assertEqual(refused.returncode, 2, refused.stderr)
            self.assertIn(cuda["reason"], refused.stderr)
        else:
            self.assertTrue(info["device"]["name"].startswith("cuda:0"))

    def test_it_trains_on_the_processor(self):
        run = self.folder / "run"
        program.must_run("train", self.config, "device=cpu", "max_iter=2", f"respth={run}")
        lines = map(json.loads, (run / "metrics.jsonl").read_text().splitlines())
        losses = [line["loss"] for line in lines if line["event"] == "step"]
        self.assertEqual(len(losses), 2)
        self.assertTrue(all(0 < loss < 100 for loss in losses), losses)


if __name__ == "__main__":
    unittest.main()
