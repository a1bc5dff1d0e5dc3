#include "beside.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numbers>

#include "ledd/core/error.h"
#include "ledd/xct_phantom/xct_phantom.h"

#include "dicom_writer.h"
#include "drawn_visits.h"

namespace ledd::viewer {
namespace {

using testing::Anatomy;
using testing::Drawing;
using ::testing::ElementsAre;
using testing::Folder;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::turned;
using testing::Visit;

double apart_mm(const Point& a, const Point& b) {
  return vec::distance(a, b);
}

/// A body as it lies at two visits: turned by 5 degrees and moved, on slices that are turned otherwise.
struct TwoVisits {
  Drawing baseline, followup;
  explicit TwoVisits(const Anatomy& anatomy) {
    baseline.anatomy = followup.anatomy = anatomy;
    baseline.patient_from_body.shift_mm = {10, -20, 300};
    baseline.patient_from_grid = turned(8.0, {10, -20, 300});
    followup.patient_from_body = turned(5.0, {4, -14, 309});
    followup.patient_from_grid = turned(-6.0, {3, -17, 306});
    followup.spacing_mm = {1.2, 0.9, 1.5};
  }
  double off_mm(const RigidMotion& main_from_partner, const Point& p_body_mm) const {
    return apart_mm(main_from_partner(followup.patient_from_body(p_body_mm)),
                    baseline.patient_from_body(p_body_mm));
  }
  Registration registered() const {
    Context context;
    return register_visits(
        testing::open(testing::draw(baseline)), testing::open(testing::draw(followup)), context);
  }
};

TEST(Motion, InverseBringsEveryPointBack) {
  RigidMotion motion = turned(31.0, {4, -9, 12});
  motion.centre_lps_mm = {100, -30, 7};
  const Point p{3, 5, -8};
  EXPECT_NEAR(apart_mm(inverse_of(motion)(motion(p)), p), 0.0, 1e-9);
}

TEST(LeastSquaresMotion, FindsATurnAndAShift) {
  const RigidMotion known = turned(50.0, {4, -9, 12});
  const std::vector<Point> from{{0, 0, 0}, {30, 0, 0}, {0, 20, 5}, {3, -8, 40}};
  std::vector<Point> to;
  for (const Point& p : from) to.push_back(known(p));
  const auto found = least_squares_motion(from, to);
  EXPECT_NEAR(apart_mm(found({7, 8, 9}), known({7, 8, 9})), 0.0, 1e-9);
  EXPECT_THROW(least_squares_motion({{0, 0, 0}, {1, 0, 0}}, {{0, 0, 0}, {1, 0, 0}}), Error);
}

TEST(LeastSquaresMotion, PointsInAPlaneAreNotMirrored) {
  const std::vector<Point> from{{0, 0, 0}, {30, 0, 0}, {0, 20, 0}, {9, 9, 0}};
  const auto found = least_squares_motion(from, from);
  EXPECT_NEAR(apart_mm(found({0, 0, 10}), {0, 0, 10}), 0.0, 1e-9);
}

TEST(RegisterVisits, BonesOfAKneeFitWithinAMillimetre) {
  const TwoVisits visits(testing::drawn_knee);
  const auto found = visits.registered();
  ASSERT_EQ(found.frames.size(), 2U) << found.refusal;
  EXPECT_THAT(found.frames[0].words, HasSubstr("femur"));
  EXPECT_THAT(found.frames[1].words, HasSubstr("tibia"));
  EXPECT_THAT(found.refusal, IsEmpty());
  for (const Point& p : {Point{-14, 4, 0}, {15, 0, 1}, {-2, -6, 35}})
    EXPECT_LE(visits.off_mm(found.frames[0].main_from_partner, p), 0.5);
  for (const Point& p : {Point{-28, 0, -22}, {28, 0, -22}, {3, -4, -40}})
    EXPECT_LE(visits.off_mm(found.frames[1].main_from_partner, p), 1.0);
}

TEST(RegisterVisits, EitherVisitMayBeTheCase) {
  const TwoVisits visits(testing::drawn_knee);
  const auto one = testing::open(testing::draw(visits.baseline)),
             other = testing::open(testing::draw(visits.followup));
  Context context;
  const auto there = register_visits(one, other, context), back = register_visits(other, one, context);
  ASSERT_FALSE(there.frames.empty() || back.frames.empty());
  for (const Point& p : {Point{0, -20, 280}, {30, 0, 330}})
    EXPECT_LE(apart_mm(back.frames[0].main_from_partner(there.frames[0].main_from_partner(p)), p), 0.2);
}

TEST(RegisterVisits, VertebraeFitWithinAMillimetreThoughOneIsCutOff) {
  TwoVisits visits(testing::drawn_spine);
  visits.baseline.extent_mm = visits.followup.extent_mm = {80.0, 80.0, 200.0};
  visits.followup.anatomy = [](const Point& p) -> std::uint16_t {
    const auto id = testing::drawn_spine(p);
    return id == 24 ? 0 : id;
  };
  const auto found = visits.registered();
  ASSERT_EQ(found.frames.size(), 1U) << found.refusal;
  EXPECT_THAT(found.frames[0].words, HasSubstr("4 bodies L1 to L4"));
  for (const Point& p : {Point{-20, 0, 72}, {20, 0, 72}, {0, -20, -36}})
    EXPECT_LE(visits.off_mm(found.frames[0].main_from_partner, p), 1.0);
}

TEST(RegisterVisits, AnotherBoneIsNoVisitOfThisOne) {
  TwoVisits visits(testing::drawn_knee);
  visits.followup.anatomy = [](const Point& p) -> std::uint16_t {
    return testing::in_ball(p, {0, 0, 0}, {20, 20, 20}) ? 201 : 0;
  };
  const auto found = visits.registered();
  EXPECT_THAT(found.frames, IsEmpty());
  EXPECT_THAT(found.refusal, HasSubstr("mm apart"));
}

TEST(RegisterVisits, SaysWhatIsMissing) {
  TwoVisits visits(testing::drawn_knee);
  visits.followup.anatomy = testing::drawn_spine;
  EXPECT_THAT(visits.registered().refusal, HasSubstr("no bone"));
  Context context;
  const auto one = testing::open(testing::draw(visits.baseline));
  auto other = one;
  other.labels = nullptr;
  EXPECT_THAT(register_visits(one, other, context).refusal, HasSubstr("no labels"));
}

/// A drawn bone of HR-pQCT as a finished case holds it, anywhere in the patient's coordinates.
cases::OpenCase scanned(const phantom::XctPhantom& drawn, const RigidMotion& patient_from_grid) {
  const auto truth = phantom::draw(drawn);
  cases::OpenCase opened;
  auto density = truth.density_mg_per_cm3;
  auto labels = Labels::New();
  labels->CopyInformation(density);
  labels->SetRegions(density->GetLargestPossibleRegion());
  labels->Allocate();
  for (std::size_t n = 0; n < density->GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
    labels->GetBufferPointer()[n] = truth.trabecular->GetBufferPointer()[n] != 0   ? 222
                                    : truth.periosteal->GetBufferPointer()[n] != 0 ? 221
                                                                                   : 0;
  Volume::DirectionType direction;
  for (unsigned r = 0; r < 3; ++r)
    for (unsigned c = 0; c < 3; ++c) direction(r, c) = patient_from_grid.rotation[r][c];
  const Point origin = patient_from_grid({0, 0, 0});
  for (itk::ImageBase<3>* image : {static_cast<itk::ImageBase<3>*>(density.GetPointer()),
                                   static_cast<itk::ImageBase<3>*>(labels.GetPointer())}) {
    image->SetDirection(direction);
    image->SetOrigin(origin.data());
  }
  opened.scan = density;
  opened.labels = labels;
  opened.maps["density"] = density;
  return opened;
}

TEST(RegisterVisits, DensitiesFitWhateverTheScannersCoordinates) {
  phantom::XctPhantom first;
  first.radius_mm = 3.6;
  first.straight_mm = 2.0;
  first.cortex_mm = 0.6;
  first.slices = 40;
  first.taper = 0.06;
  first.warp_mm = 0.35;
  first.margin_mm = 1.2;
  auto second = first;
  second.turn_z_deg = 4.0;
  second.shift_x_mm = 0.13;
  second.shift_z_mm = 0.5;
  second.seed = 2;
  const RigidMotion here = turned(10.0, {100, 20, -30}), there = turned(-25.0, {-8, 60, 900});
  const auto main = scanned(first, here), partner = scanned(second, there);
  Context context;
  const auto found = register_visits(main, partner, context);
  ASSERT_EQ(found.frames.size(), 1U) << found.refusal;
  EXPECT_THAT(found.frames[0].words, HasSubstr("correlation 0.9"));
  // The phantom turns about the middle of its grid, then moves.
  Point middle{};
  for (unsigned a = 0; a < 3; ++a)
    middle[a] =
        first.voxel_mm * 0.5 * (static_cast<double>(main.scan->GetLargestPossibleRegion().GetSize(a)) - 1.0);
  const double angle = 4.0 * std::numbers::pi / 180.0;
  for (const Point& p : {Point{0, 0, 0}, {3, 0, 0}, {0, -3, 1}}) {
    const Point on_first = vec::add(middle, p);
    const Point on_second = vec::add(middle,
                                     {p[0] * std::cos(angle) - p[1] * std::sin(angle) + 0.13,
                                      p[0] * std::sin(angle) + p[1] * std::cos(angle),
                                      p[2] + 0.5});
    EXPECT_LE(apart_mm(found.frames[0].main_from_partner(there(on_second)), here(on_first)),
              0.2 * first.voxel_mm);
  }
}

TEST(RegisterSeries, OnlyAFrameOfReferenceMakesCoordinatesMeanTheSame) {
  TwoVisits visits(testing::drawn_knee);
  const auto one = testing::draw(visits.baseline).scan;
  Context context;
  using Frames = RigidAlignment::Frames;
  const auto shared = register_series(*one, *one, "CT", Frames::kShared, context);
  ASSERT_EQ(shared.frames.size(), 1U);
  EXPECT_EQ(shared.frames[0].main_from_partner({1, 2, 3}), (Point{1, 2, 3}));
  for (const auto& [modality, frames] :
       {std::pair("MR", Frames::kDifferent), {"CT", Frames::kDifferent}, {"CT", Frames::kNotStated}}) {
    const auto refused = register_series(*one, *one, modality, frames, context);
    EXPECT_THAT(refused.frames, IsEmpty());
    EXPECT_THAT(refused.refusal, HasSubstr("of reference"));
  }
}

TEST(RegisterSeries, WithoutAFrameOfReferenceMrIsAlignedByTheImages) {
  TwoVisits visits(testing::drawn_knee);
  visits.followup.patient_from_body = visits.baseline.patient_from_body;
  visits.followup.patient_from_body.shift_mm[1] += 1.5;
  visits.followup.patient_from_grid = visits.baseline.patient_from_grid;
  Context context;
  const auto found = register_series(*testing::draw(visits.baseline).scan,
                                     *testing::draw(visits.followup).scan,
                                     "MR",
                                     RigidAlignment::Frames::kNotStated,
                                     context);
  ASSERT_EQ(found.frames.size(), 1U) << found.refusal;
  EXPECT_LE(visits.off_mm(found.frames[0].main_from_partner, {0, 0, 0}), 0.5);
}

TEST(Moved, VoxelsAreTheSameElsewhere) {
  const TwoVisits visits(testing::drawn_knee);
  const auto drawn = testing::draw(visits.baseline);
  Content content;
  content.scan = drawn.scan;
  content.labels = drawn.labels;
  content.maps["t2"] = drawn.scan;
  content.lines.push_back({{{1, 2, 3}}, {}, ""});
  const RigidMotion motion = turned(20.0, {5, 6, 7});
  const auto there = moved(content, motion);
  EXPECT_EQ(there.scan->GetBufferPointer(), drawn.scan->GetBufferPointer()) << "no copy";
  for (const itk::ImageBase<3>* image :
       {static_cast<const itk::ImageBase<3>*>(there.scan.GetPointer()),
        static_cast<const itk::ImageBase<3>*>(there.labels.GetPointer()),
        static_cast<const itk::ImageBase<3>*>(there.maps.at("t2").GetPointer())}) {
    Volume::PointType was, is;
    const Volume::IndexType index{{3, 7, 11}};
    drawn.scan->TransformIndexToPhysicalPoint(index, was);
    image->TransformIndexToPhysicalPoint(index, is);
    EXPECT_NEAR(apart_mm({is[0], is[1], is[2]}, motion({was[0], was[1], was[2]})), 0.0, 1e-9);
  }
  EXPECT_EQ(there.lines[0].points_lps_mm[0], motion({1, 2, 3}));
}

std::vector<std::string> ids(const Partners& partners) {
  std::vector<std::string> all;
  for (const Partner& one : partners.found) all.push_back(one.case_id.empty() ? one.title : one.case_id);
  return all;
}

TEST(FindPartners, VisitsOfTheSameSubjectAndPipelineInOrderOfTheirDates) {
  const Folder root;
  const auto drawn = testing::draw({testing::drawn_knee, {}, {}, {6.0, 6.0, 6.0}});
  for (const Visit& visit : {Visit{"c1", "A", "2025-06-01"},
                             {"c2", "A", "2026-06-01"},
                             {"c3", "A", "2024-06-01"},
                             {"c4", "B", "2024-06-01"},
                             {"c5", "A", "2025-01-01", "spine-mri"}})
    testing::write(visit, drawn, root.path());
  Context context;
  const auto partners = [&](const std::string& id) {
    const CasePlace place{root / "out", id};
    return find_partners(place, cases::open_case(place.folder(), {}, context), context);
  };
  EXPECT_THAT(ids(partners("c1")), ElementsAre("c3", "c2"));
  EXPECT_THAT(partners("c1").found[0].title, HasSubstr("baseline 2024-06-01"));
  EXPECT_THAT(partners("c1").found[1].title, HasSubstr("follow-up 2026-06-01"));
  const auto alone = partners("c4");
  EXPECT_THAT(alone.found, IsEmpty());
  EXPECT_THAT(alone.notes, ::testing::Contains(HasSubstr("no other visit")));
}

/// Three folders of a study, each with a series, and a case made from the first.
struct Study : ::testing::Test {
  Folder root;
  void add(const std::string& number, std::vector<testing::Attribute> more) const {
    auto slices = testing::pictures({.slices = 6, .uid = "1.2.3." + number});
    for (auto& slice : slices) {
      slice.attributes = {{"SeriesNumber", number},
                          {"SeriesDescription", "S" + number},
                          {"StudyInstanceUID", "1.2.9"},
                          {"FrameOfReferenceUID", "1.2.9.1"},
                          {"PatientID", "P"}};
      slice.attributes.insert(slice.attributes.end(), more.begin(), more.end());
    }
    std::filesystem::create_directories(root / "dicom" / ("s" + number));
    testing::write(slices, root / "dicom" / ("s" + number));
  }
  /// A case of series 1.
  CasePlace made() const {
    Context context;
    const auto index = dicom::index({root / "dicom" / "s1"}, context);
    const CasePlace place{root / "out", "c1"};
    testing::write_case_of(index.stacks.at(0), place.folder());
    return place;
  }
};

TEST_F(Study, OnlySeriesOfTheVisitWithSlicesStandBeside) {
  add("1", {});
  add("2", {});
  add("3", {{"StudyInstanceUID", "1.2.8"}, {"FrameOfReferenceUID", "1.2.8.1"}});
  add("4", {{"ImageType", "ORIGINAL\\PRIMARY\\LOCALIZER"}});
  add("5", {{"FrameOfReferenceUID", "1.2.9.2"}});
  add("6", {{"PatientID", "Q"}});
  add("7", {{"StudyInstanceUID", "1.2.7"}});
  const auto place = made();
  Context context;
  const auto partners = find_partners(place, cases::open_case(place.folder(), {}, context), context);
  EXPECT_THAT(ids(partners), ElementsAre(HasSubstr("S2"), HasSubstr("S5"), HasSubstr("S7")));
  EXPECT_EQ(partners.found[0].frames, RigidAlignment::Frames::kShared);
  EXPECT_EQ(partners.found[1].frames, RigidAlignment::Frames::kDifferent);
}

TEST_F(Study, ASeriesOpensAsItLies) {
  add("1", {});
  add("2", {});
  const auto place = made();
  Context context;
  const auto opened = cases::open_case(place.folder(), {}, context);
  ASSERT_TRUE(opened.scan);
  const auto partners = find_partners(place, opened, context);
  ASSERT_EQ(partners.found.size(), 1U);
  const auto beside = open_partner(place, opened, partners.found[0], context);
  EXPECT_EQ(beside.content.scan->GetLargestPossibleRegion().GetSize()[2], 6U);
  ASSERT_EQ(beside.registration.frames.size(), 1U);
  EXPECT_EQ(beside.registration.frames[0].words, "same frame of reference");
}

TEST(OpenPartner, AVisitWithoutItsScanSaysWhere) {
  const Folder root;
  const auto drawn = testing::draw({testing::drawn_knee, {}, {}, {6.0, 6.0, 6.0}});
  testing::write({"c1", "A", "2025-06-01"}, drawn, root.path());
  testing::write({"c2", "A", "2026-06-01"}, drawn, root.path());
  std::filesystem::remove(root / "scans/c2.nii.gz");
  const CasePlace place{root / "out", "c1"};
  Context context;
  const auto main = cases::open_case(place.folder(), {}, context);
  const auto partners = find_partners(place, main, context);
  ASSERT_EQ(partners.found.size(), 1U);
  try {
    open_partner(place, main, partners.found[0], context);
    FAIL() << "nothing was said";
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), HasSubstr("c2.nii.gz"));
  }
}

}  // namespace
}  // namespace ledd::viewer
