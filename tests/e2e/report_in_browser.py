# SPDX-License-Identifier: Apache-2.0
"""What readers see of the pages: they are opened in Chromium, and what it drew is held against the run's figures."""
import collections
import contextlib
import json
import re
import shutil
import tempfile
import unittest
import zlib
from pathlib import Path

import browser
import program

STEPS = 12
LOSSES = (40, 30, 36, 20, 26, 12, 18, 8, 13, 6, 9, 5)
SCREENS = {"desktop": (1280, 900, {}), "dark": (1280, 900, {"dark": True}), "tablet": (768, 1024, {"phone": True}),
           "phone": (390, 844, {"phone": True}), "small phone": (320, 568, {"phone": True}),
           "paper": (718, 1000, {"paper": True})}
LEAST_CONTRAST = 4.5  # of text, as WCAG 2.1 (AA) asks for

# Each line of text that is shown: its place, colours, and the box (if any) that would cut it off.
TEXTS = """(() => {
  const found = [];
  const box = r => [r.left + scrollX, r.top + scrollY, r.right + scrollX, r.bottom + scrollY];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let number = 0; walker.nextNode(); ++number) {
    const node = walker.currentNode, parent = node.parentElement;
    const closed = parent.closest('details:not([open])');
    if (!node.data.trim() || (closed && !parent.closest('summary'))) continue;
    const grounds = [], cutting = [];
    let scrolls = false;
    for (let e = parent; e; e = e.parentElement) {
      const style = getComputedStyle(e);
      grounds.push(style.backgroundColor);
      if (/auto|scroll/.test(style.overflowX)) scrolls = true;
      if (/hidden|clip/.test(style.overflowX + style.overflowY)) cutting.push(box(e.getBoundingClientRect()));
    }
    const style = getComputedStyle(parent);
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const r of range.getClientRects())
      if (r.width > 0) found.push({number, text: node.data.trim(), box: box(r), scrolls, cutting, grounds,
                                   color: parent instanceof SVGElement ? style.fill : style.color});
  }
  return found;
})()"""

PLOTS = """Array.from(document.querySelectorAll('.plot'), plot => {
  const r = plot.querySelector('svg').getBoundingClientRect();
  const lines = Array.from(plot.querySelectorAll('path.line:not(.raw)'), line => getComputedStyle(line).stroke);
  const areas = Array.from(plot.querySelectorAll('.area path'), area => getComputedStyle(area).fill);
  const legend = Array.from(plot.querySelectorAll('.legend i'), one => getComputedStyle(one).backgroundColor);
  return {title: plot.querySelector('figcaption').textContent, box: [r.x, r.y + scrollY, r.width, r.height],
          colors: lines.concat(areas), legend};
})"""

BOXES = """selector => Array.from(document.querySelectorAll(selector), e => {
  const r = e.getBoundingClientRect(); return [r.x, r.y + scrollY, r.width, r.height]; })"""


def rgba(text):
    """Of "rgb(1, 2, 3)" or "rgba(1, 2, 3, 0.5)"."""
    numbers = [float(number) for number in re.findall(r"[\d.]+", text)]
    return numbers + [1.0] if len(numbers) == 3 else numbers


def seen_through(layers):
    """The colour of layers, the uppermost first, on white."""
    color = [255.0] * 3
    for *layer, opacity in reversed(layers):
        color = [opacity * above + (1 - opacity) * below for above, below in zip(layer, color)]
    return color


def luminance(color):
    parts = [value / 255 / 12.92 if value / 255 <= 0.04045 else ((value / 255 + 0.055) / 1.055) ** 2.4
             for value in color]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def pixel(picture, x, y):
    return pixels(picture.rows[int(y)])[int(x)]


def is_near(one, other, most=12):
    return all(abs(a - b) <= most for a, b in zip(one, other))


def pixels(row):
    return list(zip(row[::3], row[1::3], row[2::3]))


def counts_of(rows):
    """How many pixels there are of each colour."""
    counts = collections.Counter()
    for row in rows:
        counts.update(pixels(row))
    return counts


def number_near(counts, color, most=12):
    return sum(number for one, number in counts.items() if is_near(one, color, most))


def mean_color(picture):
    count = picture.width * picture.height
    return [sum(sum(row[channel::3]) for row in picture.rows) / count for channel in range(3)]


