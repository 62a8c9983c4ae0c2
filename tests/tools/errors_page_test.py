# SPDX-License-Identifier: Apache-2.0
"""tools/errors_page.py: the page is as the sources say, and messages that no test provokes are named."""
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
