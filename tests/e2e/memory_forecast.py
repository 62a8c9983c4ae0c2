# SPDX-License-Identifier: Apache-2.0
"""What a run is forecast to take of memory, beside what it took, as a process of its own. Standard library only."""
import os
import re
import subprocess
import tempfile
import unittest

import program

UNITS = {"MB": 1e6, "GB": 1e9}


def peak_of(*arguments):
    """Bytes that were resident at most, and what the program told."""
    with tempfile.TemporaryFile("w+") as text:
        child = subprocess.Popen(program.command(*arguments), stdout=text, stderr=text)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        text.seek(0)
        told = text.read()
    if child.returncode != 0:
        raise AssertionError(told)
    return 1024 * usage.ru_maxrss, told


class MemoryForecast(unittest.TestCase):
    def test_is_what_a_whole_run_takes_with_its_rehearsal_its_evaluation_and_its_checkpoint(self):
        before, _ = peak_of("info")
        with tempfile.TemporaryDirectory() as folder:
            peak, told = peak_of("train", "model_type=bisenetv1", "dataset=Synthetic", "synthetic_size=256x512",
                                 "cropsize=256x512", "ims_per_gpu=4", "synthetic_images=8", "synthetic_val_images=2",
                                 "precision=fp32", "threads=2", "num_workers=2", "max_iter=2", f"respth={folder}/run")
        amount, unit = re.search(r"forecast: about ([0-9.]+) ([MG]B) of memory", told).groups()
        forecast = float(amount) * UNITS[unit]
        self.assertAlmostEqual((peak - before) / forecast, 1, delta=0.1)


if __name__ == "__main__":
    unittest.main()
