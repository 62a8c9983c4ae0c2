#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The messages that users may get, gathered from the sources: docs/errors.md, and which of them no test provokes.

Usage: errors_page.py --check | --write | --untested RECORD... [--rooms ROOM,...]

How they are found is told in tools/message_catalogue.py. Where no words are fixed (the system's own, those of a
library) there is no row.

--check: the page is as the sources say, and each message has its three parts. --untested: RECORD is what a test program
or a script of tests/e2e/ writes where SEG_PROBLEM_RECORD names a file and all its tests run; without one, nothing is
said (exit code 77).
"""
import argparse
import json
import sys
from pathlib import Path

from message_catalogue import VARIES, Finding, Message, catalogue

ROOT = Path(__file__).resolve().parent.parent
PAGE = "docs/errors.md"

# The rooms in the order in which a run meets them, in a reader's words.
ROOMS = {
    "cli": "The command line",
    "config": "The config",
    "dataset": "Data sets, lists and labels",
    "image": "Images and labels as files",
    "loader": "Loading batches",
    "models": "Networks",
    "graph": "Sizes of images",
    "engine": "Devices and number types",
    "training": "Runs, checkpoints and weights",
    "evaluation": "Evaluation",
    "formats": "Safetensors and other files of tensors",
    "telemetry": "Metrics and the console",
    "report": "Reports",
    "doctor": "The doctor",
    "base": "Files and folders",
}

# Messages that no test can provoke, and why: (file, how `what` begins).
UNPROVOKED: dict[tuple[str, str], str] = {
    ("src/base/file.cpp", "cannot be flushed to the disk"): "fsync fails only where a disk does",
    ("src/base/file.cpp", "cannot be locked"): "without waiting, flock fails only where the kernel has no memory left",
    ("src/cli/doctor_session.cpp", "a short run of this config"): "of a child that dies without a word",
    ("src/formats/hdf5_library_absent.cpp", "an HDF5 file, which this build"): "the usual build has the library",
    ("src/formats/hdf5_writer_absent.cpp", "an HDF5 file, which this build"): "the usual build has the library",
}

NO_RECORD = 77  # ctest's SKIP_RETURN_CODE
WAYS_OUT = """A test of its room or one of tests/e2e/ must provoke each message to users. What is returned instead of
thrown is handed to testing::record (tests/support/problem_record.h). What no test can provoke stands in UNPROVOKED of
tools/errors_page.py, with the reason."""


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "\\<").replace("\n", " ").replace("*", "\\*").replace("_", "\\_")


def page_of(messages: list[Message]) -> str:
    lines = ["# What segtrain may tell you, and what to do about it", "",
             "An error ends a command with exit code 2, or 3 if memory does not suffice. It says where (a file, a",
             "line, a key), what, and what to try.",
             "Some of what stands here is only warned of. This page is made from the sources",
             "(`python3 tools/errors_page.py --write`); … stands for what differs from case to case, and / between",
             "what may stand in one place.", ""]
    by_room = {room: [m for m in messages if m.room == room] for room in ROOMS}
    for room, title in ROOMS.items():
        rows = sorted({("" if VARIES in m.where else m.where, m.what, m.remedy)
                       for m in by_room[room] if not m.is_vague},
                      key=lambda row: (row[1].lstrip(VARIES + ' "'), row))
        if not rows:
            continue
        lines += [f"## {title}", "", "| what it says | what to try |", "|---|---|"]
        lines += [f"| {'`' + where + '`: ' if where else ''}{cell(what)} | {cell(remedy)} |"
                  for where, what, remedy in rows]
        lines.append("")
    return "\n".join(lines)


def is_excepted(message: Message) -> bool:
    return any(message.file == file and message.what.startswith(what) for file, what in UNPROVOKED)


def untested(messages: list[Message], records: list[Path], rooms: list[str]) -> list[Finding]:
    known = {(entry["what"], entry["remedy"])
             for record in records for entry in map(json.loads, record.read_text(encoding="utf-8").splitlines())}
    findings = []
    for message in messages:
        if rooms and message.room not in rooms:
            continue
        is_provoked = any(message.matches(what, remedy) for what, remedy in known)
        if not is_provoked and not is_excepted(message):
            findings.append(Finding(message.file, message.line, f"no test provokes: {message.what}"))
        if is_provoked and is_excepted(message):
            findings.append(Finding(message.file, message.line, f"a test provokes, despite UNPROVOKED: {message.what}"))
    return findings


def check(root: Path, messages: list[Message], findings: list[Finding]) -> list[Finding]:
    page = root / PAGE
    findings = list(findings)
    findings += [Finding(m.file, 1, f"a room that ROOMS of tools/errors_page.py does not name: {m.room}")
                 for m in messages if m.room not in ROOMS]
    for file, what in UNPROVOKED:
        if not any(m.file == file and m.what.startswith(what) for m in messages):
            findings.append(Finding("tools/errors_page.py", 1, f"UNPROVOKED: {file} has no message {what!r}"))
    if not page.is_file() or page.read_text(encoding="utf-8") != page_of(messages):
        findings.append(Finding(PAGE, 1, "is not what the sources say: python3 tools/errors_page.py --write"))
    return findings


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    task = parser.add_mutually_exclusive_group(required=True)
    task.add_argument("--check", action="store_true")
    task.add_argument("--write", action="store_true")
    task.add_argument("--untested", nargs="+", type=Path, metavar="RECORD")
    parser.add_argument("--rooms", default="", help="with --untested: only these, with commas between them")
    arguments = parser.parse_args()
    for record in arguments.untested or []:
        if not record.is_file():
            print(f"{record}: no record; run all tests of that program with SEG_PROBLEM_RECORD, as ctest does")
            return NO_RECORD
    messages, findings = catalogue(ROOT)
    if arguments.write:
        (ROOT / PAGE).write_text(page_of(messages), encoding="utf-8")
    elif arguments.check:
        findings = check(ROOT, messages, findings)
    else:
        findings = untested(messages, arguments.untested, [room for room in arguments.rooms.split(",") if room])
    for finding in findings:
        print(f"{finding.file}:{finding.line}: {finding.text}")
    if findings and arguments.untested:
        print(WAYS_OUT)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
