# SPDX-License-Identifier: Apache-2.0
"""Configs of the Python trainer: shown, converted, trained on, and never executed."""
import json
import tempfile
import unittest
from pathlib import Path

import program

# The keys of program.TINY, as such a config has them.
TINY = """'''streets, drawn as they are needed'''
cfg = dict(
    model_type='bisenetv2',
    class_num=11,
    dataset="Synthetic",
    synthetic_images=24, synthetic_val_images=2,
    synthetic_size=[64, 32 * 2],
    crop_size=(64, 64),
    scales=[0.75, 1.5],
    ims_per_gpu=2, num_workers=1,
    use_fp16=False,
    lr_start=5e-3,
    warmup_iters=5, max_iter=3,
    sanity_check=False,
    finetune_from=None,
    respth='{respth}',
)
"""

# Each would leave a file behind if anything of it were executed.
HARMFUL = {
    "statement import": "import os\nos.system('touch {file}')\ncfg = dict(n_cats=3)\n",
    "statement from": "cfg = dict(n_cats=3)\nfrom pathlib import Path; Path('{file}').touch()\n",
    "__import__": "cfg = dict(respth=__import__('os').system('touch {file}'))\n",
    "open": "cfg = {{'respth': open('{file}', 'w')}}\n",
    "eval": "cfg = dict(n_cats=eval(\"open('{file}', 'w')\"))\n",
    "f-string": "cfg = dict(respth=f\"{{open('{file}', 'w')}}\")\n",
    "lambda": "cfg = dict(n_cats=(lambda: open('{file}', 'w'))())\n",
    "comprehension": "cfg = dict(scales=[1.0 for x in [open('{file}', 'w')]])\n",
    "statement class": "class cfg:\n    n_cats = open('{file}', 'w')\n",
    "attribute": "cfg = dict(respth='touch {file}'.__class__)\n",
}


class PythonConfig(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.config = self.folder / "my.py"
        self.config.write_text(TINY.format(respth=self.folder / "run"))

    def test_is_converted_to_toml_of_the_same_meaning(self):
        shown = program.must_run("config", self.config).stdout
        converted = self.folder / "my.toml"
        converted.write_text(shown)
        keys = [json.loads(program.must_run("config", config, "--json").stdout)["keys"]
                for config in (self.config, converted)]
        self.assertEqual(keys[0], keys[1])
        self.assertEqual((keys[0]["n_cats"], keys[0]["cropsize"], keys[0]["eval_interval"]), (11, [64, 64], 0))

    def test_is_trained_on(self):
        result = program.must_run("train", self.config)
        self.assertIn("class_num", result.stdout)
        self.assertEqual(program.metrics(self.folder / "run")[-1]["event"], "end")

    def test_an_unknown_key_passes_on_request(self):
        self.config.write_text(self.config.read_text().replace("    lr_start", "    of_a_fork=[1, 'x'],\n    lr_start"))
        self.assertEqual(program.run("train", self.config, "--dry-run").returncode, 2)
        for command in (["config"], ["train", "--dry-run"], ["bench", "loader"], ["model"]):
            result = program.must_run(*command, self.config, "--ignore-unknown")
            self.assertEqual((result.stdout + result.stderr).count("of_a_fork"), 1, command)

    def test_is_never_executed(self):
        for name, source in HARMFUL.items():
            with self.subTest(name):
                self.config.write_text(source.format(file=self.folder / "executed"))
                for command in ("config", "train"):
                    result = program.run(command, self.config, "--ignore-unknown")
                    self.assertEqual(result.returncode, 2, result.stdout + result.stderr)
                    self.assertRegex(result.stderr, r"error: .*my\.py:\d+\n  what: .+\n  try:  .+")
                    self.assertIn(name, result.stderr)
                    self.assertEqual(sorted(self.folder.iterdir()), [self.config])


if __name__ == "__main__":
    unittest.main()
