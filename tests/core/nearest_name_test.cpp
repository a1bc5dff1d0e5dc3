#include "ledd/core/nearest_name.h"

#include <gtest/gtest.h>

namespace {

using ledd::nearest_name;

TEST(NearestName, CountsLettersChangedAddedAndLeftOut) {
  const std::vector<std::string> verbs{"collect", "inspect", "run", "status"};
  EXPECT_EQ(nearest_name("stauts", verbs), "status");
  EXPECT_EQ(nearest_name("rnu", verbs), "run");
  EXPECT_EQ(nearest_name("inspct", verbs), "inspect");
  EXPECT_EQ(nearest_name("collectt", verbs), "collect");
}

TEST(NearestName, OfEqualsTheFirstIsTaken) {
  EXPECT_EQ(nearest_name("x", {"a", "b"}), "a");
}

TEST(NearestName, NothingKnownGivesNothing) {
  EXPECT_EQ(nearest_name("run", {}), "");
}

}  // namespace
