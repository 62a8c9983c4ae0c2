// SPDX-License-Identifier: Apache-2.0
#include "formats/pickle_reader.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "tests/formats/problem_of.h"

namespace seg {
namespace {

using namespace std::string_literals;
using testing::expect_problem;
using testing::refusal_of;

std::span<const std::byte> raw(const std::string& text) { return std::as_bytes(std::span(text)); }

void expect_refused(const std::string& pickle, const std::string& part) {
  expect_problem([&] { (void)Pickle(raw(pickle), "w.pth"); }, part);
}

// What Python's pickle.dumps({"a": [1, -2, 70000, 2**40], "b": (None, True, False, 1.5), "c": {}}, protocol) gives.
const std::string kProtocol2 =
    "\x80\x02}q\x00(X\x01\x00\x00\x00"
    "aq\x01]q\x02(K\x01J\xfe\xff\xff\xffJp\x11\x01\x00\x8a\x06\x00\x00\x00\x00\x00\x01"
    "eX\x01\x00\x00\x00"
    "bq\x03(N\x88\x89G?\xf8\x00\x00\x00\x00\x00\x00tq\x04X\x01\x00\x00\x00"
    "cq\x05}q\x06u."s;
const std::string kProtocol4 =
    "\x80\x04\x95"
    ":\x00\x00\x00\x00\x00\x00\x00}\x94(\x8c\x01"
    "a\x94]\x94(K\x01J\xfe\xff\xff\xffJp\x11\x01\x00\x8a\x06"
    "\x00\x00\x00\x00\x00\x01"
    "e\x8c\x01"
    "b\x94(N\x88\x89G?\xf8\x00\x00\x00\x00\x00\x00t\x94\x8c\x01"
    "c\x94}\x94u."s;

TEST(PickleReader, ReadsWhatPythonWrites) {
  for (const std::string& text : {kProtocol2, kProtocol4}) {
    const std::string stream = text + "what follows is not its own";
    const Pickle pickle(raw(stream), "w.pth");
    EXPECT_EQ(pickle.size(), text.size());
    const PickleValue& dict = pickle.root();
    ASSERT_EQ(dict.kind, PickleKind::dict);
    ASSERT_EQ(dict.items.size(), 6u);
    EXPECT_EQ(pickle[dict.items[0]].text, "a");
    const PickleValue& list = pickle[dict.items[1]];
    ASSERT_EQ(list.kind, PickleKind::list);
    std::vector<std::int64_t> numbers;
    for (const std::uint32_t item : list.items) numbers.push_back(pickle[item].integer);
    EXPECT_EQ(numbers, (std::vector<std::int64_t>{1, -2, 70000, std::int64_t{1} << 40}));
    const PickleValue& tuple = pickle[dict.items[3]];
    ASSERT_EQ(tuple.items.size(), 4u);
    EXPECT_EQ(pickle[tuple.items[0]].kind, PickleKind::none);
    EXPECT_EQ(pickle[tuple.items[1]].kind, PickleKind::boolean);
    EXPECT_EQ(pickle[tuple.items[1]].integer, 1);
    EXPECT_EQ(pickle[tuple.items[3]].kind, PickleKind::real);
    EXPECT_EQ(pickle[dict.items[5]].kind, PickleKind::dict);
  }
}

TEST(PickleReader, KeepsNumbersThatAreTooLongAsBytes) {
  const std::string text =
      "\x80\x02\x8a\x0al\xfc\x9c"
      "F\xf9 j\xa8P\x19."s;
  const Pickle pickle(raw(text), "w.pth");
  EXPECT_EQ(pickle.root().kind, PickleKind::large);
  EXPECT_EQ(pickle.root().text,
            "l\xfc\x9c"
            "F\xf9 j\xa8P\x19");
}

TEST(PickleReader, ReadsOrderedDictsOfPython2AndPassesOverAttributes) {
  // OrderedDict([["a", 1]]) as Python 2 calls it, with _metadata given to it afterwards.
  const std::string text =
      "\x80\x02"
      "ccollections\nOrderedDict\nq\x00]q\x01]q\x02(U\x01"
      "aK\x01"
      "ea\x85Rq\x03}q\x04U\x09_metadataNsb."s;
  const Pickle pickle(raw(text), "w.pth");
  ASSERT_EQ(pickle.root().kind, PickleKind::dict);
  ASSERT_EQ(pickle.root().items.size(), 2u);
  EXPECT_EQ(pickle[pickle.root().items[0]].text, "a");
}

// What Python's pickle.dumps({"best": numpy.float64(0.5), "args": argparse.Namespace(lr=1)}, protocol) gives.
const std::string kBeside2 =
    "\x80\x02}q\x00(X\x04\x00\x00\x00"
    "bestq\x01"
    "cnumpy._core.multiarray\nscalar\nq\x02"
    "cnumpy\ndtype\nq\x03X\x02\x00\x00\x00"
    "f8q\x04\x89\x88\x87q\x05Rq\x06(K\x03X\x01\x00\x00\x00<q\x07NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tq\x08"
    "bc_codecs\nencode\nq\x09X\x09\x00\x00\x00\x00\x00\x00\x00\x00\x00\xc3\xa0?"
    "q\nX\x06\x00\x00\x00latin1q\x0b\x86q\x0cRq"
    "\x0d\x86q\x0eRq\x0fX\x04\x00\x00\x00"
    "argsq\x10"
    "cargparse\nNamespace\nq\x11)\x81q\x12}q\x13X\x02\x00\x00\x00lrq\x14K\x01sbu."s;
const std::string kBeside4 =
    "\x80\x04\x95\xa2\x00\x00\x00\x00\x00\x00\x00}\x94(\x8c\x04"
    "best\x94\x8c\x15numpy.core.multiarray\x94\x8c\x06scalar\x94\x93\x94\x8c\x05numpy\x94\x8c\x05"
    "dtype\x94\x93\x94\x8c\x02"
    "f8\x94\x89\x88\x87\x94R\x94(K\x03\x8c\x01<\x94NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00t\x94"
    "bC\x08\x00\x00\x00\x00\x00\x00\xe0?\x94\x86\x94R\x94\x8c\x04"
    "args\x94\x8c\x08"
    "argparse\x94\x8c\x09Namespace\x94\x93\x94)\x81\x94}\x94\x8c\x02lr\x94K\x01sbu."s;

TEST(PickleReader, KnowsNothingOfWhatScriptsKeepBesideWeights) {
  for (const std::string& text : {kBeside2, kBeside4}) {
    const Pickle pickle(raw(text), "w.pth");
    const PickleValue& dict = pickle.root();
    ASSERT_EQ(dict.items.size(), 4u);
    for (const std::size_t k : {1u, 3u}) {
      EXPECT_EQ(pickle[dict.items[k]].kind, PickleKind::opaque);
      EXPECT_TRUE(pickle[dict.items[k]].items.empty());
    }
    for (std::size_t length = 0; length < text.size(); ++length) expect_refused(text.substr(0, length), "");
  }
  // Python's pickle.dumps({"d": collections.defaultdict(list, {1: [2]}), "s": {3}, "f": frozenset({4})}, 4).
  const std::string sets =
      "\x80\x04}(\x8c\x01"
      "dccollections\ndefaultdict\ncbuiltins\nlist\n\x85RK\x01]K\x02"
      "as\x8c\x01s\x8f(K\x03\x90\x8c\x01"
      "f(K\x04\x91u."s;
  const Pickle with_sets(raw(sets), "w.pth");
  ASSERT_EQ(with_sets.root().items.size(), 6u);
  for (const std::size_t k : {1u, 3u, 5u}) EXPECT_EQ(with_sets[with_sets.root().items[k]].kind, PickleKind::opaque);
  expect_refused("\x80\x04}(K\x03\x90."s, "adds to a set where there is none");
  // What such an object is made of is held to the same rules.
  expect_refused(
      "\x80\x02"
      "cargparse\nNamespace\n)\x81}U\x01xcos\nsystem\nsb."s,
      R"(asks for "os.system")");
  expect_refused(
      "\x80\x02"
      "cargparse\nNamespace\nN\x81."s,
      "no tuple");
  expect_refused(
      "\x80\x02"
      "cargparse\nNamespac\n)\x81."s,
      "argparse.Namespac");
  expect_refused(
      "\x80\x04"
      "B\xff\xff\xff\xffx."s,
      "ends too early");
}

TEST(PickleReader, RefusesByNameWhatItDoesNotKnow) {
  expect_refused(
      "\x80\x02"
      "cos\nsystem\nU\x02ls\x85R."s,
      R"(asks for "os.system")");
  expect_refused(
      "\x80\x04\x8c\x08"
      "builtins\x8c\x04"
      "eval\x93."s,
      R"(asks for "builtins.eval")");
  expect_refused(
      "\x80\x02"
      "ctorch\nComplexFloatStorage\n."s,
      "torch.ComplexFloatStorage");
  expect_refused(
      "\x80\x02"
      "c__main__\nNet\n)\x81."s,
      R"(asks for "__main__.Net")");
  expect_refused(
      "\x80\x02"
      "ctorch\nFloatStorage\n)R."s,
      "makes a torch.FloatStorage");
  expect_refused(
      "\x80\x02"
      "cos\n"s +
          std::string(5000, 'x') + "\n.",
      "…");
  expect_refused(
      "\x80\x02"
      "ccollections\nOrderedDict\n)\x81."s,
      "makes a collections.OrderedDict");
  expect_refused("\x80\x02N)\x81."s, "calls None, which is no function");
  expect_refused("\x80\x02)\x81."s, "where there is none");
  expect_refused("\x80\x02)\x92."s, "0x92");
  expect_refused("\x80\x06N."s, "protocol 6");
  expect_refused("(I1\n."s, "0x49");
}

TEST(PickleReader, RefusesInstructionsThatFitNoStack) {
  expect_refused("\x80\x02."s, "where there is none");
  expect_refused("\x80\x02NN."s, "left over");
  expect_refused("\x80\x02(N."s, "left over");
  expect_refused("\x80\x02N(0."s, "where there is none");  // a mark protects what lies below it
  expect_refused("\x80\x02Nt."s, "looks for a mark");
  expect_refused("\x80\x02Ns."s, "where there is none");
  expect_refused("\x80\x02]NNs."s, "adds to a list");
  expect_refused("\x80\x02](Nu."s, "key without a value");
  expect_refused("\x80\x02K\x01Na."s, "adds to a number");
  expect_refused("\x80\x02h\x07."s, "did not keep");
  expect_refused("\x80\x02q\x07."s, "where there is none");
  expect_refused("\x80\x02N)R."s, "no function");
  expect_refused(
      "\x80\x02"
      "ccollections\nOrderedDict\nNR."s,
      "no tuple");
  expect_refused(
      "\x80\x02"
      "ccollections\nOrderedDict\nN\x85R."s,
      "no list");
  expect_refused(
      "\x80\x02"
      "ccollections\nOrderedDict\n]Na\x85R."s,
      "no pairs");
  expect_refused("\x80\x02]}b."s, "gives attributes to a list");
  expect_refused("\x80\x04NN\x93."s, "no text");
  expect_refused("\x80\x02Q."s, "where there is none");
}

TEST(PickleReader, RefusesLengthsBeyondItsEnd) {
  expect_refused(
      "\x80\x02X\xff\xff\xff\xff"
      "abc."s,
      "ends too early");
  expect_refused(
      "\x80\x04\x8d\xff\xff\xff\xff\xff\xff\xff\xff"
      "abc."s,
      "ends too early");
  expect_refused("\x80\x02\x8b\xff\xff\xff\xff."s, "ends too early");
  expect_refused("\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\xffN."s, "ends too early");
  expect_refused(
      "\x80\x02"
      "cos"s,
      "ends too early");
  for (const std::string& text : {kProtocol2, kProtocol4}) {
    for (std::size_t length = 0; length < text.size(); ++length) expect_refused(text.substr(0, length), "");
  }
}

TEST(PickleReader, LimitsInstructionsAndWhatTheyMultiply) {
  expect_refused("\x80\x02" + std::string(2 * kMaxPickleSteps, 'N'), "instructions");
  // Marks and nested tuples without end, a list that holds itself, a memo far away: none of it recurses.
  expect_refused("\x80\x02" + std::string(400'000, '('), "ends too early");
  const std::string nested = "\x80\x02N"s + std::string(400'000, '\x85') + ".";
  EXPECT_FALSE(refusal_of([&] { (void)Pickle(raw(nested), "w.pth"); }));
  const std::string cycle =
      "\x80\x02]q\x00h\x00"
      "ar\xff\xff\xff\xff."s;
  EXPECT_FALSE(refusal_of([&] { (void)Pickle(raw(cycle), "w.pth"); }));
  // One long list, of which an OrderedDict is made again and again.
  std::string again = "\x80\x02]q\x00(NNe]q\x01("s;
  for (int i = 0; i < 100'000; ++i) again += "h\x00"s;
  again += "e0ccollections\nOrderedDict\nq\x02"s;
  for (int i = 0; i < 50'000; ++i) again += "h\x01\x85Rh\x02"s;
  expect_refused(again, "instructions");
}

TEST(PickleReader, SurvivesEveryFlippedBitAndRandomBytes) {
  for (const std::string& text : {kProtocol2, kProtocol4, kBeside2, kBeside4}) {
    for (std::size_t bit = 0; bit < 8 * text.size(); ++bit) {
      std::string damaged = text;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
      (void)refusal_of([&] { (void)Pickle(raw(damaged), "w.pth"); });
    }
  }
  constexpr std::string_view kCodes =
      "\x80\x95.N\x88\x89KMJ\x8a\x8bG\x8cX\x8dUT)]}\x85\x86\x87taesuc\x93R\x81"
      "CBbQ(01qr\x94hj";
  Random random(2, RandomStream::synthetic, 0);
  for (int round = 0; round < 5000; ++round) {
    std::string text =
        "\x80\x02"
        "ccollections\nOrderedDict\n"s;
    for (int i = 0; i < 40; ++i)
      text += random.below(4) == 0 ? static_cast<char>(random.below(256)) : kCodes[random.below(kCodes.size())];
    (void)refusal_of([&] { (void)Pickle(raw(text), "w.pth"); });
  }
}

}  // namespace
}  // namespace seg
