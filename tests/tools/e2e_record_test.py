# SPDX-License-Identifier: Apache-2.0
"""What the tests of the whole program record of the errors that a user saw."""
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

E2E = Path(__file__).resolve().parents[1] / "e2e"
sys.path.insert(0, str(E2E))
import program  # noqa: E402


class E2eRecord(unittest.TestCase):
    def test_each_error_of_the_standard_error_is_found(self):
        said = ("step 1/3\nerror: a.png\n  what: holds\ntwo lines\n  try:  copy it again\n"
                "error: n_cats\n  what: is not set\n  try:  n_cats=19, or\nn_cats=20\n")
        self.assertEqual(program.PROBLEM.findall(said), [("holds\ntwo lines", "copy it again"),
                                                         ("is not set", "n_cats=19, or\nn_cats=20")])
        self.assertEqual(program.PROBLEM.findall("what: no error\n  try:  nothing\n"), [])

    def test_a_record_begins_empty_and_is_added_to(self):
        with tempfile.TemporaryDirectory() as folder:
            fake = Path(folder) / "segtrain"
            fake.write_text("#!/bin/sh\nprintf 'error: x\\n  what: is %s\\n  try:  else\\n' \"$1\" >&2\nexit 2\n")
            fake.chmod(0o755)
            record = Path(folder) / "record"
            record.write_text("of an earlier run\n")
            subprocess.run([sys.executable, "-c", "import program; program.run('bad'); program.run('worse')"], cwd=E2E,
                           check=True, env={**os.environ, "SEGTRAIN": str(fake), "SEG_PROBLEM_RECORD": str(record)})
            entries = [json.loads(line) for line in record.read_text().splitlines()]
            self.assertEqual(entries, [{"what": "is bad", "remedy": "else"}, {"what": "is worse", "remedy": "else"}])


if __name__ == "__main__":
    unittest.main()
