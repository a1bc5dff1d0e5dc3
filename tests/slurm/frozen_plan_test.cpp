#include "ledd/cases/frozen_plan.h"

#include <gmock/gmock.h>
#include <rapidcheck.h>

#include <bit>

#include "ledd/core/error.h"
#include "ledd/files/files.h"

#include "folder.h"
#include "members.h"

namespace ledd::cases {
namespace {

using testing::HasSubstr;

template <class T>
constexpr bool kIsVector = false;
template <class T>
constexpr bool kIsVector<std::vector<T>> = true;
template <class T>
constexpr bool kIsOptional = false;
template <class T>
constexpr bool kIsOptional<std::optional<T>> = true;
template <class T>
constexpr bool kIsArray = false;
template <class T, std::size_t kCount>
constexpr bool kIsArray<std::array<T, kCount>> = true;
template <class T>
constexpr bool kIsPair = false;
template <class A, class B>
constexpr bool kIsPair<std::pair<A, B>> = true;

/// Fills every member of every type below a plan with something that is not its default.
class Fill {
 public:
  template <class T>
  void operator()(T& value) {
    if constexpr (frozen::Described<T>) {
      std::apply([this](auto&... one) { ((*this)(one), ...); }, frozen::members(value));
    } else if constexpr (kIsVector<T>) {
      value.resize(*rc::gen::inRange<std::size_t>(0, 3));
      for (auto& one : value) (*this)(one);
    } else if constexpr (kIsOptional<T>) {
      if (*rc::gen::arbitrary<bool>()) (*this)(value.emplace());
    } else if constexpr (kIsArray<T>) {
      for (auto& one : value) (*this)(one);
    } else if constexpr (kIsPair<T>) {
      (*this)(value.first);
      (*this)(value.second);
    } else if constexpr (std::is_enum_v<T>) {
      value = static_cast<T>(*rc::gen::inRange(0, frozen::kValues<T>));
    } else if constexpr (std::same_as<T, std::filesystem::path>) {
      value = *rc::gen::arbitrary<std::string>();
    } else if constexpr (std::same_as<T, ValueMap>) {
      value = {{"b", *rc::gen::arbitrary<bool>()},
               {"i", *rc::gen::arbitrary<std::int64_t>()},
               {"d", *rc::gen::arbitrary<double>()},
               {"s", *rc::gen::arbitrary<std::string>()}};
    } else {
      value = *rc::gen::arbitrary<T>();
    }
  }
};

/// Whether two values agree in every member, doubles bit for bit.
template <class T>
bool same(const T& a, const T& b) {
  if constexpr (frozen::Described<const T>) {
    return std::apply(
        [&](const auto&... of_a) {
          return std::apply([&](const auto&... of_b) { return (same(of_a, of_b) && ...); },
                            frozen::members(b));
        },
        frozen::members(a));
  } else if constexpr (kIsVector<T> || kIsArray<T>) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
      if (!same(a[i], b[i])) return false;
    return true;
  } else if constexpr (kIsOptional<T>) {
    return a.has_value() == b.has_value() && (!a || same(*a, *b));
  } else if constexpr (std::same_as<T, double>) {
    return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
  } else {
    return a == b;
  }
}

FrozenPlan any_plan() {
  FrozenPlan plan;
  Fill()(plan);
  return plan;
}

FrozenPlan small_plan() {
  FrozenPlan plan;
  plan.run_id = "20260101T000000Z-00000001";
  plan.pipeline = "threshold";
  plan.given = {{"wait_s", 0.25}};
  FrozenCase one;
  one.planned.id = "0123456789ab";
  one.planned.series.emplace().stack.emplace().patient_id = "P1";
  plan.cases = {one, one};
  return plan;
}

Errc refusal(const std::string& bytes) {
  try {
    parse_frozen_plan(bytes);
  } catch (const Error& e) {
    return e.code();
  }
  return Errc::kInternal;
}

TEST(FrozenPlan, IsReadBackInEveryMember) {
  EXPECT_TRUE(rc::check([] {
    const FrozenPlan plan = any_plan();
    RC_ASSERT(same(parse_frozen_plan(print(plan)), plan));
  }));
}

TEST(FrozenPlan, SamenessInThisTestSeesEveryMember) {
  // Else the property above could hold for a plan that lost something.
  FrozenPlan a = small_plan(), b = small_plan();
  EXPECT_TRUE(same(a, b));
  b.cases[1].planned.series->stack->patient_id = "P2";
  EXPECT_FALSE(same(a, b));
  b = small_plan();
  b.given["wait_s"] = 0.5;
  EXPECT_FALSE(same(a, b));
  b = small_plan();
  b.cases.front().files.emplace_back();
  EXPECT_FALSE(same(a, b));
}

TEST(FrozenPlan, CutOffAnywhereItIsRefused) {
  const std::string bytes = print(small_plan());
  for (std::size_t n = 0; n < bytes.size(); n += 7)
    EXPECT_EQ(refusal(bytes.substr(0, n)), Errc::kFormat) << n;
  EXPECT_EQ(refusal(bytes.substr(0, bytes.size() - 1)), Errc::kFormat);
  EXPECT_EQ(refusal(bytes + "x"), Errc::kFormat);
}

TEST(FrozenPlan, WithAnyBitChangedItIsRefused) {
  const std::string bytes = print(small_plan());
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    std::string changed = bytes;
    changed[n] = static_cast<char>(changed[n] ^ 4);
    EXPECT_NE(refusal(changed), Errc::kInternal) << n;
  }
}

