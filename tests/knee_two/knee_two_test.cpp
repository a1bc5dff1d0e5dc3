#include <gmock/gmock.h>
#include <stdlib.h>

#include <cmath>

#include "ledd/core/error.h"
#include "ledd/knee_orientation/part_knees.h"
#include "ledd/store/store.h"

#include "../ledd/program.h"
#include "two_knees.h"

namespace ledd {
namespace {

namespace fs = std::filesystem;

using ::testing::AllOf;
using testing::Ended;
using testing::Folder;
using ::testing::HasSubstr;
using testing::keep_side;
using ::testing::Not;
using testing::two_knees;
using testing::TwoKnees;
using testing::view_of_both;

constexpr const char* kNoLaplace = "morphometry.thickness.laplace=false";

/// The program with the network whose answer is known.
struct KneeTwo : ::testing::Test {
  Folder share, in, out;

  KneeTwo() {
    fs::create_directories(share / "models");
    for (const char* name : {"knee.onnx", "knee-cross.onnx", "spine.onnx"})
      fs::copy_file(LEDD_SOURCE_DIR "/testdata/networks/nearest.onnx", share / "models" / name);
    fs::copy_file(LEDD_SOURCE_DIR "/modules/knee_shape/model/knee_shape.bin",
                  share / "models" / "knee_shape.bin");
    ::setenv("LEDD_SHARE", share.path().c_str(), 1);
  }
  ~KneeTwo() override { ::unsetenv("LEDD_SHARE"); }
  KneeTwo(const KneeTwo&) = delete;
  KneeTwo& operator=(const KneeTwo&) = delete;

