// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/mutations.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/random.h"

namespace seg::testing {
namespace {

constexpr std::size_t kLong = 4096;  // of which little is made: each costs as much as many short ones

class Damage {
 public:
  Damage(const std::string& seed, std::size_t number, const UseOfDamage& use)
      : seed_(seed), name_("seed " + std::to_string(number)), use_(use) {}

  void all() const {
    use_(seed_, name_);
    if (seed_.empty()) return;
    const bool is_long = seed_.size() > kLong;
    cuts(is_long ? 20 : 600);
    if (is_long) return;
    bits(1500);
    numbers(60);
    repetitions(12);
    other_values();
  }

 private:
  // At most `count` places, from the first to the last byte.
  template <class Body>
  void at_places(std::size_t count, const Body& body) const {
    const std::size_t step = std::max<std::size_t>(1, seed_.size() / count);
    for (std::size_t at = 0; at < seed_.size(); at += step) body(at);
  }

  void use(std::string file, const std::string& what, std::size_t at) const {
    use_(file, name_ + ", " + what + " at " + std::to_string(at));
  }

  void cuts(std::size_t count) const {
    at_places(count, [&](std::size_t at) { use(seed_.substr(0, at), "cut", at); });
  }

  void bits(std::size_t count) const {
    Random random(7, RandomStream::synthetic, 1);
    const bool is_every = 8 * seed_.size() <= count;
    for (std::size_t i = 0; i < std::min(count, 8 * seed_.size()); ++i) {
      const std::size_t bit = is_every ? i : random.below(static_cast<std::uint32_t>(8 * seed_.size()));
      std::string file = seed_;
      file[bit / 8] = static_cast<char>(file[bit / 8] ^ 1 << bit % 8);
      use(std::move(file), "bit " + std::to_string(bit % 8), bit / 8);
    }
  }

  void numbers(std::size_t count) const {
    constexpr std::array<std::uint64_t, 6> kNumbers = {
        0, 1, ~std::uint64_t{0}, ~std::uint64_t{0} >> 1, std::uint64_t{1} << 31, std::uint64_t{1} << 40};
    at_places(count, [&](std::size_t at) {
      for (const std::uint64_t number : kNumbers)
        for (const std::size_t width : {1U, 2U, 4U, 8U})
          for (const bool is_big_endian : {false, true}) {
            std::string file = seed_;
            for (std::size_t i = 0; i < std::min(width, seed_.size() - at); ++i)
              file[at + i] = static_cast<char>(number >> 8 * (is_big_endian ? width - 1 - i : i) & 255);
            use(std::move(file), "number " + std::to_string(number), at);
          }
    });
  }

  void repetitions(std::size_t count) const {
    constexpr std::size_t kTimes = 1000;
    std::vector<std::string> parts = {std::string(1, '\0'),
                                      "\xff",
                                      "[",
                                      "]",
                                      "(",
                                      "{",
                                      "\"",
                                      "'",
                                      "\\",
                                      ".",
                                      ",",
                                      "\n",
                                      "-",
                                      "0",
                                      "a.",
                                      "{a=",
                                      "]\n[",
                                      "dict(",
                                      "\"\"\""};
    at_places(count, [&](std::size_t at) {
      for (const std::string& part : parts) repeat(part, kTimes, at);
      repeat(seed_.substr(at, 1), kTimes, at);
      repeat(seed_.substr(at, 16), kTimes, at);
      repeat(seed_.substr(at), 3, at);
    });
    for (const std::string& part : parts) repeat(part, 60 * kTimes, seed_.size() / 2);
  }

  void repeat(const std::string& part, std::size_t times, std::size_t at) const {
    std::string file = seed_.substr(0, at);
    for (std::size_t i = 0; i < times; ++i) file += part;
    use(file + seed_.substr(at), std::to_string(times) + " times \"" + part + '"', at);
  }

  // Where a text has a number, or a value behind a sign.
  void other_values() const {
    constexpr std::array<std::string_view, 16> kValues = {"99999999999999999999",
                                                          "-1",
                                                          "1e999",
                                                          "-1e-999",
                                                          "0x7fffffffffffffff",
                                                          "nan",
                                                          "[[[1]]]",
                                                          "{a=1}",
                                                          "{1: {2: 3}}",
                                                          "true",
                                                          "None",
                                                          "''",
                                                          "\"\\u0000\"",
                                                          "1979-05-27",
                                                          "2**2**2**2**2**2",
                                                          "'x' * 10**9"};
    for (std::size_t at = 1; at < seed_.size(); ++at) {
      const char before = seed_[at - 1];
      const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
      if (before != '=' && before != ':' && (is_digit(before) || !is_digit(seed_[at]))) continue;
      const std::size_t end = std::min(seed_.find_first_of(",\n]})", at), seed_.size());
      for (const std::string_view value : kValues)
        use(seed_.substr(0, at) + std::string(value) + seed_.substr(end), "value " + std::string(value), at);
    }
  }

  const std::string& seed_;
  std::string name_;
  const UseOfDamage& use_;
};

}  // namespace

void for_each_damage(const std::vector<std::string>& seeds, const UseOfDamage& use) {
  for (std::size_t i = 0; i < seeds.size(); ++i) Damage(seeds[i], i, use).all();
}

}  // namespace seg::testing
