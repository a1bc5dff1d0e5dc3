#include "ledd/knee_orientation/knee_side.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <vector>

#include "ledd/core/error.h"
#include "ledd/knee_phantom/knee_phantom.h"

namespace ledd {
namespace {

using anatomy::Side;
using testing::HasSubstr;

Labels::Pointer drawn(Side side, double roll_deg = 0.0) {
  KneePhantom::Params p;
  p.knee.side = side;
  p.knee.roll_deg = roll_deg;
  p.stack.columns = p.stack.rows = 160;
  p.stack.pixel_mm = 0.9;
  p.stack.slices = 60;
  p.stack.pitch_mm = p.stack.thickness_mm = 2.0;
  Context context;
  return KneePhantom(p).draw(context).labels;
}

std::string refusal(const SideHints& hints, const AnatomicalSide& anatomy) {
  try {
    decide_side(hints, anatomy);
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Errc::kInput);
    return e.what();
  }
  ADD_FAILURE() << "was not refused";
  return {};
}

AnatomicalSide sure(Side side, double certainty) {
  AnatomicalSide a;
  a.side = side;
  a.certainty = certainty;
  a.misfit = 1.0;
  return a;
}

SideHints hints(const std::string& laterality, const std::string& words, double centre_left_mm = 0.0) {
  SideHints h;
  h.laterality = laterality;
  h.descriptions = words;
  h.centre_left_mm = centre_left_mm;
  return h;
}

TEST(SideOfWords, WholeWordsOfSeveralLanguagesCount) {
  EXPECT_EQ(side_of_words("SAG DESS RIGHT KNEE"), Side::kRight);
  EXPECT_EQ(side_of_words("pd_fs_sag_LT"), Side::kLeft);
  EXPECT_EQ(side_of_words("Kne venstre"), Side::kLeft);
  EXPECT_EQ(side_of_words("H\xc3\xb8yre kne"), Side::kRight);
  EXPECT_EQ(side_of_words("Knie rechts"), Side::kRight);
  EXPECT_EQ(side_of_words("R KNEE T2"), Side::kRight);
  EXPECT_EQ(side_of_words("KNEE^L"), Side::kLeft);
}

TEST(SideOfWords, PartsOfWordsAndBothSidesDoNotCount) {
  EXPECT_EQ(side_of_words("BRIGHT FAT ALT"), std::nullopt);
  EXPECT_EQ(side_of_words("left and right"), std::nullopt);
  EXPECT_EQ(side_of_words("T1 SE R L"), std::nullopt);
  EXPECT_EQ(side_of_words(""), std::nullopt);
}

TEST(SideOfTags, LateralityAndWordsThatContradictAreRefusedByName) {
  const std::string text = refusal(hints("R", "left knee"), {});
  EXPECT_THAT(text, HasSubstr("is R"));
  EXPECT_THAT(text, HasSubstr("left knee"));
}

TEST(SideOfAnatomy, TellsThePhantomsApartByTheSameCertainty) {
  const auto right = side_of_anatomy(*drawn(Side::kRight)), left = side_of_anatomy(*drawn(Side::kLeft));
  EXPECT_EQ(right.side, Side::kRight);
  EXPECT_EQ(left.side, Side::kLeft);
  EXPECT_GE(right.certainty, 0.99);
  EXPECT_NEAR(right.certainty, left.certainty, 1e-3);
  for (std::size_t f = 0; f < kSideFeatures; ++f)
    EXPECT_NEAR(right.features_mm[f], -left.features_mm[f], 0.91) << f;  // a pixel: the halves' rounding
}

TEST(SideOfAnatomy, ALegThatRollsKeepsItsSide) {
  for (const double roll_deg : {-5.0, 5.0}) {
    EXPECT_EQ(side_of_anatomy(*drawn(Side::kRight, roll_deg)).side, Side::kRight) << roll_deg;
    EXPECT_EQ(side_of_anatomy(*drawn(Side::kLeft, roll_deg)).side, Side::kLeft) << roll_deg;
  }
}

TEST(SideOfAnatomy, AxesOfTheImageDoNotMatter) {
  const auto labels = drawn(Side::kLeft);
  const auto turned = reorient(*labels, {Toward::kSuperior, Toward::kLeft, Toward::kAnterior});
  const auto a = side_of_anatomy(*labels), b = side_of_anatomy(*turned);
  for (std::size_t f = 0; f < kSideFeatures; ++f) EXPECT_EQ(a.features_mm[f], b.features_mm[f]) << f;
}

TEST(SideOfAnatomy, StrayVoxelsChangeLittle) {
  const auto labels = drawn(Side::kRight);
  const auto before = side_of_anatomy(*labels);
  for (const auto& q : {Labels::IndexType{{2, 158, 30}}, Labels::IndexType{{1, 90, 10}}})
    labels->SetPixel(q, anatomy::kFemur);
  labels->SetPixel({{80, 3, 20}}, anatomy::kTibia);
  const auto after = side_of_anatomy(*labels);
  for (std::size_t f = 0; f < kSideFeatures; ++f)
    EXPECT_NEAR(after.features_mm[f], before.features_mm[f], 0.2) << f;
}

TEST(SideOfAnatomy, WithoutBonesNothingIsSaid) {
  const auto labels = drawn(Side::kLeft);
  labels->FillBuffer(0);
  const auto found = side_of_anatomy(*labels);
  EXPECT_FALSE(found.side);
  EXPECT_EQ(found.certainty, 0.5);
}

TEST(PartPlates, OnePieceOfTibialCartilageBecomesTheTwoPlatesItWasDrawnAs) {
  for (const Side side : {Side::kRight, Side::kLeft}) {
    const auto labels = drawn(side, 4.0);
    const std::size_t count = labels->GetLargestPossibleRegion().GetNumberOfPixels();
    auto* const id = labels->GetBufferPointer();
    const std::vector<std::uint16_t> truth(id, id + count);
    std::replace(id, id + count, anatomy::kLateralTibialCartilage, anatomy::kMedialTibialCartilage);
    const auto border_x_mm = border_of_plates(*labels);
    ASSERT_TRUE(border_x_mm);
    part_plates(*labels, *border_x_mm, side);
    EXPECT_EQ(std::vector<std::uint16_t>(id, id + count), truth);
  }
}

TEST(PartPlates, OnePlateAloneHasNoBorder) {
  const auto labels = drawn(Side::kRight);
  auto* const id = labels->GetBufferPointer();
  const std::size_t count = labels->GetLargestPossibleRegion().GetNumberOfPixels();
  std::replace(id, id + count, anatomy::kLateralTibialCartilage, std::uint16_t{0});
  EXPECT_EQ(border_of_plates(*labels), std::nullopt);
  labels->FillBuffer(0);
  EXPECT_EQ(border_of_plates(*labels), std::nullopt);
}

TEST(DecideSide, TagThatAnatomySupportsIsNotFlagged) {
  const auto d = decide_side(hints("R", ""), sure(Side::kRight, 0.999));
  EXPECT_EQ(d.side, Side::kRight);
  EXPECT_FALSE(d.uncertain);
}

TEST(DecideSide, TagAgainstSureAnatomyIsRefusedWithBothFindings) {
  const std::string text = refusal(hints("L", ""), sure(Side::kRight, 0.999));
  EXPECT_THAT(text, HasSubstr("Laterality (0020,0060/0062) L"));
  EXPECT_THAT(text, HasSubstr("says right (certainty 0.999)"));
}

TEST(DecideSide, TagAgainstUnsureAnatomyIsFlagged) {
  const auto d = decide_side(hints("L", ""), sure(Side::kRight, 0.9));
  EXPECT_EQ(d.side, Side::kLeft);
  EXPECT_TRUE(d.uncertain);
}

TEST(DecideSide, WithoutATagAnatomyDecidesFlagged) {
  const auto d = decide_side(hints("", "SAG DESS", 70.0), sure(Side::kRight, 0.999));
  EXPECT_EQ(d.side, Side::kRight);
  EXPECT_TRUE(d.uncertain);
  EXPECT_THAT(d.notes, testing::Contains(HasSubstr("speaks against it")));
}

TEST(DecideSide, WithoutATagSureAnatomyAndPositionTogetherAreNotFlagged) {
  const auto d = decide_side(hints("", "SAG DESS", -70.0), sure(Side::kRight, 0.999));
  EXPECT_EQ(d.side, Side::kRight);
  EXPECT_FALSE(d.uncertain);
  EXPECT_TRUE(decide_side(hints("", "SAG DESS", -70.0), sure(Side::kRight, 0.96)).uncertain);
}

TEST(DecideSide, PositionCountsOnlyWhereNothingSpeaksAgainstIt) {
  EXPECT_EQ(decide_side(hints("", "", 70.0), sure(Side::kLeft, 0.7)).side, Side::kLeft);
  EXPECT_EQ(decide_side(hints("", "", 70.0), sure(Side::kRight, 0.7)).side, std::nullopt);
  EXPECT_EQ(decide_side(hints("", "", -70.0), {}).side, Side::kRight);
  EXPECT_EQ(decide_side(hints("", "", -20.0), {}).side, std::nullopt);
  SideHints no_frame = hints("", "", -70.0);
  no_frame.patient_frame = false;
  EXPECT_EQ(decide_side(no_frame, {}).side, std::nullopt);
  EXPECT_TRUE(decide_side(no_frame, {}).uncertain);
}

TEST(DecideSide, AShapeUnlikeAnyKneeDecidesNothing) {
  AnatomicalSide odd = sure(Side::kRight, 0.999);
  odd.misfit = 30.0;
  EXPECT_EQ(decide_side(hints("", ""), odd).side, std::nullopt);
  EXPECT_EQ(decide_side(hints("L", ""), odd).side, Side::kLeft);
}

}  // namespace
}  // namespace ledd
