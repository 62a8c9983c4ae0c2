# SPDX-License-Identifier: Apache-2.0
"""`bench infer` as a process of its own, whose peak of memory nothing else has moved. Standard library only."""
import json
import os
import unittest

import program

CLASSES, HEIGHT, WIDTH = 200, 256, 512


class BenchInfer(unittest.TestCase):
    def test_the_growth_of_memory_is_that_of_looking_alone(self):
        """Not of the network for comparison, nor of the full-resolution logits by which the two are compared."""
        result = program.must_run("bench", "infer", "--json", "dataset=Synthetic", f"n_cats={CLASSES}", "threads=1",
                                  f"cropsize={HEIGHT}x{WIDTH}", "--steps", 1, "--warmup", 0)
        figures = json.loads(result.stdout)
        self.assertGreaterEqual(figures["memory_growth_bytes"], figures["peak_bytes"])
        self.assertLess(figures["memory_growth_bytes"], 4 * CLASSES * HEIGHT * WIDTH)

    def test_bf16_on_a_processor_without_it(self):
        """The library's convolution with bias and ReLU in one refuses it there; ATen's takes it."""
        bounded = {**os.environ, "ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2"}
        result = program.must_run("bench", "infer", "--json", "dataset=Synthetic", "n_cats=11", "cropsize=64x64",
                                  "precision=bf16", "--steps", 1, "--warmup", 0, env=bounded)
        self.assertEqual(json.loads(result.stdout)["machine"]["precision"], "bf16")


if __name__ == "__main__":
    unittest.main()
