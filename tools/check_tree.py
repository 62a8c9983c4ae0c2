#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks what no compiler checks: floors, the torch line, tests beside sources, headers' first lines, sizes.

Usage: check_tree.py [FOLDER]. Prints one line a finding (path:line: what) and exits with 1 if there are any.
The rules are tables below; docs/architecture.md explains them. Needs nothing but the standard library.
"""
import re
import sys
from pathlib import Path
from typing import Iterator, NamedTuple

# Which rooms a room may include, besides itself, base/ and what those rooms may include in turn.
FLOORS = {
    "base": [],
    "config": [],
    "image": [],
    "graph": [],
    "telemetry": [],
    "metrics": ["image"],
    "formats": ["graph"],
    "models": ["graph"],
    "dataset": ["image", "formats"],
    "report": ["telemetry", "image"],
    "loader": ["dataset", "image", "telemetry"],
    "doctor": ["loader", "telemetry", "config"],
    # --- the torch line ---
    "engine": ["graph", "telemetry"],
    "evaluation": ["engine", "loader", "metrics"],
    "training": ["evaluation", "engine", "loader", "models", "formats", "config", "report",
                 "doctor"],
    "cli": ["training"],
}
BELOW_TORCH_LINE = {"engine", "evaluation", "training", "cli"}

# The sections of config/ that a room may read though config/ is not on its list.
CONFIG_SECTIONS = {
    "dataset": ["dataset"],
    "loader": ["loader", "augmentation"],
    "telemetry": ["watching"],
    "models": ["model"],
    "engine": ["precision", "memory"],
    "evaluation": ["evaluation"],
}

# Sources without a test of their own name, and where they are tested.
TESTED_ELSEWHERE: dict[str, str] = {"src/cli/doctor_session.cpp": "tests/e2e/doctor.py"}

TORCH_INCLUDE = re.compile(r"<(torch|ATen|c10|caffe2)/")
TORCH_IN_HEADERS = re.compile(r"<(ATen/core/Tensor|c10/core/(Device|MemoryFormat|ScalarType))\.h>")  # cheap ones
LONGEST_FILE = 500
WIDEST_LINE = 120
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
MACHINE_PATH = re.compile(r"(?<![\w./}$])/(home|root|Users|mnt|work)/\w")
PRINTS_OR_EXITS = re.compile(r"std::(cout|cerr|exit|abort|terminate)\b|\b(std::)?(f?printf|f?puts|perror|_exit)\(")


class Finding(NamedTuple):
    path: str
    line: int
    what: str


def reachable(room: str) -> set[str]:
    """The rooms that `room` may include, without config's sections."""
    found, queue = {room, "base"}, [room]
    while queue:
        for other in FLOORS.get(queue.pop(), []):
            if other not in found:
                found.add(other)
                queue.append(other)
    return found


def check_include(path: str, number: int, target: str, room: str, root: Path) -> Iterator[Finding]:
    is_test = path.startswith("tests/")
    is_header = path.endswith(".h")
    if target.startswith("<"):
        if target == "<torch/torch.h>":
            yield Finding(path, number, "torch/torch.h costs 17 seconds a unit; include the ATen headers that are used")
        elif TORCH_INCLUDE.match(target):
            if room not in BELOW_TORCH_LINE:
                yield Finding(path, number, f"{target} above the torch line")
            elif is_header and not is_test and not TORCH_IN_HEADERS.match(target):
                yield Finding(path, number, f"{target} in a header: there, ATen/core/Tensor.h and no more")
        elif target.startswith("<fmt/") and (is_header or room in BELOW_TORCH_LINE):
            yield Finding(path, number, f"{target}: only in sources above the torch line (LibTorch has another fmt)")
        return
    name = target.strip('"')
    if name.startswith("tests/"):
        if not is_test:
            yield Finding(path, number, f"{target}: a source includes a test's header")
        return
    other, _, header = name.partition("/")
    if other not in FLOORS or not (root / "src" / name).is_file():
        yield Finding(path, number, f"{target}: no such header under src/ (includes are relative to src/)")
    elif is_test or other in reachable(room):
        if is_test and room not in BELOW_TORCH_LINE and other in BELOW_TORCH_LINE:
            yield Finding(path, number, f"{target}: a test above the torch line includes a room below it")
    elif other == "config":
        section = header.removesuffix(".h")
        if section not in CONFIG_SECTIONS.get(room, []) + ["key"]:
            yield Finding(path, number, f"{room}/ may not include {target} (see CONFIG_SECTIONS)")
    else:
        yield Finding(path, number, f"{room}/ may not include {other}/ (see FLOORS)")


