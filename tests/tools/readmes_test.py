# SPDX-License-Identifier: Apache-2.0
"""README.md and its translation show the same commands in the same order, and the same config."""
import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def lines_to_type(text):
    """Commands and lines of the config, as a reader types them: without prompts and comments."""
    shown = [line[4:] for line in text.splitlines() if re.match(r" {4}\S", line)]
    typed = [line for line in shown if re.match(r"(\$ )?(\./dev|build/segtrain)\b|\w+ = ", line)]
    return [re.sub(r"\s+#.*", "", line) for line in typed]


class Readmes(unittest.TestCase):
    def test_they_show_the_same_commands(self):
        english, chinese = (lines_to_type((ROOT / name).read_text(encoding="utf-8"))
                            for name in ("README.md", "README.zh-CN.md"))
        self.assertGreater(len(english), 10)
        self.assertEqual(chinese, english)

    def test_a_command_is_recognised(self):
        self.assertEqual(lines_to_type("text\n    $ build/segtrain x  # why\n    output\n    seed = 1\n./dev y\n"),
                         ["$ build/segtrain x", "seed = 1"])


if __name__ == "__main__":
    unittest.main()
