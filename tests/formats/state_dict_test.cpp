// SPDX-License-Identifier: Apache-2.0
#include "formats/state_dict.h"

#include <gtest/gtest.h>

#include "tests/formats/problem_of.h"
#include "tests/formats/torch_maker.h"

namespace seg {
namespace {

using testing::expect_problem;
using testing::TorchPickle;
using Names = std::vector<std::string>;

Names names_in(const std::string& text) {
  const Pickle pickle(std::as_bytes(std::span(text)), "w.pth");
  Names names;
  for (const NamedValue& value : state_dict_of(pickle, "w.pth")) names.push_back(value.name);
  return names;
}

TEST(StateDict, TakesTensorsInTheirOrderAndPassesOverTheRest) {
  TorchPickle p;
  p.begin_dict().key("b").tensor({}).key("epoch").number(3).key("a").tensor({}).end_dict();
  EXPECT_EQ(names_in(p.finish()), (Names{"b", "a"}));
}

TEST(StateDict, LooksIntoWrappers) {
  TorchPickle p;
  p.begin_dict().key("optimizer").begin_dict().key("x").tensor({}).end_dict();
  p.key("model").begin_dict().key("state_dict").begin_dict().key("a").tensor({}).end_dict().end_dict().end_dict();
  EXPECT_EQ(names_in(p.finish()), Names{"a"});
  TorchPickle own;  // a network may have a child of that name
  own.begin_dict().key("model").begin_dict().key("a").tensor({}).end_dict().key("b").tensor({}).end_dict();
  EXPECT_EQ(names_in(own.finish()), (Names{"model.a", "b"}));
}

TEST(StateDict, LooksIntoWrappersBesideWhichAMetricStands) {
  for (const char* const wrapper : {"state_dict", "model_state_dict", "model", "net", "network"}) {
    TorchPickle p;  // as PyTorch's example for ImageNet writes it
    p.begin_dict().key("epoch").number(90).key(wrapper).begin_dict();
    p.key("module.a").tensor({}).key("module.b").tensor({}).end_dict();
    p.key("best_acc1").tensor({}).key("optimizer").begin_dict().key("x").tensor({}).end_dict().end_dict();
    EXPECT_EQ(names_in(p.finish()), (Names{"a", "b"})) << wrapper;
  }
}

TEST(StateDict, JoinsNestedDictionariesAndStripsWhatAllHave) {
  TorchPickle p;
  p.begin_dict().key("detail").begin_dict().key("S1.weight").tensor({}).end_dict();
  p.key("head").begin_dict().key("bias").tensor({}).end_dict().end_dict();
  EXPECT_EQ(names_in(p.finish()), (Names{"detail.S1.weight", "head.bias"}));
  TorchPickle prefixed;
  prefixed.begin_dict().key("module.model.a").tensor({}).key("module.model.b").tensor({}).end_dict();
  EXPECT_EQ(names_in(prefixed.finish()), (Names{"a", "b"}));
  for (const std::string prefix : {"net.", "network.", "module.net.", "net.module."}) {
    TorchPickle other;
    other.begin_dict().key(prefix + "a").tensor({}).key(prefix + "b").tensor({}).end_dict();
    EXPECT_EQ(names_in(other.finish()), (Names{"a", "b"})) << prefix;
  }
  TorchPickle mixed;
  mixed.begin_dict().key("module.a").tensor({}).key("b").tensor({}).end_dict();
  EXPECT_EQ(names_in(mixed.finish()), (Names{"module.a", "b"}));
}

TEST(StateDict, RefusesWhatIsNoDictionaryOfTensors) {
  const auto expect_refused = [](TorchPickle& p, const std::string& part) {
    const std::string text = p.finish();
    expect_problem([&] { (void)names_in(text); }, part);
  };
  TorchPickle tensor, empty, number, twice, dotted, broken, longest, longer;
  expect_refused(tensor.tensor({}), "a tensor instead of a dictionary");
  expect_refused(empty.begin_dict().end_dict(), "no tensors");
  expect_refused(number.begin_dict().number(1).tensor({}).end_dict(), "by a number");
  expect_refused(twice.begin_dict().key("a").tensor({}).key("a").tensor({}).end_dict(), "twice");
  dotted.begin_dict().key("a.b").tensor({}).key("a").begin_dict().key("b").tensor({}).end_dict().end_dict();
  expect_refused(dotted, "twice");
  expect_refused(broken.begin_dict().key("\xff").tensor({}).end_dict(), "UTF-8");
  longest.begin_dict().key(std::string(1024, 'a')).tensor({}).end_dict();
  EXPECT_EQ(names_in(longest.finish()).size(), 1u);
  longer.begin_dict().key("a").begin_dict().key(std::string(1023, 'a')).tensor({}).end_dict().end_dict();
  expect_refused(longer, "a name that is longer");
}

TEST(StateDict, StopsWhereDictionariesReferToEachOtherWithoutEnd) {
  TorchPickle cycle;  // a dictionary that holds itself
  cycle.writer.add(PickleCode::empty_dict);
  cycle.writer.add(PickleCode::put_next);
  cycle.key("a");
  cycle.writer.add(PickleCode::get8);
  cycle.writer.add(static_cast<PickleCode>(0));
  cycle.writer.add(PickleCode::set_item);
  const std::string text = cycle.finish();
  expect_problem([&] { (void)names_in(text); }, "deep");

  TorchPickle laughs;  // each holds the one before it ten times
  laughs.begin_dict().key("a").tensor({}).end_dict();
  for (int depth = 0; depth < 12; ++depth) {
    laughs.writer.add(PickleCode::put_next);
    laughs.writer.add(PickleCode::pop);
    laughs.begin_dict();
    for (int i = 0; i < 10; ++i) {
      laughs.key(std::to_string(i));
      laughs.writer.add(PickleCode::get8);
      laughs.writer.add(static_cast<PickleCode>(depth));
    }
    laughs.end_dict();
  }
  const std::string many = laughs.finish();
  expect_problem([&] { (void)names_in(many); }, "entries");
}

TEST(StateDict, RefusesNamesThatAreLongAltogether) {
  TorchPickle pickle;  // a beginning that the file holds once stands before each name
  pickle.begin_dict().key(std::string(1000, 'x')).begin_dict();
  for (int i = 0; i < 9000; ++i) pickle.key(std::to_string(i)).tensor({});
  const std::string text = pickle.end_dict().end_dict().finish();
  expect_problem([&] { (void)names_in(text); }, "more and longer names");
}

}  // namespace
}  // namespace seg
