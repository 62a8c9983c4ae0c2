# SPDX-License-Identifier: Apache-2.0
"""bench/compare_torch.py and bench/compare_infer.py with a program and peers that are not there."""
import contextlib
import io
import sys
import unittest
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))
import compare_infer  # noqa: E402
import compare_torch  # noqa: E402

WORKS = {"seconds": [2.0], "growth_bytes": 10, "first_loss": 1.0}
BENCHES = {"step": {"first_loss": 1.0, "seconds_per_step": {"median": 1.0}, "memory_growth_bytes": 5},
           "infer": {"milliseconds": {"median": 1000.0}}}


class FakeProgram:
    def __init__(self, model):
        self.keys = {"model_type": model, "n_cats": 19, "lb_ignore": 255}

    def run(self, *_, **__):
        return ""

    run_plain = run

    def json(self, _, part, **__):
        return BENCHES[part]


def arguments(**more):
    return SimpleNamespace(rounds=2, steps=1, warmup=0, images=1, threads=1, size=(32, 64),
                           precisions=["fp32", "bf16"], **more)


class PeersThatAreLeftOut(unittest.TestCase):
    """One fails in fp32 only, and of bisenetv2 only: it is asked for again in each other case."""

    def setUp(self):
        self.asked = []

    def try_child(self, _, given, *__):
        self.asked.append((given["model"], given["precision"]))
        fails = given["precision"] == "fp32" and given["model"] == "bisenetv2"
        return (None, "no compiler") if fails else (WORKS, None)

    def check(self, model, result, failing):
        timed = {precision: "compiled" in sides for precision, sides in result["precisions"].items()}
        if failing:
            self.assertEqual(result["left_out"], {"fp32": {"compiled": "no compiler"}, "bf16": {}})
            self.assertEqual(timed, {"fp32": False, "bf16": True})
            self.assertEqual(self.asked.count((model, "fp32")), 1)  # not in the second round
        else:
            self.assertEqual(result["left_out"], {"fp32": {}, "bf16": {}})
            self.assertEqual(timed, {"fp32": True, "bf16": True})

    def test_of_a_step(self):
        results = {}
        with mock.patch.object(compare_torch, "try_child", self.try_child), \
                mock.patch.object(compare_torch, "child", lambda *_: WORKS):
            for model in ("bisenetv2", "bisenetv1"):
                results[model] = compare_torch.compare_step(FakeProgram(model), arguments(peers=["compiled"]))
                self.check(model, results[model], model == "bisenetv2")
        text = io.StringIO()
        with contextlib.redirect_stdout(text), mock.patch.object(compare_torch, "machine_text", str):
            compare_torch.print_step({"machine": "", "models": results})
        self.assertEqual(text.getvalue().count("fp32 compiled left out: no compiler"), 1)

    def test_of_an_inference(self):
        with mock.patch.object(compare_infer, "try_child", self.try_child), \
                mock.patch.object(compare_infer, "machine", str), \
                mock.patch.object(compare_infer, "child", lambda *_: {"relative_error": 0, "same_class": 1}):
            for model in ("bisenetv2", "bisenetv1"):
                result = compare_infer.compare_infer(FakeProgram(model), arguments(peers=["compiled"]))
                self.check(model, result, model == "bisenetv2")
        text = io.StringIO()
        with contextlib.redirect_stdout(text), mock.patch.object(compare_infer, "machine_text", str):
            compare_infer.print_infer({**result, "left_out": {"fp32": {"compiled": "no compiler"}, "bf16": {}}})
        self.assertIn("fp32 compiled left out: no compiler", text.getvalue())


if __name__ == "__main__":
    unittest.main()
