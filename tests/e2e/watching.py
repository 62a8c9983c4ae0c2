# SPDX-License-Identifier: Apache-2.0
"""What looks on while a run trains: figures for Prometheus, the trace of a few steps, what the doctor finds."""
import json
import re
import threading
import time
import unittest

import program

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (\S+)$")
LABEL = re.compile(rf'({NAME})="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')
ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


def exposition(text):
    """Types, and samples by name: lists of (labels, value). What a collector insists on is asserted."""
    assert text.endswith("\n")
    helps, types, samples, last = {}, {}, {}, None
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name, helps_text = line[len("# HELP "):].split(" ", 1)
            assert name not in helps and helps_text, line
            helps[name] = helps_text
        elif line.startswith("# TYPE "):
            name, kind = line[len("# TYPE "):].split(" ")
            assert name in helps and name not in types and name not in samples and kind in ("gauge", "counter"), line
            types[name], last = kind, name
        else:
            name, labels, value = SAMPLE.match(line).groups()
            assert name == last, f"{line}: not behind its TYPE"  # all samples of a name stand together
            pairs = LABEL.findall(labels or "")
            assert LABEL.sub("", labels or "") == "", line
            values = {key: re.sub(r'\\["\\n]', lambda found: ESCAPES[found[0]], text) for key, text in pairs}
            assert len(values) == len(pairs)
            assert all(values != other for other, _ in samples.get(name, [])), f"{line}: twice"
            samples.setdefault(name, []).append((values, float(value)))
    return types, samples


def spans(trace):
    """Of complete events, times in whole nanoseconds."""
    return [{**event, "begin": round(event["ts"] * 1000), "end": round(event["ts"] * 1000) + round(event["dur"] * 1000)}
            for event in trace["traceEvents"] if event["ph"] == "X"]


