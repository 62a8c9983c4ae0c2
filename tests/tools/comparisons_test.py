# SPDX-License-Identifier: Apache-2.0
"""bench/compare_{torch,infer,boundaries,watching}.py with a program and peers that are not there."""
import contextlib
import io
import json
import math
import random
import sys
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))
import compare_boundaries  # noqa: E402
import compare_infer  # noqa: E402
import compare_torch  # noqa: E402
import compare_watching  # noqa: E402
from program import comparison_parser  # noqa: E402

WORKS = {"seconds": [2.0], "growth_bytes": 10, "first_loss": 1.0}
BENCHES = {"step": {"first_loss": 1.0, "seconds_per_step": {"median": 1.0}, "memory_growth_bytes": 5,
                    "machine": {"device": "cpu (any)"}},
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


class Trainer:
    """Each variant has its figures, a seed's a hundredth above the last; a step with PointRend takes 1.1 seconds."""

    METRICS = {"plain": (0.50, 0.30), "weighted": (0.515, 0.30), "uncertainty": (0.50, 0.40), "boundary": (0.47, 0.26)}

    def __init__(self):
        self.keys = {"max_iter": 7, "ims_per_gpu": 2, "cropsize": [32, 64]}
        self.folders, self.timed = [], []

    @staticmethod
    def variant(keys):
        if keys["point_rend"] == "true":
            return keys["point_source"]
        return "plain" if float(keys["boundary_weight"]) == 0 else "weighted"

    def json(self, *command, overrides, options=()):
        keys = dict(each.split("=") for each in overrides)
        variant = self.variant(keys)
        if command == ("bench", "step"):
            self.timed.append(variant)
            return {"seconds_per_step": {"median": 1.1 if keys["point_rend"] == "true" else 1.0}}
        self.folders.append(Path(keys["respth"]))
        miou, boundary_iou = (value + int(keys["seed"]) / 100 for value in self.METRICS[variant])
        return {"metrics": {"protocols": {"ss": {"miou": miou, "boundary_iou": boundary_iou, "boundary_f1": 0.5}}}}


class Arguments(unittest.TestCase):
    def test_the_config_may_be_left_out_before_overrides(self):
        parser = comparison_parser("", steps=3)
        for words, config, overrides in (([], "step.toml", []), (["a=1", "b=2"], "step.toml", ["a=1", "b=2"]),
                                         (["c.toml", "b=2"], "c.toml", ["b=2"])):
            found = parser.parse_args(words)
            self.assertEqual((Path(found.config).name, found.overrides), (config, overrides))


class WaysToSharperBoundaries(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.program = Trainer()

    def compare(self, **more):
        given = {"variants": list(compare_boundaries.VARIANTS), "seeds": [0, 1, 2], "weight": 2.0, "runs": self.folder,
                 "rounds": 2, "steps": 4, **more}
        with mock.patch.object(compare_boundaries, "machine", lambda _: {}):
            return compare_boundaries.compare(self.program, SimpleNamespace(**given))

    def test_runs_differ_in_variant_and_seed_alone_and_are_kept(self):
        self.compare()
        self.assertEqual(sorted({folder.name for folder in self.program.folders}),
                         sorted(f"{variant}_{seed}" for variant in Trainer.METRICS for seed in (0, 1, 2)))
        self.assertEqual({folder.parent for folder in self.program.folders}, {self.folder})

    def test_a_difference_counts_where_all_seeds_are_apart(self):
        variants = self.compare()["variants"]
        plain, weighted = (variants[name]["metrics"]["miou"] for name in ("plain", "weighted"))
        self.assertAlmostEqual(plain["mean"], 0.51)
        self.assertAlmostEqual(plain["spread"], 0.02)
        self.assertNotIn("is_apart", plain)
        self.assertAlmostEqual(weighted["above_plain"], 0.015)
        self.assertFalse(weighted["is_apart"])
        self.assertTrue(variants["uncertainty"]["metrics"]["boundary_iou"]["is_apart"])
        self.assertTrue(variants["boundary"]["metrics"]["miou"]["is_apart"])
        self.assertFalse(variants["boundary"]["metrics"]["boundary_f1"]["is_apart"])

    def test_steps_are_timed_by_turns(self):
        variants = self.compare()["variants"]
        self.assertEqual(self.program.timed, list(compare_boundaries.VARIANTS) * 2)
        self.assertAlmostEqual(variants["boundary"]["step_cost"]["median"], 0.1)
        self.assertAlmostEqual(variants["weighted"]["step_cost"]["median"], 0)
        self.assertNotIn("step_cost", variants["plain"])

    def test_either_half_alone(self):
        self.assertNotIn("step_seconds", self.compare(rounds=0)["variants"]["plain"])
        self.program = Trainer()
        found = self.compare(seeds=[])["variants"]["uncertainty"]
        self.assertEqual((found["metrics"], self.program.folders), ({}, []))
        self.assertIn("step_cost", found)

    def printed(self, **more):
        text = io.StringIO()
        with contextlib.redirect_stdout(text), mock.patch.object(compare_boundaries, "machine_text", str):
            compare_boundaries.print_result(self.compare(**more))
        return text.getvalue()

    def test_one_seed_is_no_spread_and_no_difference(self):
        text = self.printed(seeds=[0])
        self.assertIn("1 seed, ", text)
        self.assertRegex(text, r"boundary +47\.00 +\d+\.00 +\d+\.00 +\+10\.0% \(0\.0%\)")
        self.assertNotRegex(text, r"[0-9)] \*")

    def test_what_is_printed(self):
        text = self.printed()
        self.assertIn("3 seeds, ", text)
        self.assertRegex(text, r"plain +51\.00 \(2\.00\) +31\.00 \(2\.00\) +50\.00 \(0\.00\) +1\.000 s")
        self.assertRegex(text, r"boundary +48\.00 \(2\.00\) \* .+ \+10\.0% \(0\.0%\)")


class Watched:
    """A run whose steps take a second, and watched ones `cost` longer; each start and each end take a while besides."""

    def __init__(self, costs):
        self.costs = iter(costs)
        self.order = []

    def run(self, command, *, overrides):
        keys = dict(each.split("=") for each in overrides)
        self.order.append(keys["advise"] == "true")
        step = 1 + (next(self.costs) if self.order[-1] else 0)
        folder, steps = Path(keys["respth"]), int(keys["max_iter"])
        folder.mkdir()
        lines = [{"event": "start", "time": 50.0}]
        lines += [{"event": "step", "step": i, "time": 100 + step * i,
                   "phases": {"forward": 0.99, "logging": 0.001 * i, "other": 0.002}} for i in (1, 2, 5, 10, 20, steps)]
        lines += [{"event": "eval", "step": steps, "time": 900.0}]
        (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))

    def json(self, *_, **__):
        return {"timing": {"share": 0.0001}}


class WhatBeingWatchedCosts(unittest.TestCase):
    def compare(self, costs):
        program = Watched(costs)
        result = compare_watching.compare(program, SimpleNamespace(rounds=len(costs), steps=60))
        text = io.StringIO()
        with contextlib.redirect_stdout(text), mock.patch.object(compare_watching, "machine_text", str):
            compare_watching.print_result({"machine": "", **result})
        return program, result, text.getvalue()

    def test_is_taken_by_turns_and_between_two_lines(self):
        program, result, text = self.compare([0.004, 0.002, 0.006, 0.003, 0.004, 0.005])
        self.assertEqual(program.order, [False, True, True, False] * 3)
        self.assertAlmostEqual(result["unwatched_seconds"]["median"], 1)
        self.assertAlmostEqual(result["cost"]["median"], 0.004)
        self.assertIn("costs +0.40% of a step; between +0.20% and +0.60%: less than 1%", text)

    def test_is_told_by_the_phases_of_the_watched_run(self):
        # Behind the line of step 10, ten steps have 0.022 of their time and forty 0.062.
        self.assertIn("own phases it takes 5.400% (at most 5.400%)", self.compare([0.004])[2])

    def test_a_machine_that_is_not_quiet_is_no_proof(self):
        self.assertIn("differ too much to tell", self.compare([0.004, 0.05, -0.03, 0.001, 0.002, 0.003])[2])
        self.assertIn("1% or more", self.compare([0.021, 0.02, 0.022, 0.03, 0.025, 0.021])[2])
        self.assertIn("of fewer than six rounds it cannot be told", self.compare([0.001, 0.001, 0.001])[2])

    def test_the_interval_holds_the_median_in_95_of_100_cases(self):
        self.assertIsNone(compare_watching.interval_of_median([1, 2, 3, 4, 5]))
        self.assertEqual(compare_watching.interval_of_median([6, 5, 4, 3, 2, 1]), [1, 6])
        self.assertEqual(compare_watching.interval_of_median(list(range(9))), [1, 7])
        draw = random.Random(1)
        around = 0
        for _ in range(2000):
            least, most = compare_watching.interval_of_median([draw.expovariate(1) for _ in range(12)])
            around += least <= math.log(2) <= most
        self.assertGreater(around, 1880)


if __name__ == "__main__":
    unittest.main()
