#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Times evaluation beside the reference's protocols in Python torch on the same machine, in the same run, by turns.

  compare_eval.py [CONFIG] [KEY=VALUE...]   images a second by ss, ssc, msf and mscf

Both sides read the same image files and the same weights, in fp32 with equally many threads. By the reference's rules
both must first put the pixels into the same classes, but for few of which rounding decides; then segtrain is timed by
these rules and by its own (`segtrain bench eval`). Each number is the median over the rounds; the spread is
(largest - smallest) / median. Needs torch, NumPy and OpenCV.
"""
import json
import sys
import tempfile
from pathlib import Path

import cv2

from make_city import scenes
from program import Program, child, comparison_parser, machine, machine_text, spread_text, summary

PROTOCOLS = ("ss", "ssc", "msf", "mscf")
LARGEST_SHARE_MOVED = 1e-3  # of pixels between cells of the confusion matrix
MEAN, DEVIATION = [0.5, 0.5, 0.5], [0.25, 0.25, 0.25]


def write_images(program, folder, count, size):
    height, width = size
    lines = []
    for i, (image, label) in zip(range(count), scenes(program, count + count % 2)):
        cv2.imwrite(str(folder / f"image{i}.png"), cv2.cvtColor(image, cv2.COLOR_RGB2BGR)[:height, :width])
        cv2.imwrite(str(folder / f"label{i}.png"), label[:height, :width])
        lines.append(f"image{i}.png,label{i}.png\n")
    (folder / "list.txt").write_text("".join(lines))
    return folder / "list.txt"


def overrides(path, arguments):
    return ["dataset=CustomerDataset", f"im_root={path.parent}", f"train_im_anns={path}", f"val_im_anns={path}",
            "label_map=none", f"mean={MEAN}", f"std={DEVIATION}", "precision=fp32", f"threads={arguments.threads}",
            f"eval_scales={arguments.scales}", f"eval_crop={list(arguments.window)}", "boundary_metrics=false"]


def share_moved(ours, theirs):
    total = sum(map(sum, theirs))
    moved = sum(abs(a - b) for mine, other in zip(ours, theirs) for a, b in zip(mine, other)) / 2
    return moved / max(total, 1)


def measure(program, arguments, weights, path):
    peer_of = {"model": program.keys["model_type"], "classes": program.keys["n_cats"], "weights": weights, "list": path,
               "mean": MEAN, "deviation": DEVIATION, "scales": arguments.scales, "window": arguments.window,
               "threads": arguments.threads}
    result = {}
    for protocol in arguments.protocols:
        found = {"torch": [], "reference": [], "config": []}
        for _ in range(arguments.rounds):
            found["torch"].append(child("torch_eval.py", {**peer_of, "protocol": protocol}))
            ours = program.json("bench", "eval", overrides=[*overrides(path, arguments), f"eval_protocols={protocol}"],
                                options=["--weights", weights, "--steps", arguments.steps, "--warmup", 1])
            for rules in ("reference", "config"):
                found[rules].append(ours["protocols"][protocol][rules])
            moved = share_moved(found["reference"][-1]["confusion_matrix"], found["torch"][-1]["confusion_matrix"])
            if not moved <= LARGEST_SHARE_MOVED:
                sys.exit(f"the two sides disagree by {protocol}: {moved:.2%} of the pixels; no figure is told")
        result[protocol] = {"share_moved": moved}
        for side, figures in found.items():
            result[protocol][side] = {"images_per_second": summary([each["images_per_second"] for each in figures]),
                                      "peak_bytes": max(each["peak_bytes"] or 0 for each in figures)}
    return result


def compare_eval(program, arguments):
    with tempfile.TemporaryDirectory() as name:
        weights = Path(name) / "weights.safetensors"
        program.run("init", overrides=[f"mean={MEAN}", f"std={DEVIATION}"], options=["--out", weights])
        path = write_images(program.path, Path(name), arguments.images, arguments.size)
        return {"machine": machine(program), "images": arguments.images, "size": arguments.size,
                "protocols": measure(program, arguments, weights, path)}


def print_eval(result):
    print(machine_text(result["machine"]))
    height, width = result["size"]
    print(f"{result['images']} images of {height}x{width}; peaks: of torch's process, of segtrain's tensors")
    print(f"{'':8}{'images/s':>10}{'spread':>8}{'peak MB':>9}  " + "".join(f"{rules:>26}" for rules in
                                                                         ("the reference's rules", "own rules")))
    for protocol, sides in result["protocols"].items():
        theirs = sides["torch"]["images_per_second"]
        line = f"{protocol:8}{theirs['median']:10.3f}{spread_text(theirs['spread']):>8}"
        line += f"{sides['torch']['peak_bytes'] / 1e6:9.0f}  "
        for rules in ("reference", "config"):
            ours = sides[rules]["images_per_second"]
            line += f"{ours['median']:10.3f}{ours['median'] / theirs['median']:6.1f}x"
            line += f"{sides[rules]['peak_bytes'] / 1e6:7.0f}MB"
        print(line)


def size(text):
    height, width = text.split("x")
    return int(height), int(width)


def main():
    parser = comparison_parser(__doc__, steps=1)
    parser.add_argument("--size", type=size, default=(1024, 2048), metavar="HxW",
                        help="of the images; at most 1024x2048")
    parser.add_argument("--images", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--window", type=size, default=(1024, 1024), metavar="HxW")
    parser.add_argument("--scales", type=float, nargs="+", default=[0.5, 0.75, 1.0, 1.25, 1.5, 1.75])
    parser.add_argument("--protocols", nargs="+", default=list(PROTOCOLS), choices=PROTOCOLS)
    arguments = parser.parse_args()

    program = Program(arguments.program, arguments.config, arguments.overrides)
    result = compare_eval(program, arguments)
    if arguments.json:
        print(json.dumps(result, indent=2))
    else:
        print_eval(result)


if __name__ == "__main__":
    main()
