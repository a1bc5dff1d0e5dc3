#include <gmock/gmock.h>

#include "ledd/mr_weighting/mr_weighting.h"

namespace {

using ledd::contradiction;
using ledd::MrContrast;
using ledd::MrTags;
using ledd::MrWeighting;
using ledd::short_name;
using ledd::weighting_from_tags;
using testing::HasSubstr;

MrTags spin_echo(double tr_ms, double te_ms) {
  MrTags tags;
  tags.scanning_sequence = "SE";
  tags.repetition_time_ms = tr_ms;
  tags.echo_time_ms = te_ms;
  return tags;
}

std::string read(const MrTags& tags) {
  return short_name(weighting_from_tags(tags));
}

TEST(WeightingFromTags, FollowsTheTimesOfASpinEcho) {
  EXPECT_EQ(read(spin_echo(550, 11)), "T1");
  EXPECT_EQ(read(spin_echo(4000, 100)), "T2");
  EXPECT_EQ(read(spin_echo(2500, 20)), "PD");
  EXPECT_EQ(read(spin_echo(550, 11 + 50)), "unknown");
  EXPECT_GT(weighting_from_tags(spin_echo(550, 11)).probability,
            weighting_from_tags(spin_echo(1200, 11)).probability);
  EXPECT_THAT(weighting_from_tags(spin_echo(550, 11)).reason, HasSubstr("TR 550 ms, TE 11 ms"));
}

TEST(WeightingFromTags, TellsFatNullingFromOtherInversionTimes) {
  auto tags = spin_echo(4500, 60);
  tags.scanning_sequence = "SE\\IR";
  tags.inversion_time_ms = 170;
  EXPECT_EQ(read(tags), "STIR");
  EXPECT_TRUE(weighting_from_tags(tags).fat_suppressed);
  tags.inversion_time_ms = 2400;  // fluid attenuated
  EXPECT_EQ(read(tags), "unknown");
  tags = spin_echo(2100, 12);
  tags.inversion_time_ms = 860;
  EXPECT_EQ(read(tags), "T1");
}

TEST(WeightingFromTags, SeesFatSuppressionOnlyAsAWord) {
  auto tags = spin_echo(4000, 80);
  tags.scan_options = "PFP\\FS";
  EXPECT_EQ(read(tags), "T2 FS");
  tags.scan_options = "FAST_GEMS\\SAT_GEMS";
  EXPECT_EQ(read(tags), "T2");
  tags.series_description = "sag t2_tse_fs";
  EXPECT_EQ(read(tags), "T2 FS");
  tags.series_description = "sag t2 offset";
  EXPECT_EQ(read(tags), "T2");
  tags.scan_options = "FAT";  // of an enhanced object
  EXPECT_EQ(read(tags), "T2 FS");
}

TEST(WeightingFromTags, KeepsThePartsOfADixonSeriesApart) {
  auto tags = spin_echo(4000, 80);
  tags.image_type = {"DERIVED", "PRIMARY", "DIXON", "WATER"};
  EXPECT_EQ(read(tags), "water");
  EXPECT_TRUE(weighting_from_tags(tags).fat_suppressed);
  tags.image_type = {"ORIGINAL", "PRIMARY", "F", "F"};
  EXPECT_EQ(read(tags), "fat");
  tags.image_type = {"ORIGINAL", "PRIMARY", "IN_PHASE"};
  EXPECT_EQ(read(tags), "T2");
  tags.image_type = {"ORIGINAL", "PRIMARY", "OUT_PHASE"};
  EXPECT_EQ(read(tags), "unknown");
}

TEST(WeightingFromTags, WithoutTimesTheWordsCountAndSaySo) {
  MrTags tags;
  EXPECT_EQ(read(tags), "unknown");
  EXPECT_FALSE(weighting_from_tags(tags).reason.empty());
  tags.series_description = "T1 SAG";
  EXPECT_EQ(read(tags), "T1");
  EXPECT_THAT(weighting_from_tags(tags).reason, HasSubstr("description says T1"));
  tags.series_description = "STIR sag";
  EXPECT_EQ(read(tags), "STIR");
}

TEST(WeightingFromTags, WordsAgainstTheTimesLowerTheProbability) {
  auto tags = spin_echo(4000, 100);
  const double sure = weighting_from_tags(tags).probability;
  tags.series_description = "T1 SAG";
  EXPECT_EQ(read(tags), "T2");
  EXPECT_LT(weighting_from_tags(tags).probability, sure);
  EXPECT_THAT(weighting_from_tags(tags).reason, HasSubstr("description says T1"));
}

TEST(Contradiction, IsFoundWhereTheImageCanShowIt) {
  const MrWeighting t1{MrContrast::kT1, false, 0.95, "TR 550 ms, TE 11 ms"};
  const MrWeighting t2{MrContrast::kT2, false, 0.95, "TR 4000 ms"};
  const MrWeighting stir{MrContrast::kStir, true, 0.9, "fat 0.1 below marrow"};
  const MrWeighting water{MrContrast::kWater, true, 0.9, "ImageType"};
  EXPECT_THAT(contradiction(t1, stir), HasSubstr("the header says T1 (TR 550 ms, TE 11 ms)"));
  EXPECT_THAT(contradiction(t1, t2), HasSubstr("bright fluid"));
  EXPECT_THAT(contradiction(t2, stir), HasSubstr("dark fat"));
  EXPECT_THAT(contradiction(stir, t2), HasSubstr("bright fat"));
  EXPECT_EQ(contradiction(t2, t2), "");
  EXPECT_EQ(contradiction(water, stir), "");  // both are fluid bright, fat dark
}

TEST(Contradiction, IsNotClaimedOfWhatIsNotKnown) {
  const MrWeighting t1{MrContrast::kT1, false, 0.95, "TR"};
  const MrWeighting doubtful{MrContrast::kT2, false, 0.6, "sac 0.1 above marrow"};
  EXPECT_EQ(contradiction(t1, doubtful), "");
  EXPECT_EQ(contradiction({}, t1), "");
}

}  // namespace
