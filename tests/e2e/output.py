# SPDX-License-Identifier: Apache-2.0
"""Where the output goes: a full disk is no success, and a reader that leaves does not end a run."""
import subprocess
import unittest

import program


class Output(program.TinyRun):
    def run_to_full_disk(self, *arguments):
        with open("/dev/full", "w") as full:
            return subprocess.run(program.command(*arguments), stdout=full, stderr=subprocess.PIPE, text=True,
                                  timeout=120)

    def assert_said(self, result):
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertRegex(result.stderr, r"error: standard output\n  what: .*could not all be written.*\n  try:  .+")

    def test_on_a_full_disk_a_result_is_lost_and_that_is_no_success(self):
        for arguments in (["config", self.config], ["config", self.config, "--json"], ["info"], ["info", "--json"],
                          ["--help"]):
            with self.subTest(arguments):
                self.assert_said(self.run_to_full_disk(*arguments))

    def test_on_a_full_disk_a_run_goes_on_and_tells_at_the_end(self):
        self.assert_said(self.run_to_full_disk("train", self.config))
        self.assertTrue((self.folder / "run" / "model_final.safetensors").exists())

    def test_a_reader_that_leaves_does_not_end_a_run(self):
        process = subprocess.Popen(program.command("train", self.config), stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        process.stdout.close()
        _, errors = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 0, errors)
        self.assertEqual(errors, "")
        self.assertTrue((self.folder / "run" / "model_final.safetensors").exists())

    def test_a_document_that_nobody_reads_is_lost(self):
        process = subprocess.Popen(program.command("train", self.config, "--json"), stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        process.stdout.close()
        _, errors = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 1, errors)
        self.assertIn("error: standard output", errors)


if __name__ == "__main__":
    unittest.main()
