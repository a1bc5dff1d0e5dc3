#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "ledd/anatomy/anatomy.h"
#include "ledd/files/files.h"
#include "ledd/lumbar_phantom/lumbar_phantom.h"
#include "ledd/spine_mri/spine_mri.h"

namespace ledd {
namespace {

using ::testing::HasSubstr;
using Tone = SummaryLine::Tone;

const SpineMri& pipeline() {
  static const SpineMri instance(
      {}, files::read_bytes(LEDD_SOURCE_DIR "/modules/spine_segmentation/model/spine.onnx"));
  return instance;
}

LumbarPhantom::Result drawn(LumbarPhantom::Params params) {
  params.stack.pixel_mm = 1.0;
  params.stack.columns = 200;
  params.stack.rows = 330;
  params.stack.slices = 22;  // wide enough for whole bodies
  Context context({}, 2);
  return LumbarPhantom(params)(context);
}

/// What lies below the middle of `id`, as an image of its own that ends there.
Labels::Pointer below_the_middle_of(const Labels& labels, std::uint16_t id) {
  unsigned axis = 0;
  for (unsigned a = 1; a < 3; ++a)
    if (std::fabs(labels.GetDirection()(2, a)) > std::fabs(labels.GetDirection()(2, axis))) axis = a;
  const bool up = labels.GetDirection()(2, axis) > 0.0;
  const auto& whole = labels.GetLargestPossibleRegion();
  long first = static_cast<long>(whole.GetSize(axis)), last = -1;
  const std::size_t count = whole.GetNumberOfPixels();
  for (std::size_t n = 0; n < count; ++n) {
    if (labels.GetBufferPointer()[n] != id) continue;
    const long at = labels.ComputeIndex(static_cast<itk::OffsetValueType>(n))[axis];
    first = std::min(first, at), last = std::max(last, at);
  }
  const long middle = (first + last) / 2;
  auto size = whole.GetSize();
  Labels::IndexType from{{0, 0, 0}};
  from[axis] = up ? 0 : middle;
  size[axis] = static_cast<itk::SizeValueType>(up ? middle + 1 : static_cast<long>(size[axis]) - middle);
  auto cut = Labels::New();
  cut->SetRegions(Labels::RegionType(size));
  cut->SetSpacing(labels.GetSpacing());
  cut->SetDirection(labels.GetDirection());
  Labels::PointType origin;
  labels.TransformIndexToPhysicalPoint(from, origin);
  cut->SetOrigin(origin);
  cut->Allocate();
  for (std::size_t n = 0; n < cut->GetLargestPossibleRegion().GetNumberOfPixels(); ++n) {
    auto at = cut->ComputeIndex(static_cast<itk::OffsetValueType>(n));
    at[axis] += from[axis];
    cut->GetBufferPointer()[n] = labels.GetPixel(at);
  }
  return cut;
}

Outcome measured(const Labels& labels) {
  Context context({}, 2);
  return pipeline().measure(labels, context).outcome;
}

/// Lines of one topic.
std::vector<SummaryLine> lines(const Outcome& outcome, const std::string& topic) {
  std::vector<SummaryLine> found;
  for (const auto& line : outcome.summary)
    if (line.topic == topic) found.push_back(line);
  return found;
}

TEST(OutOfView, TheBodyCutByTheUpperBorderIsNotMeasuredAndAsksForNoEyes) {
  const auto labels = drawn({}).labels;
  const auto outcome = measured(*below_the_middle_of(*labels, anatomy::kT12));
  std::size_t cut = 0;
  for (const auto& m : outcome.measurements) {
    if (m.endpoint == "Ha" && m.region == "T12") {
      ++cut;
      EXPECT_FALSE(m.value.has_value());
      EXPECT_THAT(m.reason, HasSubstr("cut by the border"));
    }
    if (m.quality == Quality::kFailed) {
      EXPECT_FALSE(needs_eyes(m)) << m.region << ' ' << m.endpoint << ": " << m.reason;
    }
  }
  EXPECT_EQ(cut, 1U);
}

TEST(OutOfView, ABodyInsideThatFailedStillAsksForEyes) {
  const auto labels = below_the_middle_of(*drawn({}).labels, anatomy::kT12);
  bool kept = false;  // of L3, one voxel
  for (std::size_t n = 0; n < labels->GetLargestPossibleRegion().GetNumberOfPixels(); ++n) {
    auto& voxel = labels->GetBufferPointer()[n];
    if (voxel != 22) continue;
    if (kept) voxel = 0;
    kept = true;
  }
  const auto outcome = measured(*labels);
  const auto ha = std::find_if(outcome.measurements.begin(), outcome.measurements.end(), [](const auto& m) {
    return m.endpoint == "Ha" && m.region == "L3";
  });
  ASSERT_NE(ha, outcome.measurements.end());
  EXPECT_FALSE(ha->value.has_value());
  EXPECT_TRUE(needs_eyes(*ha));
}

TEST(Summary, NamesTheLevelsAndSaysWhatWasNotFound) {
  const auto outcome = measured(*drawn({}).labels);
  ASSERT_EQ(lines(outcome, "Levels").size(), 1U);
  EXPECT_THAT(lines(outcome, "Levels")[0].text, HasSubstr(" to S1"));
  EXPECT_EQ(lines(outcome, "Levels")[0].tone, Tone::kPlain);
  ASSERT_EQ(lines(outcome, "Slip").size(), 1U);
  EXPECT_EQ(lines(outcome, "Slip")[0].tone, Tone::kPlain);
  EXPECT_THAT(lines(outcome, "Slip")[0].text, HasSubstr("none of 3 mm or 8 %"));
}

TEST(Summary, NamesAWedgeAndASlipWithTheirNumbersAndCutOffs) {
  LumbarPhantom::Params params;
  params.spine.fracture_level = phantom::Level::kL1;
  params.spine.fracture_type = phantom::Deformity::kWedge;
  params.spine.fracture_loss_percent = 40.0;
  params.spine.slip_level = phantom::Level::kL4;
  params.spine.slip_mm = 7.0;
  const auto outcome = measured(*drawn(params).labels);
  ASSERT_FALSE(lines(outcome, "Vertebrae").empty());
  EXPECT_EQ(lines(outcome, "Vertebrae")[0].tone, Tone::kAbnormal);
  EXPECT_THAT(lines(outcome, "Vertebrae")[0].text, HasSubstr("L1: wedge, Genant grade"));
  ASSERT_EQ(lines(outcome, "Slip").size(), 1U);
  EXPECT_EQ(lines(outcome, "Slip")[0].tone, Tone::kAbnormal);
  EXPECT_THAT(lines(outcome, "Slip")[0].text, HasSubstr("L4/L5: slip "));
  EXPECT_THAT(lines(outcome, "Slip")[0].text, HasSubstr(" \u00B1 "));
  EXPECT_THAT(lines(outcome, "Slip")[0].text, HasSubstr("called from 3 mm or 8 %"));
}

TEST(Form, StirGivesTheSparccLayoutToFillIn) {
  LumbarPhantom::Params params;
  params.scan.contrast = phantom::Contrast::kStir;
  const auto scan = drawn(params);
  MrWeighting weighting;
  weighting.contrast = MrContrast::kStir;
  weighting.fat_suppressed = true;
  Context context({}, 2);
  const auto outcome =
      pipeline().measure(*scan.labels, SpineStudy{{scan.image, weighting, "STIR"}, {}, {}}, context).outcome;
  ASSERT_EQ(outcome.tables.size(), 1U) << ::testing::PrintToString(outcome.notes);
  const ReportTable& form = outcome.tables[0];
  EXPECT_EQ(form.name, "axspa-layout");
  EXPECT_THAT(form.note, HasSubstr("not read"));
  EXPECT_FALSE(form.columns.at(0).fill_in);
  EXPECT_TRUE(form.columns.at(4).fill_in);
  ASSERT_FALSE(form.rows.empty());
  std::map<std::string, int> shown;
  for (const auto& row : form.rows) {
    ASSERT_EQ(row.cells.size(), form.columns.size());
    if (row.shown) ++shown[row.cells[0]];
  }
  EXPECT_GE(shown.size(), 5U);
  for (const auto& [unit, rows] : shown) EXPECT_EQ(rows, 3) << unit;
  EXPECT_GT(form.rows.size(), 3 * shown.size()) << "the file has the other slices too";
  const auto marrow = lines(outcome, "Marrow");
  ASSERT_EQ(marrow.size(), 1U);
  EXPECT_THAT(marrow[0].text, HasSubstr("no bright marrow on STIR (pre-filled, not read)"));
}

}  // namespace
}  // namespace ledd