def told(lines):
    """The lines of a run with figures that are known beforehand, so that what is drawn of them is, too."""
    steps = [line for line in lines if line["event"] == "step"]
    assert len(steps) == STEPS, len(steps)
    for i, (step, loss) in enumerate(zip(steps, LOSSES)):
        step["loss"] = loss
        step["losses"] = {name: loss / (k + 2) for k, name in enumerate(step["losses"])}
        step["gradient_norm"] = 10 + i
        step["images_per_second"] = 20 + i % 3
        step["memory"] = {"resident_bytes": 2e9, "peak_resident_bytes": 3e9}
    evaluations = [line for line in lines if line["event"] == "eval"]
    for i, evaluation in enumerate(evaluations):
        for protocol in evaluation["protocols"].values():
            size = len(protocol["iou"])
            for k, name in enumerate(("miou", "fw_miou", "pixel_accuracy", "mean_accuracy", "macro_f1", "boundary_iou",
                                      "boundary_f1")):
                protocol[name] = 0.1 * (k + 1) + 0.05 * i
            protocol["iou"] = protocol["f1"] = [k / (size - 1) for k in range(size)]
            protocol["confusion_matrix"] = [[0] * size for _ in range(size)]
            for k, row in enumerate(protocol["confusion_matrix"][:-1]):
                row[k], row[(k + 1) % size], row[(k + 2) % size] = 700, 200, 100
            protocol["confusion_matrix"][-1][0] = 1000
    lines[-1]["findings"] = [{"rule": "starved", "evidence": "the steps wait for data 40 % of the time",
                              "advice": "let more workers load", "change": {"num_workers": 2}}]
    return evaluations[-1]["protocols"]


