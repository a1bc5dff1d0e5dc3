#include "admission.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace {

using ledd::cases::Admission;

bool never() {
  return false;
}

TEST(Admission, CasesThatTogetherNeedMoreThanTheBudgetAreNeverInTogether) {
  Admission admission({1000.0, 4, 4, 40});
  std::atomic<int> in_mb{0}, most_mb{0}, most_cases{0}, in{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int n = 0; n < 10; ++n) {
        const int need_mb = 200 + 100 * ((t + n) % 4);
        std::optional<Admission::Place> place;
        admission.enter(need_mb, false, never, place);
        const int now = in_mb += need_mb, count = ++in;
        for (int was = most_mb; was < now && !most_mb.compare_exchange_weak(was, now);) {
        }
        for (int was = most_cases; was < count && !most_cases.compare_exchange_weak(was, count);) {
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        in_mb -= need_mb;
        --in;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_LE(most_mb, 1000);
  EXPECT_GT(most_cases, 1);
}

/// Whether a case may come in beside those that are in.
bool comes_in(Admission& admission, double need_mb, bool exclusive = false) {
  std::optional<Admission::Place> place;
  admission.enter(
      need_mb, exclusive, [] { return true; }, place);
  return place.has_value();
}

TEST(Admission, WhatNeedsMoreThanTheBudgetComesInAloneAndKeepsOthersOut) {
  Admission admission({1000.0, 2, 2, 3});
  {
    std::optional<Admission::Place> small;
    admission.enter(10.0, false, never, small);
    EXPECT_TRUE(comes_in(admission, 500.0));
    EXPECT_FALSE(comes_in(admission, 5000.0));
    EXPECT_FALSE(comes_in(admission, 10.0, true));
  }
  std::optional<Admission::Place> large;
  admission.enter(5000.0, false, never, large);
  EXPECT_TRUE(large->alone());
  EXPECT_EQ(large->threads(), 2);
  EXPECT_FALSE(comes_in(admission, 10.0));
  EXPECT_TRUE(large->alone());
}

TEST(Admission, ACaseIsAloneOnlyWhenNoneWasBesideItAtAnyTime) {
  Admission admission({1000.0, 2, 2, 3});
  std::optional<Admission::Place> one, two;
  admission.enter(10.0, false, never, one);
  EXPECT_TRUE(one->alone());
  admission.enter(10.0, false, never, two);
  EXPECT_FALSE(two->alone());
  two.reset();
  EXPECT_FALSE(one->alone());
  one.reset();
  admission.enter(10.0, false, never, one);
  EXPECT_TRUE(one->alone());
}

TEST(Admission, CasesGetMoreThreadsWhenFewerCanRunAtOnce) {
  const auto threads = [](Admission&& admission, double need_mb) {
    std::optional<Admission::Place> place;
    admission.enter(need_mb, false, never, place);
    return place->threads();
  };
  EXPECT_EQ(threads(Admission({1000.0, 8, 8, 100}), 10.0), 1);
  EXPECT_EQ(threads(Admission({1000.0, 8, 8, 2}), 10.0), 4);     // two cases in all
  EXPECT_EQ(threads(Admission({1000.0, 8, 8, 100}), 400.0), 4);  // memory for two
  EXPECT_EQ(threads(Admission({1000.0, 8, 2, 100}), 10.0), 4);   // asked for two
  Admission dry({1000.0, 8, 8, 9});
  for (int n = 0; n < 8; ++n) dry.one_less();
  std::optional<Admission::Place> last;
  dry.enter(10.0, false, never, last);
  EXPECT_EQ(last->threads(), 8);
}

}  // namespace
