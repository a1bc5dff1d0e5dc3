#include "ledd/anatomy/anatomy.h"

#include <gmock/gmock.h>

#include <set>

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

}  // namespace
}  // namespace ledd::anatomy