def check_opening(path: str, lines: list[str]) -> Iterator[Finding]:
    if not lines or lines[0] != "// SPDX-License-Identifier: Apache-2.0":
        yield Finding(path, 1, "the first line is not the SPDX line")
    if not path.endswith(".h"):
        return
    if len(lines) < 2 or not re.match(r"// \S", lines[1]):
        yield Finding(path, 2, "a header opens with its contract: what, shapes or units, threads, ownership, errors")
    after_comment = next((line for line in lines if not line.startswith("//")), "")
    # Highway's sources are compiled once per instruction set and need such a header each time.
    is_for_each_level = re.fullmatch(r"#if defined\(\w+\) == defined\(HWY_TARGET_TOGGLE\)", after_comment)
    if after_comment != "#pragma once" and not is_for_each_level:
        yield Finding(path, 1, "#pragma once does not follow the opening comment")


def check_cpp(path: str, lines: list[str], root: Path) -> Iterator[Finding]:
    room = path.split("/")[1]
    yield from check_opening(path, lines)
    for number, line in enumerate(lines, 1):
        include = re.match(r'\s*#\s*include\s+(<[^>]+>|"[^"]+")', line)
        if include:
            yield from check_include(path, number, include[1], room, root)
        if path.startswith("src/"):
            if path.endswith(".h") and re.match(r"\s*using namespace\b", line):
                yield Finding(path, number, "using namespace in a header")
            if room != "cli" and PRINTS_OR_EXITS.search(line.split("//")[0]):
                yield Finding(path, number, "a library neither prints nor exits; log to the Log given, or throw")


def check_text(path: str, lines: list[str]) -> Iterator[Finding]:
    is_code = path.endswith((".h", ".cpp", ".py", ".cmake", "CMakeLists.txt", "dev", ".ci/run"))
    if is_code and len(lines) > LONGEST_FILE:
        yield Finding(path, LONGEST_FILE, f"{len(lines)} lines, more than {LONGEST_FILE}: has the file two jobs?")
    for number, line in enumerate(lines, 1):
        if is_code and len(line) > WIDEST_LINE:
            yield Finding(path, number, f"{len(line)} columns, more than {WIDEST_LINE}")
        if is_code and line != line.rstrip():
            yield Finding(path, number, "blanks at the end of the line")
        if UNFINISHED.search(line):
            yield Finding(path, number, "a note of unfinished work: finish it, or file an issue")
        if MACHINE_PATH.search(line):
            yield Finding(path, number, "a path of one particular machine")


def check_tests_exist(root: Path) -> Iterator[Finding]:
    for source in sorted((root / "src").rglob("*.cpp")):
        path = source.relative_to(root).as_posix()
        inner = source.relative_to(root / "src")
        is_command = inner.parts[0] == "cli" and (
            inner.name == "main.cpp" or re.search(r"^extern const Command \w+_command", source.read_text(), re.M))
        if is_command or path in TESTED_ELSEWHERE:
            continue
        stem = re.sub(r"_(cpu|cuda|absent)$", "", inner.stem)
        if not any((root / "tests" / inner.parent / f"{name}_test.cpp").is_file() for name in (inner.stem, stem)):
            yield Finding(path, 1, f"no tests/{inner.parent.as_posix()}/{inner.stem}_test.cpp")
    for path, test in TESTED_ELSEWHERE.items():
        if not (root / path).is_file() or not (root / test).is_file():
            yield Finding("tools/check_tree.py", 1, f"TESTED_ELSEWHERE: {path} or {test} is not there")


def files(root: Path) -> Iterator[Path]:
    for name in ("CMakeLists.txt", "dev", "README.md", "README.zh-CN.md", "CONTRIBUTING.md", "CHANGELOG.md", ".ci/run"):
        if (root / name).is_file():
            yield root / name
    for folder in ("src", "tests", "bench", "tools", "cmake", "docs", "configs", "examples"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".h", ".cpp", ".py", ".cmake", ".txt", ".md", ".toml", ".in"):
                yield path


def check_tree(root: Path) -> list[Finding]:
    findings = []
    for room in sorted(path.name for path in (root / "src").iterdir() if path.is_dir()):
        if room not in FLOORS:
            findings.append(Finding(f"src/{room}", 1, "a room that FLOORS does not know"))
    for file in files(root):
        path, lines = file.relative_to(root).as_posix(), file.read_text(encoding="utf-8").splitlines()
        findings += check_text(path, lines)
        if re.match(r"(src|tests)/\w+/.*\.(h|cpp)$", path):
            findings += check_cpp(path, lines, root)
    return findings + list(check_tests_exist(root))


def main() -> int:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    findings = check_tree(root)
    for finding in findings:
        print(f"{finding.path}:{finding.line}: {finding.what}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
