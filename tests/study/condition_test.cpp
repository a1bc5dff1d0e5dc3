#include "ledd/study/condition.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace {

using ledd::study::Condition;
using ledd::study::expected;
using ledd::study::Facts;
using ledd::study::found;
using ledd::study::holds;
using ledd::study::known_facts;
using ledd::study::matches;

TEST(Pattern, StarsAndMarksStandForCharactersAndCaseIsNoMatter) {
  EXPECT_TRUE(matches("*DESS*", "SAG 3D dess WE"));
  EXPECT_TRUE(matches("SAG*WE", "SAG 3D DESS WE"));
  EXPECT_FALSE(matches("SAG*W", "SAG 3D DESS WE"));
  EXPECT_TRUE(matches("MR?", "MR1"));
  EXPECT_FALSE(matches("MR?", "MR"));
  EXPECT_TRUE(matches("MR1", " MR1 "));
  EXPECT_FALSE(matches("MR1", "MR12"));
  EXPECT_TRUE(matches("*", ""));
  EXPECT_FALSE(matches("?*", ""));
  EXPECT_TRUE(matches("S?d",
                      "S\xC3\xBC"
                      "d"));  // one character of two bytes
}

TEST(Pattern, ManyStarsTakeNoTimeToSpeakOf) {
  EXPECT_FALSE(matches("*a*a*a*a*a*a*a*a*a*a*b", std::string(10000, 'a')));
}

TEST(KnownFacts, AreSortedByName) {
  const auto& all = known_facts();
  EXPECT_TRUE(
      std::is_sorted(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; }));
}

TEST(Condition, LimitsBelongToARangeAndTheLastDigitOfAHeaderIsForgiven) {
  const Condition te{"te_ms", {}, {{4.5, 5.5}}};
  const auto at = [&](double te_ms) { return holds(te, Facts{{}, {{"te_ms", {te_ms}}}}); };
  EXPECT_TRUE(at(4.5));
  EXPECT_TRUE(at(5.5000001));
  EXPECT_FALSE(at(5.51));
  EXPECT_FALSE(at(std::nan("")));
  EXPECT_FALSE(holds(te, {}));
}

TEST(Condition, AnOpenRangeStillHasItsOneLimit) {
  const double infinity = std::numeric_limits<double>::infinity();
  const auto in = [](double low, double high, double slices) {
    return holds({"slices", {}, {{low, high}}}, Facts{{}, {{"slices", {slices}}}});
  };
  EXPECT_TRUE(in(50, infinity, 50));
  EXPECT_FALSE(in(50, infinity, 49));
  EXPECT_TRUE(in(-infinity, 50, -1e9));
  EXPECT_FALSE(in(-infinity, 50, 51));
  EXPECT_TRUE(in(0, 0, 0));
  EXPECT_FALSE(in(0, 0, 1e-9));
}

TEST(Condition, EveryNumberOfAFactMustLieInside) {
  const Condition pixel{"pixel_spacing_mm", {}, {{0.3, 0.4}}};
  EXPECT_TRUE(holds(pixel, Facts{{}, {{"pixel_spacing_mm", {0.35, 0.36}}}}));
  EXPECT_FALSE(holds(pixel, Facts{{}, {{"pixel_spacing_mm", {0.35, 0.46}}}}));
}

TEST(Condition, SaysWhatIsExpectedAndFound) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(expected({"te_ms", {}, {{4.5, 5.5}}}), "4.5 to 5.5 ms");
  EXPECT_EQ(expected({"field_strength_t", {}, {{1.5, 1.5}, {3, 3}}}), "1.5 or 3 T");
  EXPECT_EQ(expected({"te_ms", {}, {{-infinity, 10}}}), "at most 10 ms");
  EXPECT_EQ(expected({"te_ms", {}, {{10, infinity}}}), "at least 10 ms");
  EXPECT_EQ(expected({"kernel", {"B*", "C"}, {}}), "B* or C");
  const Facts facts{{{"kernel", "FC08"}}, {{"te_ms", {6}}, {"pixel_spacing_mm", {0.4, 0.5}}}};
  EXPECT_EQ(found({"te_ms", {}, {}}, facts), "6 ms");
  EXPECT_EQ(found({"pixel_spacing_mm", {}, {}}, facts), "0.4 and 0.5 mm");
  EXPECT_EQ(found({"kernel", {}, {}}, facts), "FC08");
  EXPECT_EQ(found({"tr_ms", {}, {}}, facts), "not stated");
}

}  // namespace
