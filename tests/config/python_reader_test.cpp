// SPDX-License-Identifier: Apache-2.0
#include "config/python_reader.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/random.h"
#include "base/text.h"

namespace seg {
namespace {

constexpr std::string_view kConfig = R"('''my config'''
# -*- coding: utf-8 -*-
cfg = dict(
    model_type='bisenetv2',
    n_cats=19,  # classes
    lr_start=5e-3, weight_decay=5e-4,
    max_iter=150_000,
    im_root="./data/" 'cityscapes',
    scales=[0.25, 2.],
    cropsize=(512, 2*512),
    label_map={0: 0, 7: -1 + 1, "8": 1},
    use_fp16=True, use_sync_bn=False,
    finetune_from=None,
    nested=dict(a=[{}, ()], b=((1)), c=(1,)),
)
cfg['momentum'] = 0.8
cfg.update({'seed': 3})
)";

// Every entry as "key = value @line".
std::vector<std::string> entries_of(std::string_view source) {
  std::vector<std::string> texts;
  for (const KeyValue& entry : read_python(source, "my.py"))
    texts.push_back(entry.key + " = " + text_of(entry.value) + " @" + entry.where.substr(entry.where.rfind(':') + 1));
  return texts;
}

Problem problem_of(std::string_view source) {
  try {
    read_python(source, "my.py");
  } catch (const UserError& error) {
    EXPECT_EQ(error.problems().size(), 1u);
    return error.problems().at(0);
  }
  return {.where = "none", .what = "none", .remedy = "none"};
}

using Texts = std::vector<std::string>;

TEST(PythonReader, GivesTypedValuesWithTheirLinesInOrder) {
  EXPECT_EQ(entries_of(kConfig),
            (Texts{"model_type = \"bisenetv2\" @4", "n_cats = 19 @5", "lr_start = 0.005 @6", "weight_decay = 5e-04 @6",
                   "max_iter = 150000 @7", "im_root = \"./data/cityscapes\" @8", "scales = [0.25, 2] @9",
                   "cropsize = [512, 1024] @10", "label_map = {0 = 0, 7 = 0, 8 = 1} @11", "use_fp16 = true @12",
                   "use_sync_bn = false @12", "finetune_from = None @13", "nested = {a = [{}, []], b = 1, c = [1]} @14",
                   "momentum = 0.8 @16", "seed = 3 @17"}));
  const auto values = read_python(kConfig, "my.py");
  EXPECT_EQ(values[0].where, "my.py:4");
  EXPECT_TRUE(std::holds_alternative<std::int64_t>(values[1].value.content));
  EXPECT_TRUE(std::holds_alternative<double>(values[2].value.content));
  EXPECT_TRUE(std::holds_alternative<bool>(values[9].value.content));
  EXPECT_TRUE(std::holds_alternative<Nothing>(values[11].value.content));
}

TEST(PythonReader, ManyFormsAreTheSame) {
  const Texts same = {"a = 1 @1", "b = [0.5, 2] @1"};
  for (const char* source :
       {"cfg = dict(a=1, b=[0.5, 2])", "cfg = dict(a=1, b=(0.5, 2),)\n", "cfg={'a':1,'b':[.5,2,]}",
        "cfg = {\"a\": 1, 'b': (0.5, 2)};", "cfg = (dict(a=1, b=[5e-1, 0x2]))  # done",
        "'text'; cfg = dict(a=1, b=(.5, 2))",
        "\xef\xbb\xbf"
        "cfg = dict(a=+1, b=[1/2, 2])\r\n",
        "cfg = dict(a=--1, b=[0.5, 4//2])", "cfg = {'a': 3 % 2, r'b': [2**-1, 2**1]}",
        "cfg = {u'a': (1), 'b': [(0.5), (2)]}", "cfg = {'''a''': 0b1, \"\"\"b\"\"\": (0_0.5, 0o2,)}",
        "cfg = dict(a=(2 - 1), b=[1.5 - 1, 1 + 1])", "cfg = {\"\" 'a': 1, 'b' '': [5_0 / 1_00, 2]}",
        "  cfg = dict(a=1, b=[0.5, 2])"})
    EXPECT_EQ(entries_of(source), same) << source;
  EXPECT_EQ(entries_of("cfg = dict(\\\na=1,\\\n\n b=[0.5,\n2])"), (Texts{"a = 1 @2", "b = [0.5, 2] @4"}));
  EXPECT_EQ(entries_of("cfg = dict(a=-2**2, b=-1e-2, c=2*-3, d=7-2-1, e=2+3*4)"),
            (Texts{"a = -4 @1", "b = -0.01 @1", "c = -6 @1", "d = 4 @1", "e = 14 @1"}));
  EXPECT_EQ(entries_of("cfg = dict()"), Texts{});
}

TEST(PythonReader, KeysMayBeGivenAfterwards) {
  EXPECT_EQ(entries_of("cfg = dict(a=1, b=2)\n\ncfg['a'] = [3]  # better\ncfg[\"c\"] = 2*2"),
            (Texts{"a = [3] @3", "b = 2 @1", "c = 4 @4"}));
  EXPECT_EQ(
      entries_of("config = {'a': 1}\nconfig.update(\n  b=2,\n  a=dict(x=1))\nconfig.update({'c': 3}); config['d'] = 4"),
      (Texts{"a = {x = 1} @4", "b = 2 @3", "c = 3 @5", "d = 4 @5"}));
  EXPECT_EQ(
      entries_of("cfg = dict({'a': 1}, b=2)\ncfg.update(dict(c=3), d=4)\ncfg.update()\ncfg.update(dict(dict(e=5)))"),
      (Texts{"a = 1 @1", "b = 2 @1", "c = 3 @2", "d = 4 @2", "e = 5 @4"}));
  EXPECT_EQ(entries_of("cfg: dict[str, object] = dict(dict=1)\n"), Texts{"dict = 1 @1"});
  EXPECT_EQ(entries_of("config: typing.Dict = {}"), Texts{});
}

TEST(PythonReader, WhatWouldHaveToBeExecutedIsRefusedByName) {
  struct Row {
    const char *source, *where, *what;
  };
  const Row rows[] = {
      {"import os\ncfg = dict()", "my.py:1", "the statement import (import os)"},
      {"from x import y", "my.py:1", "the statement from (from x import y)"},
      {"cfg = dict()\nif True: pass", "my.py:2", "the statement if"},
      {"def f():\n  return 1", "my.py:1", "the statement def"},
      {"print('x')", "my.py:1", "the call print()"},
      {"root = 'a'\ncfg = dict(r=root)", "my.py:1", "assigns to root"},
      {"cfg = dict(\n a=1,\n r=root)", "my.py:3", "the name root (r=root))"},
      {"cfg = dict(r=os.getcwd())", "my.py:1", "the call os.getcwd()"},
      {"cfg = dict(r=os.environ['HOME'])", "my.py:1", "an index into os.environ"},
      {"cfg = dict(r=np.pi)", "my.py:1", "the attribute np.pi"},
      {"cfg = dict(r=__import__('os').system('touch x'))", "my.py:1", "the call __import__()"},
      {"cfg = dict(r='a'.upper())", "my.py:1", "the attribute .upper of a value"},
      {"cfg = dict(r='a' 'b'[0])", "my.py:1", "an index into a value"},
      {"cfg = dict(r=[1, 2](3))", "my.py:1", "a call of a value"},
      {"cfg = dict(r=[i for i in x])", "my.py:1", "the name i"},
      {"cfg = dict(r=[1 for i in x])", "my.py:1", "a comprehension"},
      {"cfg = dict(r=(1 for i in x))", "my.py:1", "a comprehension"},
      {"cfg = {1: 2 for i in x}", "my.py:1", "a comprehension"},
      {"cfg = dict(r=1 if True else 2)", "my.py:1", "a conditional expression"},
      {"cfg = dict(r=f'{x}')", "my.py:1", "an f-string"},
      {"cfg = dict(r=lambda: 1)", "my.py:1", "the expression lambda"},
      {"cfg = dict(r=not True)", "my.py:1", "the operator not"},
      {"cfg = dict(r=1 < 2)", "my.py:1", "the operator <"},
      {"cfg = dict(r=1 or 2)", "my.py:1", "the operator or"},
      {"cfg = dict(r=1 << 2)", "my.py:1", "the operator <<"},
      {"cfg = dict(r=~1)", "my.py:1", "the operator ~"},
      {"cfg = dict(a=1) | dict(b=1)", "my.py:1", "the operator |"},
      {"cfg = dict(r='a' * 1000000000)", "my.py:1", "the operator * with what is no number"},
      {"cfg = dict(r=[0] * 1000000000)", "my.py:1", "the operator * with what is no number"},
      {"cfg = dict(r='a' + 'b')", "my.py:1", "the operator + with what is no number"},
      {"cfg = dict(r='%d' % 3)", "my.py:1", "the operator % with what is no number"},
      {"cfg = dict(r=True + 1)", "my.py:1", "the operator + with what is no number"},
      {"cfg = dict(r=-'a')", "my.py:1", "a sign before what is no number"},
      {"cfg = dict(r=1/0)", "my.py:1", "1 / 0 divides by zero"},
      {"cfg = dict(r=9**99)", "my.py:1", "9 ** 99 does not fit in 64 bits"},
      {"cfg = dict(r=9**9**9)", "my.py:1", "a power of a power"},
      {"cfg = dict(r=3j)", "my.py:1", "3j is a complex number"},
      {"cfg = dict(*x)", "my.py:1", "unpacking by *"},
      {"cfg = dict(**base)", "my.py:1", "unpacking by **"},
      {"cfg = {**base}", "my.py:1", "unpacking by **"},
      {"cfg = dict(a=1, **base)", "my.py:1", "unpacking by **"},
      {"cfg = dict([('a', 1)])", "my.py:1", "an entry of dict(...) that is not key=value"},
      {"cfg = {1, 2}", "my.py:1", "a set"},
      {"cfg = {(1, 2): 3}", "my.py:1", "a key that is neither text nor number"},
      {"cfg = [1]", "my.py:1", "cfg is no dict"},
      {"cfg = Config(a=1)", "my.py:1", "the call Config()"},
      {"cfg = dict(a=1)\ncfg |= dict(b=2)", "my.py:2", "changes cfg behind its definition"},
      {"cfg = dict(a=1)\ncfg['b']['c'] = 2", "my.py:2", "an index into a value"},
      {"cfg = dict(a=1)\ncfg['a'] += 2", "my.py:2", "the operator +="},
      {"cfg = dict(a=1)\ncfg[x] = 2", "my.py:2", "the name x"},
      {"cfg = dict(a=1)\ncfg['a'] = x", "my.py:2", "the name x"},
      {"cfg = dict(a=1)\ncfg['a']", "my.py:2", "the file ends too early"},
      {"cfg = dict(a=1)\ncfg[[1]] = 2", "my.py:2", "a key that is neither text nor number"},
      {"cfg = dict(a=1)\ncfg.update(x)", "my.py:2", "an entry of dict(...) that is not key=value"},
      {"cfg = dict(a=1)\ncfg.update(**x)", "my.py:2", "unpacking by **"},
      {"cfg = dict(a=1)\ncfg.update({'b': f()})", "my.py:2", "the call f()"},
      {"cfg = dict(a=1)\ncfg.update({}, {})", "my.py:2", "an entry of dict(...) that is not key=value"},
      {"cfg = dict(a=1)\ncfg.pop('a')", "my.py:2", "the call cfg.pop()"},
      {"cfg = dict(a=1)\ncfg.a = 3", "my.py:2", "the attribute cfg.a"},
      {"cfg['b'] = 2", "my.py:1", "an index into cfg"},
      {"cfg: open('x') = dict()", "my.py:1", "a call of a value"},
      {"cfg: dict", "my.py:1", "the file ends too early"},
      {"cfg = dict(a=1)\nconfig = dict(b=2)", "my.py:2", "config is given a second time; the first is on line 1"},
      {"config = dict(a=1)\ncfg['b'] = 2", "my.py:2", "an index into cfg"},
      {"cfg = dict(a=1)\ncfg = dict(a=2)", "my.py:2", "cfg is given a second time; the first is on line 1"},
      {"cfg = dict(a=1,\nb=2,\na=3)", "my.py:3", "a is given a second time; the first is on line 1"},
      {"cfg = dict(n={'x': 1,\n'x': 2})", "my.py:2", "x is given a second time; the first is on line 1"},
      {"@decorated\nclass A: pass", "my.py:1", "neither cfg = dict(...) nor a comment"},
      {"", "my.py", "holds no cfg = dict(...)"},
      {"# only a comment", "my.py", "holds no cfg = dict(...)"},
      {"cfg = dict(a=1", "my.py:1", "the file ends too early"},
      {"cfg = dict(\n  a=1,\n\n# end\n", "my.py:2", "the file ends too early (a=1,)"},
      {"cfg = dict(a=1]", "my.py:1", "unexpected: ]"},
      {"cfg = dict(a=1 b=2)", "my.py:1", "unexpected: b"},
      {"cfg = dict(a=)", "my.py:1", "unexpected: )"},
      {"cfg =\ndict()", "my.py:1", "unexpected: end of line"},
      {"cfg = dict()) ", "my.py:1", "unexpected: )"}};
  for (const Row& row : rows) {
    const Problem problem = problem_of(row.source);
    EXPECT_EQ(problem.where, row.where) << row.source;
    EXPECT_NE(problem.what.find(row.what), std::string::npos) << row.source << "\n" << problem.what;
    EXPECT_FALSE(problem.remedy.empty());
  }
}

TEST(PythonReader, NestingHasALimit) {
  const auto nested = [](std::size_t depth) {
    return "cfg = dict(a=" + std::string(depth, '[') + std::string(depth, ']') + ')';
  };
  EXPECT_EQ(entries_of(nested(30)).size(), 1u);
  for (const std::size_t depth : {32u, 200000u})
    EXPECT_NE(problem_of(nested(depth)).what.find("deeper than 32"), std::string::npos);
  const std::size_t many = 100000;
  for (const char* open : {"{1:", "dict(a=", "dict(", "dict({1:", "(", "[", "-(", "2**("}) {
    std::string source = "cfg = dict(a=";
    for (std::size_t i = 0; i < many; ++i) source += open;
    EXPECT_NE(problem_of(source).what.find("deeper than 32"), std::string::npos) << open;
  }
}

TEST(PythonReader, HugeCountsAreReadOrRefusedWithoutHarm) {
  const std::size_t many = 100000;
  const auto repeated = [&](std::string_view part) {
    std::string text;
    for (std::size_t i = 0; i < many; ++i) text += part;
    return text;
  };
  EXPECT_EQ(entries_of("cfg = dict(a=[" + repeated("1,") + "])").size(), 1u);
  EXPECT_EQ(entries_of("cfg = dict(a=" + repeated("-") + "1)"), Texts{"a = 1 @1"});
  EXPECT_EQ(entries_of("cfg = dict(a=0" + repeated("+1") + ")"), Texts{"a = " + std::to_string(many) + " @1"});
  EXPECT_EQ(entries_of("cfg = dict(a=" + repeated("'' ") + ")"), Texts{"a = \"\" @1"});
  EXPECT_EQ(entries_of(repeated("\n") + "cfg = dict(a=1)"), Texts{"a = 1 @" + std::to_string(many + 1)});
  EXPECT_NE(problem_of("cfg = dict(a=x" + repeated(".x") + ")").what, "none");
  EXPECT_NE(problem_of("cfg = dict(a=1" + repeated("0") + ")").what.find("64 bits"), std::string::npos);
  EXPECT_NE(problem_of("cfg = " + repeated(")")).what, "none");
  EXPECT_NE(problem_of(repeated("\\\n") + "x").what, "none");
  std::string keys = "cfg = dict(";
  for (std::size_t i = 0; i < 50000; ++i) keys += "k" + std::to_string(i) + "=1,";
  EXPECT_EQ(entries_of(keys + ")").size(), 50000u);
  keys = "cfg = {}\n";
  for (std::size_t i = 0; i < 50000; ++i) keys += "cfg['k" + std::to_string(i) + "']=1\n";
  EXPECT_EQ(entries_of(keys + keys.substr(keys.find('\n') + 1)).size(), 50000u);
}

// Cut at every byte, every bit flipped, and pieces moved about: it is read or refused, and the refusal is complete.
TEST(PythonReader, DamagedTextIsReadOrRefusedButNothingElse) {
  std::size_t read = 0, refused = 0;
  const auto check = [&](const std::string& source) {
    try {
      read_python(source, "my.py");
      ++read;
    } catch (const UserError& error) {
      ++refused;
      const Problem& problem = error.problems().at(0);
      ASSERT_TRUE(problem.where.starts_with("my.py")) << problem.where;
      ASSERT_FALSE(problem.what.empty() || problem.remedy.empty()) << source;
    }
  };
  for (std::size_t length = 0; length <= kConfig.size(); ++length) {
    check(std::string(kConfig.substr(0, length)));
    for (int bit = 0; bit < 8 && length < kConfig.size(); ++bit) {
      std::string flipped(kConfig);
      flipped[length] = static_cast<char>(flipped[length] ^ (1 << bit));
      check(flipped);
    }
  }
  Random random(1, RandomStream::synthetic, 0);
  for (int round = 0; round < 5000; ++round) {
    std::string source(kConfig);
    for (std::uint64_t change = 0; change <= random.below(3); ++change) {
      const std::size_t at = random.below(source.size() + 1), from = random.below(source.size());
      if (random.below(2) == 0)
        source.erase(at, random.below(8));
      else
        source.insert(at, source.substr(from, random.below(12)));
    }
    check(source);
  }
  EXPECT_GT(read, 1000u);
  EXPECT_GT(refused, 4000u);
}

}  // namespace
}  // namespace seg