TEST(FrozenPlan, NonsenseWithARightDigestIsMalformedNotACrash) {
  EXPECT_TRUE(rc::check([](const std::string& noise) {
    const std::string body = "ledd frozen plan/2\n" + noise;
    RC_ASSERT(refusal(body + files::sha256(body)) == Errc::kFormat);
  }));
}

TEST(FrozenPlan, AnotherLayoutIsSaidToBeOne) {
  const std::string body = "ledd frozen plan/1\nwhatever";
  EXPECT_EQ(refusal(body + files::sha256(body)), Errc::kUnsupported);
}

struct FrozenFiles : testing::Test {
  Folder folder;
  FrozenCase one;
  FrozenFiles() {
    files::write_bytes("first", folder / "a.nii");
    files::write_bytes("labels", folder / "l.nii");
    PlannedCase planned;
    planned.id = "0123456789ab";
    planned.series.emplace().image = folder / "a.nii";
    one = freeze(planned, folder / "out", {folder / "l.nii"});
  }
};

TEST_F(FrozenFiles, UnchangedFilesAreNoReasonToRefuse) {
  EXPECT_EQ(one.files.size(), 2U);
  EXPECT_EQ(changed_since(one), "");
}

TEST_F(FrozenFiles, AnotherLengthAnotherTimeAndAMissingFileAreSeen) {
  files::write_bytes("first and more", folder / "a.nii");
  EXPECT_THAT(changed_since(one), HasSubstr("a.nii had 5 bytes, has 14"));
  files::write_bytes("other", folder / "a.nii");
  std::filesystem::last_write_time(folder / "a.nii",
                                   std::filesystem::file_time_type::clock::now() + std::chrono::hours(1));
  EXPECT_THAT(changed_since(one), HasSubstr("a.nii was written to since"));
  std::filesystem::remove(folder / "l.nii");
  std::filesystem::remove(folder / "a.nii");
  EXPECT_THAT(changed_since(one), HasSubstr("a.nii"));
}

TEST_F(FrozenFiles, WhatWasThereWhenItWasFrozenIsNoEnd) {
  const auto reason = [&](const std::string& run, const std::string& code) {
    std::filesystem::create_directories(folder / "out" / "quarantine" / "0123456789ab");
    files::write_bytes(R"({"case":"0123456789ab","pipeline":"p","state":"quarantined","code":")" + code +
                           R"(","reason":"why","stage":"","series":"","run_id":")" + run +
                           R"(","seconds":1,"peak_mb":2})",
                       folder / "out" / "quarantine" / "0123456789ab" / "reason.json");
  };
  EXPECT_FALSE(end_of(one, folder / "out").state.has_value());
  reason("earlier", "bad input");
  const FrozenCase again = freeze(one.planned, folder / "out", {});
  EXPECT_EQ(again.refused_by, "earlier");
  EXPECT_FALSE(end_of(again, folder / "out").state.has_value());
  EXPECT_EQ(end_of(one, folder / "out").state, State::kQuarantined);
  reason("later", "bad input");
  EXPECT_EQ(end_of(again, folder / "out").state, State::kQuarantined);
  EXPECT_EQ(end_of(again, folder / "out").code, "bad input");
}

TEST(MayPass, TheMachinesTroubleMayAndTheDataStay) {
  for (const Errc code : {Errc::kInternal, Errc::kIo, Errc::kNotFound, Errc::kPermission, Errc::kCreate})
    EXPECT_TRUE(may_pass(std::string(name_of(code)))) << name_of(code);
  for (const Errc code :
       {Errc::kInput, Errc::kFormat, Errc::kUnsupported, Errc::kImplausible, Errc::kNumeric, Errc::kParam})
    EXPECT_FALSE(may_pass(std::string(name_of(code)))) << name_of(code);
}

}  // namespace
}  // namespace ledd::cases