def setUpModule():
    global chromium, folder, run, palette, protocol
    chromium = browser.Browser()
    unittest.addModuleCleanup(chromium.close)
    temporary = tempfile.TemporaryDirectory()
    unittest.addModuleCleanup(temporary.cleanup)
    folder, run = Path(temporary.name), Path(temporary.name) / "a_run"
    config = folder / "tiny.toml"
    config.write_text(program.TINY + f'respth = "{run}"\nmax_iter = {STEPS}\nlog_interval = 1\neval_interval = 6\n')
    program.must_run("train", config, "report=false")
    lines = program.metrics(run)
    palette = next(line["palette"] for line in lines if line["event"] == "start")
    protocol = next(iter(told(lines).values()))
    (run / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    program.must_run("report", run)
    program.must_run("check", config, "--html", folder / "check.html")
    other = folder / "another_run"
    other.mkdir()
    for name in ("metrics.jsonl", "config.toml"):
        shutil.copy(run / name, other)
    (folder / "compare.html").write_text(program.must_run("compare", run, other, "--format", "html").stdout)


class Reading(unittest.TestCase):
    """What holds of every page."""
    def pages(self):
        return (run / "report.html", folder / "check.html", folder / "compare.html")

    def test_nothing_is_asked_for_elsewhere_and_nothing_fails(self):
        for page in self.pages():
            chromium.open(page)
            self.assertEqual(chromium.requests(), [page.resolve().as_uri()])
            self.assertEqual(chromium.complaints(), [])

    def test_text_is_neither_cut_nor_covered(self):
        for page in self.pages():
            chromium.open(page)
            for name, (width, height, options) in SCREENS.items():
                with self.subTest(page=page.name, screen=name):
                    chromium.view(width, height, **options)
                    self.assertEqual(chromium.tell("[innerWidth, document.documentElement.scrollWidth]"), [width] * 2)
                    texts = chromium.tell(TEXTS)
                    self.assertGreater(len(texts), 50)
                    self.assertEqual([text["text"] for text in texts if self.is_cut(text, width)], [])
                    self.assertEqual(self.covered(texts), [])

    def is_cut(self, text, width):
        left, top, right, bottom = text["box"]
        if not text["scrolls"] and (left < -0.5 or right > width + 0.5 or top < 0):
            return True
        return any(left < box[0] - 1 or top < box[1] - 1 or right > box[2] + 1 or bottom > box[3] + 1
                   for box in text["cutting"])

    def covered(self, texts):
        """Pairs of texts one of which lies over the other. A line's box is higher than its letters."""
        boxes = []
        for text in texts:
            left, top, right, bottom = text["box"]
            spare = 0.15 * min(bottom - top, right - left)
            boxes.append((top + spare, bottom - spare, left + spare / 2, right - spare / 2, text))
        boxes.sort(key=lambda box: box[0])
        found = []
        for i, (_, bottom, left, right, text) in enumerate(boxes):
            for other_top, _, other_left, other_right, other in boxes[i + 1:]:
                if other_top >= bottom:
                    break
                if other["number"] != text["number"] and other_left < right and left < other_right:
                    found.append((text["text"], other["text"]))
        return found

    def test_text_stands_out_from_a_ground_that_is_as_dark_as_the_reader_likes(self):
        views = (({}, False), ({"dark": True}, True), ({"paper": True}, False), ({"dark": True, "paper": True}, False))
        for page in self.pages():
            chromium.open(page)
            for options, is_dark in views:
                with self.subTest(page=page.name, **options):
                    chromium.view(1280, 900, **options)
                    corner = pixel(chromium.picture((0, 0, 8, 8)), 2, 2)
                    self.assertTrue(max(corner) < 60 if is_dark else min(corner) > 240, corner)
                    faint = set()
                    for text in chromium.tell(TEXTS):
                        ground = seen_through([rgba(color) for color in text["grounds"]])
                        seen = contrast(seen_through([rgba(text["color"]), ground + [1.0]]), ground)
                        if seen < LEAST_CONTRAST:
                            faint.add((text["text"], round(seen, 2)))
                    self.assertEqual(faint, set())


class Drawing(unittest.TestCase):
    """What is drawn in a run's report."""
    @contextlib.contextmanager
    def on(self, screen):
        with self.subTest(screen=screen):
            width, height, options = SCREENS[screen]
            chromium.view(width, height, **options)
            yield

    def setUp(self):
        chromium.open(run / "report.html")

    def boxes(self, selector):
        return chromium.tell(f"({BOXES})({json.dumps(selector)})")

    def test_every_curve_is_seen_in_the_color_that_the_legend_tells(self):
        for screen in ("desktop", "dark"):
            with self.on(screen):
                plots = chromium.tell(PLOTS)
                self.assertEqual([plot["title"] for plot in plots],
                                 ["Loss", "Loss of each head", "mIoU, %", "Other metrics by ss, %", "Learning rate",
                                  "Gradient norm", "Images per second", "Memory, GB", "Shares of the time, %"])
                for plot in plots:
                    self.assertTrue(plot["colors"])
                    self.assertLessEqual(set(plot["legend"]), set(plot["colors"]))
                    picture = chromium.picture(plot["box"])
                    counts = counts_of(picture.rows)
                    numbers = {color: number_near(counts, rgba(color)) for color in plot["colors"]}
                    if plot["title"].startswith("Shares"):  # of some phases there are but moments
                        self.assertGreater(sum(numbers.values()), picture.width * picture.height / 2)
                    else:
                        self.assertGreater(min(numbers.values()), 100, (plot["title"], numbers))

    def test_the_points_of_a_curve_lie_where_its_values_are(self):
        for screen in ("desktop", "phone"):
            with self.on(screen):
                plot = chromium.tell(PLOTS)[0]
                picture, color = chromium.picture(plot["box"]), rgba(plot["colors"][0])
                drawn = [(x, y) for y, row in enumerate(picture.rows) for x, one in enumerate(pixels(row))
                         if is_near(one, color, 40)]
                scale = plot["box"][2] / 480
                first, last = min(x for x, _ in drawn) + 2.5 * scale, max(x for x, _ in drawn) - 2.5 * scale
                self.assertGreater(last - first, 0.8 * plot["box"][2])
                heights = []
                for i in range(STEPS):
                    at = first + (last - first) * i / (STEPS - 1)
                    around = [y for x, y in drawn if abs(x - at) < 1]
                    heights.append((min(around) + max(around)) / 2)
                rise = (heights[-1] - heights[0]) / (LOSSES[-1] - LOSSES[0])
                self.assertLess(rise, -1)  # upwards in a picture
                for loss, y in zip(LOSSES, heights):
                    self.assertAlmostEqual(y, heights[0] + rise * (loss - LOSSES[0]), delta=5 * scale)

    def test_bars_of_classes_are_as_long_as_their_iou(self):
        for screen in ("desktop", "phone"):
            with self.on(screen):
                meters = self.boxes("#classes .meter")
                self.assertEqual(len(meters), len(protocol["iou"]))
                left, top, width, height = meters[0]
                picture = chromium.picture((left, top, width, meters[-1][1] + height - top))
                for meter, iou, color in zip(meters, protocol["iou"], palette):
                    row = picture.rows[int(meter[1] - top + height / 2)]
                    self.assertAlmostEqual(number_near(counts_of([row]), color, 3), max(1, iou * width), delta=2)

    def test_phases_share_one_bar(self):
        for screen in ("desktop", "phone"):
            with self.on(screen):
                bar = chromium.picture(self.boxes(".shares")[0])
                middle = counts_of([bar.rows[bar.height // 2]])
                rows = chromium.tell("""Array.from(document.querySelectorAll('#time td.marked'), cell => [
                    getComputedStyle(cell.firstChild).backgroundColor, cell.parentElement.lastChild.textContent])""")
                self.assertEqual(len(rows), 10)
                for color, share in rows:
                    length = number_near(middle, rgba(color), 3)
                    self.assertAlmostEqual(length, bar.width * float(share.split()[0]) / 100, delta=2 + bar.width / 200)

    def test_cells_of_the_confusion_matrix_are_colored_by_their_share(self):
        for screen in ("desktop", "dark"):
            with self.on(screen):
                size = len(protocol["confusion_matrix"])
                cells = self.boxes(".matrix tbody td")
                self.assertEqual(len(cells), size * size)
                left, top = min(cell[0] for cell in cells), min(cell[1] for cell in cells)
                picture = chromium.picture((left, top, max(cell[0] + cell[2] for cell in cells) - left,
                                            max(cell[1] + cell[3] for cell in cells) - top))
                ground = rgba(chromium.tell("getComputedStyle(document.body).backgroundColor"))
                strengths = collections.defaultdict(set)
                for number, cell in enumerate(cells):
                    i, k = divmod(number, size)
                    share = protocol["confusion_matrix"][i][k] / 1000
                    red, green, _ = drawn = pixel(picture, cell[0] - left + 2, cell[1] - top + 2)
                    strengths[i == k, share].add(sum(abs(a - b) for a, b in zip(drawn, ground)))
                    if share > 0:
                        self.assertGreater(*((green, red) if i == k else (red, green)), (i, k))
                self.assertLess(max(strengths[False, 0] | strengths[True, 0]), 6)
                for weaker, stronger in ((0, 0.1), (0.1, 0.2), (0.2, 1)):
                    self.assertLess(max(strengths[False, weaker]) + 10, min(strengths[False, stronger]))

    def test_pictures_are_those_of_the_run(self):
        for screen in ("desktop", "phone"):
            with self.on(screen):
                boxes = self.boxes("#pictures img")
                files = ("predictions.png", "worst_predictions.png", "train_batch.png")
                self.assertEqual(len(boxes), len(files))
                for box, file in zip(boxes, files):
                    drawn, kept = chromium.picture(box), program.read_png(run / file)
                    self.assertTrue(is_near(mean_color(drawn), mean_color(kept), 6), file)
                    self.assertAlmostEqual(drawn.width / drawn.height, kept.width / kept.height, delta=0.05)
                    self.assertGreater(len(counts_of(drawn.rows)), 100, file)


class Paper(unittest.TestCase):
    def test_a_report_prints_on_some_sheets_with_all_that_is_drawn(self):
        chromium.open(run / "report.html")
        chromium.view(1280, 900)
        light = {color for plot in chromium.tell(PLOTS)[:-1] for color in plot["colors"]}
        chromium.view(1280, 900, dark=True)
        content = chromium.print_to_pdf()
        sheets = re.findall(rb"/Type\s*/Page\b", content)
        self.assertTrue(3 <= len(sheets) <= 8, len(sheets))
        for box in re.findall(rb"/MediaBox\s*\[([^]]*)\]", content):
            self.assertTrue(is_near([float(side) for side in box.split()], (0, 0, 595, 842), 1), box)
        self.assertGreaterEqual(len(re.findall(rb"/Subtype\s*/Image", content)), 3)
        drawn = b""
        for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.S):
            try:
                drawn += zlib.decompress(stream) + b"\n"
            except zlib.error:
                pass  # a picture or a font that is not deflated
        strokes = [[255 * float(part) for part in color.split()]
                   for color in re.findall(rb"([\d.]+ [\d.]+ [\d.]+) RG\b", drawn)]
        missing = [color for color in light if not any(is_near(stroke, rgba(color), 2) for stroke in strokes)]
        self.assertEqual(missing, [])


if __name__ == "__main__":
    unittest.main()