  std::string results() const { return (out / "r").string(); }
  /// A label map that is measured as a case of its own.
  void measure(const std::string& name, const Labels& labels) const {
    const auto file = (in / (name + ".nii.gz")).string();
    files::write_labels(labels, file);
    const Ended ended =
        testing::ledd({"run", "knee-mri", "--labels", file, "-o", results(), "--set", kNoLaplace});
    ASSERT_EQ(ended.exit, 0) << ended.err;
  }
  fs::path only_case() const { return fs::directory_iterator(out / "r" / "cases")->path(); }
  std::vector<Measurement> rows(const fs::path& folder) const {
    return store::parse_endpoints(files::read_bytes(folder / "endpoints.json")).measurements;
  }
};

double value(const std::vector<Measurement>& rows,
             const std::string& side,
             const std::string& region,
             const std::string& endpoint) {
  for (const Measurement& m : rows)
    if (m.side == side && m.region == region && m.endpoint == endpoint && m.statistic != "sd" && m.value)
      return *m.value;
  return std::nan("");
}

/// What the truth of two_knees() says of the rows; no side may be swapped.
void expect_both(const std::vector<Measurement>& rows, double tolerance_mm) {
  const TwoKnees truth;
  EXPECT_NEAR(value(rows, "R", "cMT", "ThCtAB"), truth.right_medial_mm, tolerance_mm);
  EXPECT_NEAR(value(rows, "L", "cMT", "ThCtAB"), truth.left_medial_mm, tolerance_mm);
  EXPECT_NEAR(value(rows, "R", "cLT", "ThCtAB"), truth.right_lateral_mm, tolerance_mm);
  EXPECT_NEAR(value(rows, "L", "cLT", "ThCtAB"), truth.left_lateral_mm, tolerance_mm);
  std::map<std::string, std::size_t> of_side;
  for (const Measurement& m : rows) ++of_side[m.side];
  EXPECT_EQ(of_side.size(), 2U);
  EXPECT_EQ(of_side["R"], of_side["L"]);
  // The knees are mirror images but for the plates' thickness.
  EXPECT_NEAR(value(rows, "R", "P", "ThCtAB"), value(rows, "L", "P", "ThCtAB"), 0.1);
  EXPECT_NEAR(value(rows, "R", "cMF", "tAB") / value(rows, "L", "cMF", "tAB"), 1.0, 0.05);
}

void expect_both_shown(const fs::path& folder) {
  const std::string page = files::read_bytes(folder / "report.html");
  const auto says = [&](const std::string& words) { return page.find(words) != std::string::npos; };
  for (const std::string knee : {"right", "left"}) {
    EXPECT_TRUE(says(knee + " knee: Cartilage thickness (ThCtAB) on the tibia")) << knee;
    EXPECT_TRUE(fs::exists(folder / "figures" / (knee + "-knee-thickness-tibia.png"))) << knee;
  }
  EXPECT_TRUE(says("Right knee") && says("Left knee"));
}

double dice(const Labels& a, const Labels& b, std::uint16_t id, bool left) {
  double both = 0.0, sum = 0.0;
  testing::for_x(a, [&](std::size_t n, double x_mm) {
    if ((x_mm > 0.0) != left) return;
    const bool in_a = a.GetBufferPointer()[n] == id, in_b = b.GetBufferPointer()[n] == id;
    both += in_a && in_b ? 1.0 : 0.0;
    sum += (in_a ? 1.0 : 0.0) + (in_b ? 1.0 : 0.0);
  });
  return 2.0 * both / sum;
}

TEST_F(KneeTwo, GivenLabelsOfBothAreMeasuredEachOnItsSide) {
  const auto labels = two_knees(view_of_both(0.5, 1.4), {});
  measure("both", *labels);
  expect_both(rows(only_case()), 0.15);
  expect_both_shown(only_case());
  const auto written = files::read_labels(only_case() / "labels.nii.gz");
  for (const bool left : {false, true})
    for (std::uint16_t id = anatomy::kFemur; id <= anatomy::kLateralMeniscus; ++id)
      EXPECT_EQ(dice(*labels, *written, id, left), 1.0) << id;
  const auto regions = files::read_volume(only_case() / "maps" / "cartilage-regions.nii.gz");
  std::size_t right = 0, left = 0;
  testing::for_x(*labels, [&](std::size_t n, double x_mm) {
    if (regions->GetBufferPointer()[n] > 0.0F) ++(x_mm > 0.0 ? left : right);
  });
  EXPECT_GT(right, 1000U);
  EXPECT_GT(left, 1000U);
}

/// Two legs with air between and beside them, in the greys of the network whose answer is known.
Volume::Pointer painted_legs(const Labels& labels) {
  const auto image = testing::painted_knee(labels);
  testing::for_x(labels, [&](std::size_t n, double x_mm) {
    const double beside_mm = std::abs(x_mm);
    if (labels.GetBufferPointer()[n] == 0 && (beside_mm < 14.0 || beside_mm > 96.0))
      image->GetBufferPointer()[n] = 0.0F;
  });
  return image;
}

TEST_F(KneeTwo, AnImageOfBothIsPartedSegmentedAndMeasuredEachOnItsSide) {
  const auto labels = two_knees(view_of_both(0.45, 2.5), {});
  files::write_volume(*painted_legs(*labels), in / "both.nii.gz");
  const Ended ended =
      testing::ledd({"run", "knee-mri", (in / "both.nii.gz").string(), "-o", results(), "--set", kNoLaplace});
  ASSERT_EQ(ended.exit, 0) << ended.err;
  expect_both(rows(only_case()), 0.25);  // slices of 2.5 mm
  expect_both_shown(only_case());
  const auto written = files::read_labels(only_case() / "labels.nii.gz");
  for (const bool left : {false, true})
    for (std::uint16_t id = anatomy::kFemur; id <= anatomy::kLateralMeniscus; ++id)
      EXPECT_GT(dice(*labels, *written, id, left), 0.9) << id << (left ? " left" : " right");
}

TEST_F(KneeTwo, VisitsOfBothAreComparedKneeByKnee) {
  const auto view = view_of_both(0.6, 1.4);
  TwoKnees later;
  later.right_medial_mm -= 0.5;
  later.left_lateral_mm -= 0.7;
  const auto before = two_knees(view, {}), after = two_knees(view, later);
  measure("before", *before);
  measure("after", *after);
  keep_side(*after, anatomy::Side::kLeft);
  measure("left", *after);
  const auto compare = [&](const std::string& a, const std::string& b) {
    fs::remove_all(out / "r" / "changes");
    const Ended ended = testing::ledd({"compare", results(), "--pair", a, b, "--set", kNoLaplace});
    EXPECT_EQ(ended.exit, 0) << ended.err;
    return fs::path(fs::directory_iterator(out / "r" / "changes")->path());
  };
  auto folder = compare("before", "after");
  auto changes = rows(folder);
  EXPECT_NEAR(value(changes, "R", "MT", "ThCtAB_change"), -0.5, 0.06);
  EXPECT_NEAR(value(changes, "L", "MT", "ThCtAB_change"), 0.0, 0.06);
  EXPECT_NEAR(value(changes, "R", "LT", "ThCtAB_change"), 0.0, 0.06);
  EXPECT_NEAR(value(changes, "L", "LT", "ThCtAB_change"), -0.7, 0.06);
  const std::string page = files::read_bytes(folder / "report.html");
  for (const char* knee : {"right", "left"})
    EXPECT_NE(page.find(std::string(knee) + " knee: Change of cartilage"), std::string::npos) << knee;
  EXPECT_TRUE(fs::exists(folder / "figures" / "left-knee-change-tibia.png"));

  folder = compare("before", "left");
  changes = rows(folder);
  EXPECT_NEAR(value(changes, "L", "LT", "ThCtAB_change"), -0.7, 0.06);
  for (const Measurement& m : changes) EXPECT_EQ(m.side, "L") << m.region;
  EXPECT_NE(files::read_bytes(folder / "report.html").find("The right knee is shown at baseline only"),
            std::string::npos);
  EXPECT_THAT(files::read_bytes(out / "r" / "changes.csv"),
              AllOf(HasSubstr("before,L,"), Not(HasSubstr("before,R,"))));
}

}  // namespace
}  // namespace ledd
