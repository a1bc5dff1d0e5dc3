#include "ledd/cases/label_scheme.h"

#include <gmock/gmock.h>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"

#include "phantom.h"

namespace {

using ledd::Errc;
using ledd::Error;
using ledd::Labels;
using ledd::cases::apply;
using ledd::cases::known_scheme;
using ledd::cases::parse_scheme;

std::string ledd_name(const std::string& scheme, std::uint16_t id) {
  const auto map = known_scheme(scheme).ledd_from_other;
  const auto it = map.find(id);
  if (it == map.end()) return "unknown";
  return it->second == 0 ? "left out" : ledd::anatomy::short_name(it->second);
}

Labels::Pointer holding(std::vector<std::uint16_t> ids) {
  auto labels = ledd::phantom::blank<Labels>({ids.size(), 1, 1}, {1, 2, 3}, 0);
  std::copy(ids.begin(), ids.end(), labels->GetBufferPointer());
  return labels;
}

TEST(LabelScheme, VerseCountsAsLeddDoesButHasACoccyx) {
  EXPECT_EQ(ledd_name("verse", 20), "L1");
  EXPECT_EQ(ledd_name("verse", 24), "L5");
  EXPECT_EQ(ledd_name("verse", 28), "T13");
  EXPECT_EQ(ledd_name("verse", 27), "left out");
  EXPECT_EQ(ledd_name("verse", 29), "unknown");
}

TEST(LabelScheme, TotalsegmentatorCountsUpwardsFromTheSacrum) {
  EXPECT_EQ(ledd_name("totalsegmentator", 26), "S1");
  EXPECT_EQ(ledd_name("totalsegmentator", 27), "L5");
  EXPECT_EQ(ledd_name("totalsegmentator", 31), "L1");
  EXPECT_EQ(ledd_name("totalsegmentator", 32), "T12");
  EXPECT_EQ(ledd_name("totalsegmentator", 43), "T1");
  EXPECT_EQ(ledd_name("totalsegmentator", 44), "C7");
  EXPECT_EQ(ledd_name("totalsegmentator", 50), "C1");
  EXPECT_EQ(ledd_name("totalsegmentator", 51), "left out");
}

TEST(LabelScheme, TotalspinesegDiscsBelongToTheVertebraAbove) {
  EXPECT_EQ(ledd_name("totalspineseg", 11), "C1");
  EXPECT_EQ(ledd_name("totalspineseg", 32), "T12");
  EXPECT_EQ(ledd_name("totalspineseg", 45), "L5");
  EXPECT_EQ(ledd_name("totalspineseg", 50), "S1");
  EXPECT_EQ(known_scheme("totalspineseg").ledd_from_other.at(63), 102);   // C2/C3
  EXPECT_EQ(known_scheme("totalspineseg").ledd_from_other.at(71), 107);   // C7/T1
  EXPECT_EQ(known_scheme("totalspineseg").ledd_from_other.at(82), 118);   // T11/T12
  EXPECT_EQ(known_scheme("totalspineseg").ledd_from_other.at(91), 119);   // T12/L1
  EXPECT_EQ(known_scheme("totalspineseg").ledd_from_other.at(95), 123);   // L4/L5
  EXPECT_EQ(known_scheme("totalspineseg").ledd_from_other.at(100), 124);  // L5/S1
}

TEST(LabelScheme, ApplyChangesIdsAndKeepsTheGrid) {
  const auto labels = holding({0, 45, 50, 1});
  const auto result = apply(known_scheme("totalspineseg"), *labels);
  const std::vector<std::uint16_t> ids(result->GetBufferPointer(), result->GetBufferPointer() + 4);
  EXPECT_THAT(ids, testing::ElementsAre(0, ledd::anatomy::kL5, ledd::anatomy::kS1, 0));
  EXPECT_EQ(result->GetSpacing(), labels->GetSpacing());
}

TEST(LabelScheme, AnIdThatTheSchemeDoesNotKnowIsRefusedByName) {
  try {
    apply(known_scheme("ledd"), *holding({20, 77}));
    FAIL() << "id 77 was let through";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::kInput);
    EXPECT_THAT(e.what(), testing::HasSubstr("id 77"));
  }
}

TEST(LabelScheme, ASegmentationOfOtherOrgansIsRefused) {
  EXPECT_THROW(apply(known_scheme("totalsegmentator"), *holding({1, 5, 0})), Error);
}

TEST(LabelScheme, AMapFromAFileTakesNamesAndNumbers) {
  const auto scheme = parse_scheme("[labels]\n7 = \"L1\"\n8 = 21\n9 = 0\n");
  EXPECT_EQ(scheme.ledd_from_other.at(7), ledd::anatomy::kL1);
  EXPECT_EQ(scheme.ledd_from_other.at(8), ledd::anatomy::kL1 + 1);
  EXPECT_EQ(scheme.ledd_from_other.at(9), 0);
}

TEST(LabelScheme, AMapOfSegmentsIsForSegmentsAndItsNumbersForBoth) {
  const auto scheme = parse_scheme("[labels]\n\"Vertebra a\" = \"L1\"\n8 = 21\n");
  EXPECT_EQ(scheme.ledd_from_segment.at("Vertebra a"), ledd::anatomy::kL1);
  EXPECT_EQ(scheme.ledd_from_segment.at("8"), 21);
  EXPECT_EQ(scheme.ledd_from_other.size(), 1U);
}

TEST(LabelScheme, AMapToWhatLeddDoesNotHaveIsRefused) {
  EXPECT_THROW(parse_scheme("[labels]\n7 = \"L9\"\n"), Error);
  EXPECT_THROW(parse_scheme("[labels]\n7 = 9999\n"), Error);
  EXPECT_THROW(parse_scheme("[names]\n7 = 20\n"), Error);
  EXPECT_THROW(parse_scheme(""), Error);
  EXPECT_THROW(known_scheme("nobody"), Error);
}

}  // namespace
