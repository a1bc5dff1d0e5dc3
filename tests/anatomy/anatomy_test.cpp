#include "ledd/anatomy/anatomy.h"

#include <gmock/gmock.h>

#include <set>

#include "ledd/anatomy/segment_codes.h"

namespace ledd::anatomy {
namespace {

TEST(Anatomy, IdsAreThoseOfTheContract) {
  EXPECT_EQ(short_name(8), "T1");
  EXPECT_EQ(short_name(19), "T12");
  EXPECT_EQ(short_name(20), "L1");
  EXPECT_EQ(short_name(25), "L6");
  EXPECT_EQ(short_name(26), "S1");
  EXPECT_EQ(short_name(28), "T13");
  EXPECT_EQ(short_name(124), "L5/S1");
  EXPECT_EQ(short_name(119), "T12/L1");
  EXPECT_EQ(short_name(204), "MT");
  EXPECT_EQ(short_name(77), "label 77");
}

TEST(Anatomy, IdsAndShortNamesAreUnique) {
  std::set<std::uint16_t> ids;
  std::set<std::string> names;
  for (const Structure& s : structures()) {
    EXPECT_TRUE(ids.insert(s.id).second) << s.id;
    EXPECT_TRUE(names.insert(s.short_name).second) << s.short_name;
  }
}

TEST(Anatomy, AboveUndoesBelow) {
  for (std::uint16_t id = 1; id <= kL5; ++id) EXPECT_EQ(vertebra_above(vertebra_below(id)), id);
  EXPECT_EQ(vertebra_below(kL6), kS1);
  EXPECT_EQ(vertebra_below(kS1), 0);
  EXPECT_EQ(vertebra_above(1), 0);
  EXPECT_EQ(vertebra_below(kCanal), 0);
}

std::string text_of(const SegmentCodes& codes) {
  std::string all;
  const auto add = [&](const Code& code) {
    EXPECT_LE(code.value.size(), 16U) << code.value;
    EXPECT_LE(code.meaning.size(), 64U) << code.meaning;
    EXPECT_FALSE(code.value.empty() || code.scheme.empty() || code.meaning.empty());
    all += std::string(code.value) + '|';
  };
  add(codes.category);
  add(codes.type);
  for (const Code& code : codes.type_modifiers) add(code);
  if (codes.region) add(*codes.region);
  for (const Code& code : codes.region_modifiers) add(code);
  return all;
}

TEST(SegmentCodes, AreLegalAndTellAllStructuresApart) {
  std::set<std::string> seen;
  for (const Structure& s : structures())
    EXPECT_TRUE(seen.insert(text_of(segment_codes(s))).second) << s.short_name;
}

TEST(SegmentCodes, OfAKneeSayItsSideWhereItIsKnown) {
  EXPECT_EQ(text_of(segment_codes(*find(204), "R")), "85756007|309312004|12611008|255561001|24028007|");
  EXPECT_EQ(text_of(segment_codes(*find(201), "L")), "123037004|71341001|7771000|");
  EXPECT_EQ(text_of(segment_codes(*find(201))), "123037004|71341001|");
  EXPECT_EQ(text_of(segment_codes(*find(kL1), "L")), "123037004|66794005|");
}

TEST(SegmentCodes, OfADiscNameItsLevel) {
  EXPECT_EQ(text_of(segment_codes(*find(124))), "123037004|DISC|243927000|");
  EXPECT_EQ(text_of(segment_codes(*find(125))), "123037004|DISC|ANAT-L6/S1|122496007|");
}

}  // namespace
}  // namespace ledd::anatomy
