#include "ledd/isolation/archive.h"

#include <gmock/gmock.h>

#include "ledd/core/error.h"

namespace ledd::isolation {
namespace {

struct Visit {
  std::string name;
  std::optional<double> echo_ms;
  std::vector<std::pair<std::uint16_t, bool>> flags;
  std::array<double, 2> spacing_mm{};
  std::filesystem::path path;
  bool operator==(const Visit&) const = default;
};

template <class Archive>
void fields(Archive& archive, Visit& v) {
  archive(v.name, v.echo_ms, v.flags, v.spacing_mm, v.path);
}

Visit some_visit() {
  return {std::string("a\0b", 3), 4.5, {{7, true}, {65535, false}}, {0.3, -0.0}, "/x/y z"};
}

template <class... T>
void expect_nonsense(std::string_view bytes, T... values) {
  try {
    unpack(bytes, values...);
    ADD_FAILURE() << "was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Errc::kInternal);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("the child process answered nonsense"));
  }
}

TEST(Archive, WhatIsPackedComesBack) {
  const std::vector<Visit> there{some_visit(), {}, some_visit()};
  std::vector<Visit> back;
  std::int32_t number = 0;
  unpack(packed(there, std::int32_t{-5}), back, number);
  EXPECT_EQ(back, there);
  EXPECT_EQ(number, -5);
}

TEST(Archive, EveryCutIsNonsense) {
  const std::string bytes = packed(some_visit());
  for (std::size_t keep = 0; keep < bytes.size(); ++keep) expect_nonsense(bytes.substr(0, keep), Visit{});
}

TEST(Archive, BytesBehindTheEndAreNonsense) {
  expect_nonsense(packed(some_visit()) + "x", Visit{});
}

TEST(Archive, CountsAreNotBelieved) {
  const std::uint64_t many = ~std::uint64_t{0};
  expect_nonsense(packed(many), std::string{});
  expect_nonsense(packed(many), std::vector<Visit>{});
  expect_nonsense(packed(std::uint64_t{9}, std::uint64_t{0}), std::vector<std::string>{});
}

TEST(Archive, ATruthValueIsZeroOrOne) {
  expect_nonsense("\x02", false);
  expect_nonsense("\x02", std::optional<double>{});
}

}  // namespace
}  // namespace ledd::isolation
