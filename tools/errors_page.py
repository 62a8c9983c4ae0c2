#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The messages that users may get, gathered from the sources: docs/errors.md, and which of them no test provokes.

Usage: errors_page.py --check | --write | --untested RECORD... [--rooms ROOM,...]

A message is made by `fail(where, what, remedy)`, by a `Problem{...}`, by a braced list with `.what =`, or by a braced
list that is added to something called problems. Of a text that is put together the fixed pieces are shown, with … for
what varies. A function that only passes a text on to one of these is followed to its callers. Where no words are fixed
(the system's own, those of a library) there is no row.

--check: the page is as the sources say, and each message has its three parts. --untested: RECORD is what a test program
or a script of tests/e2e/ writes where SEG_PROBLEM_RECORD names a file and all its tests run; without one, nothing is
said (exit code 77).
"""
import argparse
import json
import re
import sys
from pathlib import Path
from typing import Iterator, NamedTuple

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
}

NO_RECORD = 77  # ctest's SKIP_RETURN_CODE
WAYS_OUT = """A test of its room or one of tests/e2e/ must provoke each message to users. What is returned instead of
thrown is handed to testing::record (tests/support/problem_record.h). What no test can provoke stands in UNPROVOKED of
tools/errors_page.py, with the reason."""

TOKEN = re.compile(r"""
    (?P<space>\s+|//[^\n]*|/\*.*?\*/|\#[^\n]*)
  | (?P<raw>R"(?P<delimiter>[^(\s]*)\((?P<content>.*?)\)(?P=delimiter)")
  | (?P<string>"(?:\\.|[^"\\])*")
  | (?P<char>'(?:\\.|[^'\\])*')
  | (?P<word>[A-Za-z_]\w*)
  | (?P<number>\d[\w.']*)
  | (?P<sign>::|->|.)
""", re.X | re.S)
OPENERS = {"(": ")", "{": "}", "[": "]"}
VARIES = "…"
NO_FUNCTIONS = {"if", "for", "while", "switch", "catch", "return"}


class Token(NamedTuple):
    kind: str
    text: str
    line: int


class Site(NamedTuple):
    file: str
    line: int
    where: list[Token]
    what: list[Token]
    remedy: list[Token]


class Function(NamedTuple):
    name: str
    parameters: list[str]
    required: int  # parameters without a default
    begin: int
    end: int


class Finding(NamedTuple):
    file: str
    line: int
    text: str


def unescaped(literal: str) -> str:
    simple = {"n": "\n", "t": "\t", "0": "\0"}
    return re.sub(r"\\(.)", lambda match: simple.get(match[1], match[1]), literal[1:-1])


def tokens_of(text: str) -> list[Token]:
    tokens, line = [], 1
    for match in TOKEN.finditer(text):
        kind, part = match.lastgroup, match[0]
        if match["raw"] is not None:
            tokens.append(Token("string", match["content"], line))
        elif kind in ("string", "char"):
            tokens.append(Token("string", unescaped(part), line))
        elif kind != "space":
            tokens.append(Token(kind, part, line))
        line += part.count("\n")
    return tokens


def is_sign(token: Token, text: str) -> bool:
    return token.kind == "sign" and token.text == text


def close_of(tokens: list[Token], start: int) -> int:
    """The index of the bracket that closes the one at `start`."""
    depth = 0
    for i in range(start, len(tokens)):
        if tokens[i].kind == "sign":
            depth += tokens[i].text in OPENERS
            depth -= tokens[i].text in OPENERS.values()
            if depth == 0:
                return i
    return len(tokens) - 1


def split(tokens: list[Token], separator: str) -> list[list[Token]]:
    """At the separators outside of brackets; template arguments do not count as brackets."""
    parts, depth = [[]], 0
    for token in tokens:
        if token.kind == "sign":
            depth += token.text in OPENERS
            depth -= token.text in OPENERS.values()
        if depth == 0 and is_sign(token, separator):
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part] if separator == "," else parts


def inside(tokens: list[Token], start: int) -> list[Token]:
    return tokens[start + 1:close_of(tokens, start)]


def functions_of(tokens: list[Token]) -> list[Function]:
    """Each body that follows a list of parameters, lambdas by the name they are given."""
    found = []
    for i, token in enumerate(tokens):
        if not is_sign(token, "("):
            continue
        end = close_of(tokens, i)
        body = end + 1
        while body < len(tokens) and (tokens[body].text in ("const", "noexcept", "override")):
            body += 1
        if body >= len(tokens) or not is_sign(tokens[body], "{") or i == 0:
            continue
        name = tokens[i - 1].text if tokens[i - 1].kind == "word" else ""
        if is_sign(tokens[i - 1], "]"):  # const auto NAME = [...](
            opening = i - 1
            while opening > 0 and not is_sign(tokens[opening], "["):
                opening -= 1
            if opening >= 2 and is_sign(tokens[opening - 1], "="):
                name = tokens[opening - 2].text
        if not name or name in NO_FUNCTIONS:
            continue
        parameters, required = [], 0
        for part in split(tokens[i + 1:end], ","):
            declared, *default = split(part, "=")
            words = [word.text for word in declared if word.kind == "word"]
            parameters.append(words[-1] if words else "")
            required += not default
        found.append(Function(name, parameters, required, body, close_of(tokens, body)))
    return found


def designated(parts: list[list[Token]]) -> dict[str, list[Token]]:
    values = {}
    for part in parts:
        if len(part) > 3 and is_sign(part[0], ".") and is_sign(part[2], "="):
            values[part[1].text] = part[3:]
    return values


def parts_of_problem(tokens: list[Token]) -> list[list[Token]] | None:
    """where, what and remedy of a braced list; None: it is something else."""
    parts = split(tokens, ",")
    named = designated(parts)
    if named:
        return [named.get(name, []) for name in ("where", "what", "remedy")] if "what" in named else None
    return parts if len(parts) in (2, 3) else None


def raw_sites(file: str, tokens: list[Token]) -> Iterator[tuple[int, Site | Finding]]:
    seen = set()
    for i, token in enumerate(tokens):
        before = tokens[i - 1].text if i else ""
        after = tokens[i + 1] if i + 1 < len(tokens) else token
        parts = None
        if token.text == "fail" and token.kind == "word" and is_sign(after, "("):
            if before == "void":
                continue
            parts = split(inside(tokens, i + 1), ",")
        elif token.text == "Problem" and is_sign(after, "{"):
            if before == "struct":
                continue
            seen.add(i + 1)
            parts = parts_of_problem(inside(tokens, i + 1)) or []
        elif is_sign(token, "{") and i not in seen and is_sign(after, ".") and tokens[i + 2].text == "where":
            parts = parts_of_problem(inside(tokens, i))
        elif is_sign(token, "{") and i >= 4 and is_sign(tokens[i - 1], "(") and tokens[i - 2].text in (
                "push_back", "emplace_back") and re.search(r"problems?_?$", tokens[i - 4].text):
            parts = parts_of_problem(inside(tokens, i))
        if parts is None:
            continue
        seen.add(i)
        if len(parts) != 3 or not all(parts):
            yield i, Finding(file, token.line, "a message to users without where, what and remedy")
        else:
            yield i, Site(file, token.line, *parts)


def replaced(tokens: list[Token], values: dict[str, list[Token]]) -> list[Token]:
    result = []
    for i, token in enumerate(tokens):
        is_member = i > 0 and tokens[i - 1].text in (".", "->", "::")
        result += values[token.text] if token.kind == "word" and token.text in values and not is_member else [token]
    return result


class Texts:
    """Templates of messages: a list of fixed pieces, VARIES, and tuples of alternatives."""

    def __init__(self, constants: dict[str, list[Token]]):
        self.constants = constants

    def pieces(self, tokens: list[Token], depth: int = 0) -> list:
        tokens = self.unwrapped(tokens)
        question = split(tokens, "?")
        if len(question) > 1:
            first, *rest = split(sum(([*part, Token("sign", "?", 0)] for part in question[1:]), [])[:-1], ":")
            others = sum(([*part, Token("sign", ":", 0)] for part in rest), [])[:-1]
            return [(self.pieces(first, depth + 1), self.pieces(others, depth + 1))]
        terms = split(tokens, "+")
        if len(terms) > 1:
            return self.joined(sum((self.pieces(term, depth) for term in terms), []))
        if tokens and all(token.kind == "string" for token in tokens):
            return ["".join(token.text for token in tokens)]
        if len(tokens) == 1 and tokens[0].text in self.constants and depth < 5:
            return self.pieces(self.constants[tokens[0].text], depth + 1)
        return [VARIES]

    @staticmethod
    def unwrapped(tokens: list[Token]) -> list[Token]:
        """Without parentheses, std::string(...) and std::move(...) around the whole."""
        while True:
            start = 0
            if [t.text for t in tokens[:3]] in (["std", "::", "string"], ["std", "::", "move"]):
                start = 3
            if len(tokens) > start + 2 and is_sign(tokens[start], "(") and close_of(tokens, start) == len(tokens) - 1:
                tokens = tokens[start + 1:-1]
            else:
                return tokens

    @staticmethod
    def joined(pieces: list) -> list:
        result = []
        for piece in pieces:
            if result and isinstance(piece, str) and isinstance(result[-1], str):
                if piece == VARIES and result[-1].endswith(VARIES):
                    continue
                result[-1] += piece
            else:
                result.append(piece)
        return result

    def shown(self, pieces: list) -> str:
        return "".join(piece if isinstance(piece, str) else " / ".join(self.shown(one) for one in piece)
                       for piece in pieces)

    def pattern(self, pieces: list) -> str:
        return "".join(".*".join(map(re.escape, piece.split(VARIES))) if isinstance(piece, str) else
                       "(?:" + "|".join(self.pattern(one) for one in piece) + ")" for piece in pieces)


def is_vague(pieces: list) -> bool:
    """Whether the fixed text says too little to be a message: its words come from elsewhere."""
    if any(not isinstance(piece, str) for piece in pieces):
        return False
    return len(re.findall(r"[a-z]", "".join(pieces))) < 5


class Message(NamedTuple):
    file: str
    line: int
    where: str
    what: str
    remedy: str
    what_pattern: str
    remedy_pattern: str

    @property
    def is_vague(self) -> bool:
        return is_vague([self.what])

    @property
    def room(self) -> str:
        return self.file.split("/")[1]

    def matches(self, what: str, remedy: str) -> bool:
        return bool(re.fullmatch(self.what_pattern, what, re.S) and re.fullmatch(self.remedy_pattern, remedy, re.S))


def constants_of(tokens: list[Token]) -> dict[str, list[Token]]:
    """NAME = "text" … and NAME[] = "text" …, where the right side is fixed text alone."""
    found = {}
    for i, token in enumerate(tokens):
        if token.kind == "word" and re.match(r"k[A-Z]", token.text):
            j = i + 1
            while j < len(tokens) and tokens[j].text in ("[", "]"):
                j += 1
            if j < len(tokens) and is_sign(tokens[j], "="):
                literals = []
                for following in tokens[j + 1:]:
                    if following.kind != "string":
                        break
                    literals.append(following)
                if literals:
                    found[token.text] = literals
    return found


def followed(site: Site, index: int, tokens: list[Token], functions: list[Function], texts: Texts) -> list[Site]:
    """The site itself, or, where its words are a parameter of the function around it, one for each of the callers."""
    around = [f for f in functions if f.begin < index < f.end]
    if not around or not (is_vague(texts.pieces(site.what)) or is_vague(texts.pieces(site.remedy))):
        return [site]
    function = max(around, key=lambda f: f.begin)
    used = {token.text for token in site.what + site.remedy if token.kind == "word"}
    if not used & set(function.parameters):
        return [site]
    found = []
    for i, token in enumerate(tokens):
        is_call = token.kind == "word" and token.text == function.name and i + 1 < len(tokens)
        if not is_call or not is_sign(tokens[i + 1], "("):
            continue
        if tokens[close_of(tokens, i + 1) + 1:][:1] and close_of(tokens, i + 1) + 1 == function.begin:
            continue  # its own head
        arguments = split(inside(tokens, i + 1), ",")
        if not function.required <= len(arguments) <= len(function.parameters):
            continue
        values = dict(zip(function.parameters, arguments))
        caller = Site(site.file, token.line, *(replaced(part, values) for part in (site.where, site.what, site.remedy)))
        found += followed(caller, i, tokens, functions, texts)
    return found or [site]


def catalogue(root: Path) -> tuple[list[Message], list[Finding]]:
    sources = {path.relative_to(root).as_posix(): tokens_of(path.read_text(encoding="utf-8"))
               for path in sorted((root / "src").rglob("*")) if path.suffix in (".cpp", ".h")}
    texts = Texts({})
    for tokens in sources.values():
        texts.constants.update(constants_of(tokens))
    messages, findings = [], []
    for file, tokens in sources.items():
        if file in ("src/base/error.h", "src/base/error.cpp"):
            continue
        functions = functions_of(tokens)
        for index, site in raw_sites(file, tokens):
            if isinstance(site, Finding):
                findings.append(site)
                continue
            for one in followed(site, index, tokens, functions, texts):
                where, what, remedy = (texts.pieces(part) for part in (one.where, one.what, one.remedy))
                message = Message(file, one.line, texts.shown(where), texts.shown(what), texts.shown(remedy),
                                  texts.pattern(what), texts.pattern(remedy))
                if not message.where or not message.what or not message.remedy:
                    findings.append(Finding(file, one.line, "a message to users with an empty part"))
                else:
                    messages.append(message)
    return messages, findings


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "\\<").replace("\n", " ").replace("*", "\\*").replace("_", "\\_")


def page_of(messages: list[Message]) -> str:
    lines = ["# What segtrain may tell you, and what to do about it", "",
             "An error ends a command with exit code 2. It says where (a file, a line, a key), what, and what to try.",
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
