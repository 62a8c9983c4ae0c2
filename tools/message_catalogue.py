# SPDX-License-Identifier: Apache-2.0
"""Finds the messages to users in the sources of src/, for tools/errors_page.py.

A message is made by `fail(where, what, remedy)`, by a `Problem{...}`, by a braced list with `.what =`, or by a braced
list that is added to something called problems. Of a text that is put together the fixed pieces are kept, with … for
what varies. A function that only passes a text on to one of these is followed to its callers, also in other files if
a header that they include declares it.
"""
import re
from pathlib import Path
from typing import Iterator, NamedTuple

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
COUNTED = "\0"  # around the thing in counted(number, "thing")
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


class Source(NamedTuple):
    file: str
    tokens: list[Token]  # names of fixed texts replaced by these
    functions: list[Function]  # that have a body
    declared: set[str]  # functions that the headers it includes offer
    headers: set[str]  # itself, if it is one, and those that it includes, whatever through


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
        if len(tokens) > 4 and tokens[0].text == "counted" and is_sign(tokens[1], "(") and tokens[-2].kind == "string":
            return [f"{VARIES} {COUNTED}{tokens[-2].text}{COUNTED}"]
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
        return "".join(" / ".join(self.shown(one) for one in piece) if isinstance(piece, tuple) else
                       re.sub(f"{COUNTED}(.*?){COUNTED}", lambda match: plural_of(match[1]), piece) for piece in pieces)

    def pattern(self, pieces: list) -> str:
        return "".join(self.fixed_pattern(piece) if isinstance(piece, str) else
                       "(?:" + "|".join(self.pattern(one) for one in piece) + ")" for piece in pieces)

    @staticmethod
    def fixed_pattern(text: str) -> str:
        fixed, *rest = text.split(COUNTED)
        pattern = ".*".join(map(re.escape, fixed.split(VARIES)))
        for thing, fixed in zip(rest[::2], rest[1::2]):
            pattern += f"(?:{re.escape(thing)}|{re.escape(plural_of(thing))})"
            pattern += ".*".join(map(re.escape, fixed.split(VARIES)))
        return pattern


def plural_of(thing: str) -> str:
    """As base/counted.h has it."""
    if thing.endswith(("s", "x", "ch", "sh")):
        return thing + "es"
    return thing[:-1] + "ies" if re.search("[^aeiou]y$", thing) else thing + "s"


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


def sources_of(root: Path) -> dict[str, Source]:
    texts = {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
             for path in sorted((root / "src").rglob("*")) if path.suffix in (".cpp", ".h")}
    raw = {file: tokens_of(text) for file, text in texts.items()}
    includes = {file: {f"src/{name}" for name in re.findall(r'^#include "([^"]+)"', text, re.M)} & set(texts)
                for file, text in texts.items()}
    fixed = {file: constants_of(tokens) for file, tokens in raw.items()}
    sources = {}
    for file, tokens in raw.items():
        headers, new = {file} if file.endswith(".h") else set(), includes[file]
        while new:
            headers |= new
            new = set().union(*(includes[header] for header in new)) - headers
        constants = {name: text for header in sorted(headers) for name, text in fixed[header].items()} | fixed[file]
        declared = set().union(*(declared_in(raw[header]) for header in headers)) if headers else set()
        tokens = replaced(tokens, constants)
        sources[file] = Source(file, tokens, functions_of(tokens), declared, headers)
    return sources


def declared_in(tokens: list[Token]) -> set[str]:
    """Functions that a header offers to whoever includes it: not members, and nothing in a namespace without a name."""
    names = set()
    members_end = 0
    for i, token in enumerate(tokens[:-1]):
        if i < members_end:
            continue
        if token.text in ("struct", "class", "enum"):
            j = i
            while j < len(tokens) - 1 and tokens[j].text not in ("{", ";", "("):
                j += 1
            if is_sign(tokens[j], "{"):
                members_end = close_of(tokens, j)
        elif token.kind == "word" and is_sign(tokens[i + 1], "("):
            names.add(token.text)
    return names


def callers_of(function: Function, home: Source, sources: dict[str, Source]) -> list[Source]:
    """Where a call of that name means that function: its own file, and those which see it through a header."""
    if function.name not in home.declared:
        return [home]
    offering = {header for header in home.headers if function.name in declared_in(sources[header].tokens)}
    return [home] + [source for source in sources.values()
                     if source is not home and offering & source.headers
                     and all(own.name != function.name for own in source.functions)]


def followed(site: Site, index: int, source: Source, sources: dict[str, Source], texts: Texts) -> list[Site]:
    """The site itself, or, where its words are a parameter of the function around it, one for each of the callers."""
    around = [f for f in source.functions if f.begin < index < f.end]
    if not around or not (is_vague(texts.pieces(site.what)) or texts.pieces(site.remedy) == [VARIES]):
        return [site]
    function = max(around, key=lambda f: f.begin)
    used = {token.text for token in site.what + site.remedy if token.kind == "word"}
    if not used & set(function.parameters):
        return [site]
    found = []
    for other in callers_of(function, source, sources):
        for i, arguments in calls_of(function, other):
            values = dict(zip(function.parameters, arguments))
            caller = Site(other.file, other.tokens[i].line,
                          *(replaced(part, values) for part in (site.where, site.what, site.remedy)))
            found += followed(caller, i, other, sources, texts)
    return found or [site]


def calls_of(function: Function, source: Source) -> Iterator[tuple[int, list[list[Token]]]]:
    tokens = source.tokens
    heads = {own.begin for own in source.functions if own.name == function.name}
    for i, token in enumerate(tokens[:-1]):
        if token.kind != "word" or token.text != function.name or not is_sign(tokens[i + 1], "("):
            continue
        end = close_of(tokens, i + 1)
        if any(end < head <= end + 4 for head in heads):
            continue  # a head of its own
        arguments = split(inside(tokens, i + 1), ",")
        is_declaration = i > 0 and tokens[i - 1].text == "void"
        if not is_declaration and function.required <= len(arguments) <= len(function.parameters):
            yield i, arguments


def catalogue(root: Path) -> tuple[list[Message], list[Finding]]:
    sources, texts = sources_of(root), Texts()
    messages, findings = [], []
    for source in sources.values():
        if source.file in ("src/base/error.h", "src/base/error.cpp"):
            continue
        for index, site in raw_sites(source.file, source.tokens):
            if isinstance(site, Finding):
                findings.append(site)
                continue
            for one in followed(site, index, source, sources, texts):
                where, what, remedy = (texts.pieces(part) for part in (one.where, one.what, one.remedy))
                message = Message(one.file, one.line, texts.shown(where), texts.shown(what), texts.shown(remedy),
                                  texts.pattern(what), texts.pattern(remedy))
                if not message.where or not message.what or not message.remedy:
                    findings.append(Finding(one.file, one.line, "a message to users with an empty part"))
                else:
                    messages.append(message)
    return messages, findings
