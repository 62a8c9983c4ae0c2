// SPDX-License-Identifier: Apache-2.0
#include "config/python_number.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/random.h"

namespace seg {
namespace {

PythonNumber whole(std::int64_t number) { return number; }
PythonNumber real(double number) { return number; }

TEST(PythonNumber, ReadsWhatPythonReads) {
  const std::pair<const char*, PythonNumber> rows[] = {
      {"0", whole(0)},          {"000", whole(0)},
      {"80_000", whole(80000)}, {"0x1F", whole(31)},
      {"0X_ff", whole(255)},    {"0o17", whole(15)},
      {"0b101", whole(5)},      {"9223372036854775807", whole(INT64_MAX)},
      {"1.", real(1)},          {".5", real(0.5)},
      {"5e-3", real(0.005)},    {"1E+2", real(100)},
      {"1_0.2_5", real(10.25)}, {"007.5", real(7.5)},
      {"1e1_0", real(1e10)}};
  for (const auto& [literal, number] : rows) {
    const PythonResult read = python_number(literal);
    EXPECT_EQ(read.error, "") << literal;
    EXPECT_EQ(read.number, number) << literal;
  }
}

TEST(PythonNumber, RefusesWhatPythonRefusesAndWhatHasMoreThan64Bits) {
  for (const char* literal : {"",
                              "_1",
                              "1_",
                              "1__0",
                              "1e",
                              "1e_5",
                              "1_.5",
                              "0x",
                              "0xG",
                              "0b2",
                              "0o8",
                              "12px",
                              "1.2.3",
                              "e5",
                              ".",
                              "-1",
                              "+1",
                              "nan",
                              "inf",
                              "1e5j",
                              "07",
                              "1e999",
                              "9223372036854775808"})
    EXPECT_NE(python_number(literal).error, "") << literal;
}

// The results are those of Python 3.
TEST(PythonNumber, CalculatesAsPythonDoes) {
  struct Row {
    PythonNumber a;
    const char* operation;
    PythonNumber b, result;
  };
  const Row rows[] = {{whole(2), "*", whole(8), whole(16)},
                      {whole(1), "/", whole(4), real(0.25)},
                      {whole(8), "/", whole(4), real(2)},
                      {whole(7), "//", whole(2), whole(3)},
                      {whole(-7), "//", whole(2), whole(-4)},
                      {whole(7), "//", whole(-2), whole(-4)},
                      {whole(-7), "%", whole(3), whole(2)},
                      {whole(7), "%", whole(-3), whole(-2)},
                      {real(-7.5), "%", whole(2), real(0.5)},
                      {real(-7.5), "//", whole(2), real(-4)},
                      {real(1e-2), "*", whole(2), real(0.02)},
                      {whole(2), "**", whole(10), whole(1024)},
                      {whole(2), "**", whole(-2), real(0.25)},
                      {whole(-1), "**", whole(INT64_MAX), whole(-1)},
                      {whole(0), "**", whole(0), whole(1)},
                      {real(2), "**", real(0.5), real(1.4142135623730951)},
                      {whole(80000), "+", whole(1000), whole(81000)},
                      {whole(1), "-", real(0.25), real(0.75)},
                      {whole(INT64_MIN), "%", whole(-1), whole(0)}};
  for (const Row& row : rows) {
    const PythonResult result = python_arithmetic(row.a, row.operation, row.b);
    EXPECT_EQ(result.error, "") << row.operation;
    EXPECT_EQ(result.number, row.result) << row.operation;
  }
}

TEST(PythonNumber, WhatHasNoResultSaysSo) {
  const std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
  EXPECT_EQ(python_arithmetic(whole(1), "/", whole(0)).error, "divides by zero");
  EXPECT_EQ(python_arithmetic(whole(1), "//", real(0)).error, "divides by zero");
  EXPECT_EQ(python_arithmetic(whole(0), "**", whole(-1)).error, "divides by zero");
  EXPECT_EQ(python_arithmetic(whole(lowest), "//", whole(-1)).error, "does not fit in 64 bits");
  EXPECT_EQ(python_arithmetic(whole(INT64_MAX), "+", whole(1)).error, "does not fit in 64 bits");
  EXPECT_EQ(python_arithmetic(whole(lowest), "-", whole(1)).error, "does not fit in 64 bits");
  EXPECT_EQ(python_arithmetic(whole(10), "**", whole(INT64_MAX)).error, "does not fit in 64 bits");
  EXPECT_EQ(python_arithmetic(real(1e300), "*", real(1e300)).error, "is not finite");
  EXPECT_EQ(python_arithmetic(real(-2), "**", real(0.5)).error, "is complex");
}

// a == (a // b) * b + a % b, and the remainder has the sign of b.
TEST(PythonNumber, DivisionAndRemainderBelongTogether) {
  Random random(3, RandomStream::synthetic, 0);
  for (int i = 0; i < 20000; ++i) {
    const auto a = static_cast<std::int64_t>(random.below(2000)) - 1000;
    const auto b = static_cast<std::int64_t>(random.below(60)) - 30;
    if (b == 0) continue;
    const auto quotient = std::get<std::int64_t>(python_arithmetic(a, "//", b).number);
    const auto rest = std::get<std::int64_t>(python_arithmetic(a, "%", b).number);
    ASSERT_EQ(quotient * b + rest, a);
    ASSERT_TRUE(b > 0 ? rest >= 0 && rest < b : rest <= 0 && rest > b);
  }
}

}  // namespace
}  // namespace seg