class Watching(program.TinyRun):
    def test_figures_for_prometheus_are_whole_at_any_moment(self):
        file = self.folder / "segtrain.prom"
        seen, stop = [], threading.Event()

        def read():
            while not stop.is_set():
                if file.exists():
                    seen.append(file.read_text())
                time.sleep(0.002)
        reader = threading.Thread(target=read)
        reader.start()
        program.must_run("train", self.config, "max_iter=40", f"prometheus_file={file}")
        stop.set()
        reader.join()
        types, samples = exposition(file.read_text())
        for text in set(seen):
            exposition(text)
        self.assertEqual([path.name for path in self.folder.glob("segtrain.prom*")], ["segtrain.prom"])
        last = program.metrics(self.folder / "run")
        step = [line for line in last if line["event"] == "step"][-1]
        labels, value = samples["segtrain_step"][0]
        self.assertEqual(value, 40)
        self.assertEqual(labels["run"], step["run"])
        self.assertEqual(labels["model"], "bisenetv2")
        self.assertEqual(samples["segtrain_running"][0][1], 0)
        self.assertEqual(samples["segtrain_loss"][0][1], step["loss"])
        self.assertEqual(samples["segtrain_images_per_second"][0][1], step["images_per_second"])
        self.assertAlmostEqual(samples["segtrain_step_seconds"][0][1], 2 / step["images_per_second"])
        self.assertAlmostEqual(sum(value for _, value in samples["segtrain_phase_ratio"]), 1)
        self.assertEqual(types["segtrain_phase_seconds_total"], "counter")
        self.assertNotIn("segtrain_gpu_memory_bytes", samples)

    def test_a_place_for_them_that_is_not_there_is_refused(self):
        result = program.run("train", self.config, f"prometheus_file={self.folder}/none/x.prom")
        self.assertEqual(result.returncode, 2)
        self.assertIn("x.prom", result.stderr)

    def trace_of(self, *arguments):
        program.must_run("train", self.config, "max_iter=12", *arguments)
        return json.loads((self.folder / "run" / "trace.json").read_text())

    def check_nesting(self, events):
        for thread in {event["tid"] for event in events}:
            open_events = []
            for event in sorted((e for e in events if e["tid"] == thread), key=lambda e: (e["begin"], -e["end"])):
                while open_events and open_events[-1]["end"] <= event["begin"]:
                    open_events.pop()
                if open_events:
                    self.assertLessEqual(event["end"], open_events[-1]["end"], (event, open_events[-1]))
                open_events.append(event)

    def check_trace(self, trace, num_workers, steps):
        events = spans(trace)
        self.check_nesting(events)
        if num_workers > 0:  # as many as the machine has room for
            config = (self.folder / "run" / "config.toml").read_text()
            num_workers = int(re.search(r"^num_workers = (\d+)", config, re.M)[1])
        threads = {event["tid"]: event["args"]["name"] for event in trace["traceEvents"]
                   if event["ph"] == "M" and event["name"] == "thread_name"}
        self.assertEqual(sorted(threads.values()),
                         [f"loader worker {i + 1}" for i in range(num_workers)] + ["training"])
        begins = {event["args"]["step"]: event["begin"] for event in events if event["name"] == "step"}
        self.assertEqual(sorted(begins), steps)
        samples = [event for event in events if event["name"] == "sample"]
        for step in steps:
            ends = [event["end"] for event in samples if event["args"]["step"] == step]
            self.assertEqual(len(ends), 2)
            self.assertLessEqual(max(ends), begins[step])
        names = {event["name"] for event in events}
        self.assertLessEqual({"data_wait", "forward", "loss", "backward", "optimizer", "open and read", "decode image",
                              "label", "resample image"}, names)
        self.assertEqual(trace["otherData"]["events_left_out"], 0)
        # Inside its steps the phases leave next to nothing untold.
        inside, phases = 0, ("transfer", "forward", "loss", "backward", "optimizer", "logging")
        for event in events:
            if event["tid"] == 0 and event["name"] in phases:
                inside += event["end"] - event["begin"]
        whole = sum(event["end"] - event["begin"] for event in events if event["name"] == "step")
        self.assertGreater(inside, 0.9 * whole)

    def test_a_trace_shows_workers_and_steps_on_one_clock(self):
        self.check_trace(self.trace_of("--trace"), 1, list(range(1, 13)))

    def test_as_many_steps_are_traced_as_are_asked_for(self):
        self.check_trace(self.trace_of("trace_steps=5"), 1, [4, 5, 6, 7, 8])

    def test_without_workers_the_training_thread_loads(self):
        self.check_trace(self.trace_of("trace_steps=5", "num_workers=0"), 0, [4, 5, 6, 7, 8])

    def test_findings_are_in_the_text_the_record_and_the_page(self):
        result = program.must_run("train", self.config, "max_iter=12", "eval_interval=1", "--json")
        document = json.loads(result.stdout)
        found = {finding["rule"]: finding for finding in document["findings"]}
        self.assertIn("evaluation_share", found)
        self.assertIn("eval_interval", found["evaluation_share"]["change"])
        self.assertIn("[evaluation_share]", result.stderr)
        end = program.metrics(self.folder / "run")[-1]
        self.assertEqual(end["findings"], document["findings"])
        self.assertIn("evaluation_share", (self.folder / "run" / "report.html").read_text())

    def test_advice_may_be_declined(self):
        result = program.must_run("train", self.config, "eval_interval=1", "advise=false")
        self.assertNotIn("advice:", result.stdout)
        self.assertNotIn("findings", program.metrics(self.folder / "run")[-1])

    def test_the_timer_of_the_phases_takes_less_than_a_hundredth_of_a_step(self):
        figures = json.loads(program.must_run("bench", "step", self.config, "--steps", 3, "--json").stdout)
        self.assertGreater(figures["timing"]["switches_per_step"], 4)
        self.assertLess(figures["timing"]["share"], 0.01)


if __name__ == "__main__":
    unittest.main()
