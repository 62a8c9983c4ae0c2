# SPDX-License-Identifier: Apache-2.0
"""tools/errors_page.py finds messages however they are made and formatted, and which of them were provoked."""
import contextlib
import io
import json
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
import errors_page  # noqa: E402


class ErrorsPage(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.unprovoked = {}
        patch = mock.patch.object(errors_page, "UNPROVOKED", self.unprovoked)
        patch.start()
        self.addCleanup(patch.stop)

    def write(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def source(self, body):
        self.write("src/config/checks.cpp", body)
        return errors_page.catalogue(self.root)

    def messages(self, body):
        messages, findings = self.source(body)
        self.assertEqual(findings, [])
        return [(message.where, message.what, message.remedy) for message in messages]

    def test_each_way_to_make_a_problem_is_found(self):
        made = [("n_cats", "is not set", "n_cats=19")]
        for body in ('void f() { fail("n_cats", "is not set", "n_cats=19"); }',
                     'void f() {\n  fail(\n    "n_cats", // why\n    "is not"\n    " set",\n    "n_cats=19");\n}',
                     'void f() { problems.push_back({"n_cats", "is not set", "n_cats=19"}); }',
                     'void f() { add("", {.where = "n_cats", .what = "is not set", .remedy = "n_cats=19"}); }',
                     'auto f() { return Problem{.where = "n_cats", .what = "is not set", .remedy = "n_cats=19"}; }',
                     'auto f() { throw UserError(Problem{"n_cats", "is not set", "n_cats=19"}); }'):
            self.assertEqual(self.messages(body), made, body)

    def test_what_looks_like_one_is_none(self):
        self.assertEqual(self.messages('// fail("a", "b", "c")\nconst char* x = "fail(a, b, c)";\n'
                                       '[[noreturn]] void fail(std::string where);\n'
                                       'rows.push_back({"a", "b", "c"});'), [])

    def test_what_varies_is_an_ellipsis(self):
        self.assertEqual(
            self.messages('void f() { fail(path.string(), "holds " + std::to_string(n, 3) + std::string(" of ") + x() +'
                          ' y, is_late ? "go home" : "wait"); }'),
            [("…", "holds … of …", "go home / wait")])

    def test_named_texts_are_followed(self):
        self.assertEqual(self.messages('constexpr const char* kAgain = "copy it again";\n'
                                       'void f() { fail(where, "the file is empty", kAgain); }'),
                         [("…", "the file is empty", "copy it again")])

    def test_a_function_that_passes_a_text_on_is_followed_to_its_callers(self):
        body = ('[[noreturn]] void damaged(std::string_view where, const std::string& what) {\n'
                '  fail(std::string(where), "the file is damaged: " + what, "copy it again");\n}\n'
                '[[noreturn]] void cut(std::string_view at, std::string what, int error = 0) {\n'
                '  fail(std::string(at), std::move(what), "copy it");\n}\n'
                'void f() { if (a) cut(where, "it ends early"); cut(where, "too short by " + n, 3); }')
        self.assertEqual(self.messages(body), [("…", "the file is damaged: …", "copy it again"),
                                               ("…", "it ends early", "copy it"),
                                               ("…", "too short by …", "copy it")])

    def test_a_message_without_its_three_parts_is_a_finding(self):
        for body in ('void f() { fail("n_cats", "is not set"); }', 'void f() { fail("n_cats", "is not set", ""); }',
                     'void f() { problems.push_back({"n_cats", "is not set"}); }',
                     'void f() { add({.where = "n_cats", .what = "is not set"}); }'):
            _, findings = self.source(body)
            places = [(finding.file, finding.line) for finding in findings]
            self.assertEqual(places, [("src/config/checks.cpp", 1)], body)

    def test_a_stale_page_is_a_finding(self):
        messages, findings = self.source('void f() { fail("n_cats", "is not set", "n_cats=19"); }')
        self.assertEqual(len(errors_page.check(self.root, messages, findings)), 1)
        page = errors_page.page_of(messages)
        self.assertIn("| `n_cats`: is not set | n\\_cats=19 |", page)
        self.write("docs/errors.md", page)
        self.assertEqual(errors_page.check(self.root, messages, findings), [])
        self.unprovoked["src/config/checks.cpp", "is lost"] = "nobody can"
        self.assertIn("has no message 'is lost'", errors_page.check(self.root, messages, findings)[0].text)

    def test_what_no_test_provokes_is_named(self):
        messages, _ = self.source('void f() { fail(a, "holds " + n + " bytes", "copy it");\n'
                                  ' fail(a, "is empty", "copy it"); }')
        record = self.root / "record"

        def untested(*entries):
            record.write_text("".join(json.dumps({"what": w, "remedy": r}) + "\n" for w, r in entries))
            return [finding.line for finding in errors_page.untested(messages, [record], [])]

        self.assertEqual(untested(), [1, 2])
        self.assertEqual(untested(("holds 3\n4 bytes", "copy it")), [2])
        self.assertEqual(untested(("holds 3 bytes", "another remedy"), ("is empty", "copy it")), [1])
        self.assertEqual(errors_page.untested(messages, [record], ["image"]), [])

        self.unprovoked["src/config/checks.cpp", "is empty"] = "nobody can"
        self.assertEqual(untested(("holds 3 bytes", "copy it")), [])
        self.assertEqual(untested(("holds 3 bytes", "copy it"), ("is empty", "copy it")), [2])

    def test_without_a_record_nothing_is_said(self):
        arguments = ["errors_page.py", "--untested", str(self.root / "none")]
        with mock.patch.object(sys, "argv", arguments), contextlib.redirect_stdout(io.StringIO()) as said:
            self.assertEqual(errors_page.main(), errors_page.NO_RECORD)
        self.assertIn("no record", said.getvalue())

    def test_a_gate_that_fails_says_what_to_do(self):
        self.source('void f() { fail(a, "is empty", "copy it"); }')
        self.write("record", "")
        arguments = ["errors_page.py", "--untested", str(self.root / "record")]
        with mock.patch.object(sys, "argv", arguments), mock.patch.object(errors_page, "ROOT", self.root), \
                contextlib.redirect_stdout(io.StringIO()) as said:
            self.assertEqual(errors_page.main(), 1)
        self.assertIn("checks.cpp:1: no test provokes: is empty", said.getvalue())
        self.assertIn("stands in UNPROVOKED", said.getvalue())


if __name__ == "__main__":
    unittest.main()
