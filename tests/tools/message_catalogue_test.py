# SPDX-License-Identifier: Apache-2.0
"""tools/message_catalogue.py finds messages however they are made and formatted."""
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
import message_catalogue  # noqa: E402


class MessageCatalogue(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def write(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def source(self, body):
        self.write("src/config/checks.cpp", body)
        return message_catalogue.catalogue(self.root)

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

    def catalogued(self, **files):
        """(file, what, remedy) of each message in sources of the config room, NAME_h or NAME_cpp."""
        for name, text in files.items():
            self.write("src/config/" + name.replace("_", "."), text)
        messages, findings = message_catalogue.catalogue(self.root)
        self.assertEqual(findings, [])
        return sorted((Path(message.file).name, message.what, message.remedy) for message in messages)

    def test_a_named_text_is_that_of_its_own_file_or_of_a_header_that_is_included(self):
        body = 'void f() { fail(where, "the file is empty", kAgain); }'
        self.assertEqual(self.catalogued(
            a_cpp='constexpr const char* kAgain = "copy it again";\n' + body,
            b_cpp='constexpr const char* kAgain = "write it again";\n' + body,
            c_cpp='#include "config/c.h"\n' + body, c_h='#include "config/d.h"\n',
            d_h='inline constexpr const char* kAgain = "do it again";\n',
            e_cpp=body), [("a.cpp", "the file is empty", "copy it again"),
                          ("b.cpp", "the file is empty", "write it again"),
                          ("c.cpp", "the file is empty", "do it again"), ("e.cpp", "the file is empty", "…")])

    def test_a_function_that_a_header_offers_is_followed_to_other_files(self):
        found = self.catalogued(
            a_h='struct A { void cut(std::string what); };\n[[noreturn]] void damaged(std::string what);\n',
            a_cpp='#include "config/a.h"\nvoid damaged(std::string what) { fail(w, std::move(what), "copy it"); }\n'
                  'void f() { damaged("it ends early"); }',
            b_cpp='#include "config/b.h"\nvoid g() { if (x) damaged("it has no end: " + y); }',
            b_h='#include "config/a.h"',
            c_cpp='void damaged(std::string what) { fail(w, what, "write it"); }\nvoid h() { damaged("it is late"); }',
            d_cpp='#include "config/a.h"\nvoid A::cut(std::string what) { fail(w, what, "cut it"); }\n'
                  'void A::f() { cut("it is too long"); }',
            e_cpp='#include "config/a.h"\nvoid f() { cut("nobody is told this"); }')
        self.assertEqual(found, [("a.cpp", "it ends early", "copy it"), ("b.cpp", "it has no end: …", "copy it"),
                                 ("c.cpp", "it is late", "write it"), ("d.cpp", "it is too long", "cut it")])

    def test_a_counted_thing_is_one_or_many(self):
        messages, _ = self.source('void f() { fail(where, "has " + counted(list.size(), "entry") + " for " +'
                                  ' counted(n, "class"), "one a class"); }')
        self.assertEqual(messages[0].what, "has … entries for … classes")
        for what in ("has 1 entry for 1 class", "has 2 entries for 3 classes"):
            self.assertTrue(messages[0].matches(what, "one a class"), what)
        self.assertFalse(messages[0].matches("has 2 entry", "one a class"))

    def test_a_message_without_its_three_parts_is_a_finding(self):
        for body in ('void f() { fail("n_cats", "is not set"); }', 'void f() { fail("n_cats", "is not set", ""); }',
                     'void f() { problems.push_back({"n_cats", "is not set"}); }',
                     'void f() { add({.where = "n_cats", .what = "is not set"}); }'):
            _, findings = self.source(body)
            places = [(finding.file, finding.line) for finding in findings]
            self.assertEqual(places, [("src/config/checks.cpp", 1)], body)


if __name__ == "__main__":
    unittest.main()
