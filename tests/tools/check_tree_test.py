# SPDX-License-Identifier: Apache-2.0
"""Each rule of tools/check_tree.py finds what it is for, and a sound tree passes."""
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
import check_tree  # noqa: E402

OPENING = "// SPDX-License-Identifier: Apache-2.0\n// A thing.\n#pragma once\n"
SOURCE = "// SPDX-License-Identifier: Apache-2.0\n"


class CheckTree(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        for source, test in check_tree.TESTED_ELSEWHERE.items():
            self.write(source, SOURCE)
            self.write(test, "# SPDX-License-Identifier: Apache-2.0\n")
        self.write("src/base/error.h", OPENING)
        self.write("src/graph/graph.h", OPENING + '#include "base/error.h"\n')
        self.write("src/graph/graph.cpp", SOURCE + '#include "graph/graph.h"\n')
        self.write("tests/graph/graph_test.cpp", SOURCE + '#include "graph/graph.h"\n')
        self.write("src/image/image.h", OPENING)
        self.write("src/loader/loader.h", OPENING + '#include "image/image.h"\n')
        self.write("src/config/dataset.h", OPENING)
        self.write("src/config/run.h", OPENING)
        self.write("src/engine/network.h", OPENING + "#include <ATen/core/Tensor.h>\n")

    def write(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def findings(self):
        return [f"{finding.path}:{finding.line}: {finding.what}" for finding in check_tree.check_tree(self.root)]

    def assert_finds(self, where, what):
        matching = [text for text in self.findings() if text.startswith(where) and what in text]
        self.assertEqual(len(matching), 1, self.findings())

    def test_a_sound_tree_passes(self):
        self.assertEqual(self.findings(), [])

    def test_the_project_passes_no_test_of_its_own_for_an_unknown_room(self):
        self.write("src/utils/strings.h", OPENING)
        self.assert_finds("src/utils", "FLOORS does not know")

    def test_an_include_may_not_run_up_the_floors(self):
        self.write("src/graph/up.h", OPENING + '#include "loader/loader.h"\n')
        self.assert_finds("src/graph/up.h:4", "graph/ may not include loader/")

    def test_an_include_may_pass_through_a_room_between(self):
        self.write("src/evaluation/view.h", OPENING + '#include "image/image.h"\n')
        self.assertEqual(self.findings(), [])

    def test_an_include_names_its_room(self):
        self.write("src/graph/near.h", OPENING + '#include "graph.h"\n')
        self.assert_finds("src/graph/near.h:4", "no such header")

    def test_a_room_reads_its_own_section_of_the_config_only(self):
        self.write("src/dataset/open.h", OPENING + '#include "config/dataset.h"\n#include "config/run.h"\n')
        self.assert_finds("src/dataset/open.h:5", "config/run.h")

    def test_torch_stays_below_its_line(self):
        self.write("src/graph/tensor.h", OPENING + "#include <ATen/core/Tensor.h>\n")
        self.assert_finds("src/graph/tensor.h:4", "above the torch line")

    def test_a_header_below_the_torch_line_takes_tensor_only(self):
        self.write("src/engine/wide.h", OPENING + "#include <ATen/ATen.h>\n")
        self.assert_finds("src/engine/wide.h:4", "in a header")

    def test_tests_above_the_torch_line_build_without_it(self):
        self.write("tests/graph/engine_test.cpp", SOURCE + '#include "engine/network.h"\n')
        self.assert_finds("tests/graph/engine_test.cpp:2", "room below it")

    def test_fmt_is_for_sources_above_the_torch_line(self):
        self.write("src/image/text.h", OPENING + "#include <fmt/format.h>\n")
        self.write("src/engine/text.cpp", SOURCE + "#include <fmt/format.h>\n")
        self.write("tests/engine/text_test.cpp", SOURCE)
        self.assert_finds("src/image/text.h:4", "another fmt")
        self.assert_finds("src/engine/text.cpp:2", "another fmt")

    def test_a_source_has_a_test_of_its_name(self):
        self.write("src/graph/shapes.cpp", SOURCE)
        self.assert_finds("src/graph/shapes.cpp", "no tests/graph/shapes_test.cpp")

    def test_kernels_of_two_devices_and_stubs_share_a_test_and_commands_need_none(self):
        self.write("src/engine/kernels/relu_cpu.cpp", SOURCE)
        self.write("src/engine/kernels/relu_absent.cpp", SOURCE)
        self.write("tests/engine/kernels/relu_test.cpp", SOURCE)
        self.write("src/cli/train.cpp", SOURCE + "extern const Command train_command = {};\n")
        self.assertEqual(self.findings(), [])

    def test_a_header_opens_with_licence_contract_and_pragma(self):
        self.write("src/graph/bare.h", "#pragma once\n")
        self.assert_finds("src/graph/bare.h:1", "SPDX")
        self.assert_finds("src/graph/bare.h:2", "contract")
        self.write("src/graph/late.h", OPENING.replace("#pragma", "#include <span>\n#pragma"))
        self.assert_finds("src/graph/late.h:1", "#pragma once")

    def test_a_header_for_each_level_of_vector_instructions_is_read_again(self):
        toggle = "#if defined(SEG_LANES_H) == defined(HWY_TARGET_TOGGLE)\n"
        self.write("src/graph/lanes.h", OPENING.replace("#pragma once\n", toggle))
        self.assertEqual(self.findings(), [])

    def test_a_library_is_silent_and_stays(self):
        self.write("src/graph/loud.h", OPENING + "inline void f() { std::exit(1); }\n")
        self.assert_finds("src/graph/loud.h:4", "neither prints nor exits")

    def test_sizes_and_leftovers(self):
        self.write("src/graph/long.h", OPENING + "\n" * 500)
        self.write("src/graph/wide.h", OPENING + "// " + "x" * 120 + "\n")
        self.write("src/graph/later.h", OPENING + "// TO" + "DO: finish\n")
        self.write("docs/here.md", "see /ho" + "me/somebody/data\n")
        self.assert_finds("src/graph/long.h", "more than 500")
        self.assert_finds("src/graph/wide.h:4", "columns")
        self.assert_finds("src/graph/later.h:4", "unfinished")
        self.assert_finds("docs/here.md:1", "particular machine")


if __name__ == "__main__":
    unittest.main()
