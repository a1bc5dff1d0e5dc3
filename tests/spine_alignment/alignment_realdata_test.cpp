#include <gmock/gmock.h>
#include <itkImageFileReader.h>
#include <itkNiftiImageIOFactory.h>

#include <cmath>
#include <cstdio>

#include "ledd/anatomy/anatomy.h"
#include "ledd/spine_alignment/spine_alignment.h"

#include "realdata.h"

namespace ledd {
namespace {

Labels::Pointer read(const std::filesystem::path& path) {
  itk::NiftiImageIOFactory::RegisterOneFactory();
  const auto reader = itk::ImageFileReader<Labels>::New();
  reader->SetFileName(path.string());
  reader->Update();
  return reader->GetOutput();
}

AlignmentResult measure(const Labels& labels) {
  Context context;
  return SpineAlignment()(SpineMorphometry()(labels, context), labels, context);
}

std::vector<std::filesystem::path> folders(const std::string& prefix) {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(realdata() / "spine"))
    if (entry.path().filename().string().starts_with(prefix)) found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

/// Every healthy person of both sets.
std::vector<std::pair<std::string, AlignmentResult>> healthy() {
  std::vector<std::pair<std::string, AlignmentResult>> all;
  for (const auto& folder : folders("vb2-"))
    all.emplace_back(folder.filename().string(), measure(*read(folder / "labels_thick2mm.nii.gz")));
  for (const auto& folder : folders("vb3-"))
    all.emplace_back(folder.filename().string(), measure(*read(folder / "labels_thick4mm.nii.gz")));
  return all;
}

TEST(SpineAlignmentRealData, HealthyPersonsHaveLittleCurveAndTallLastBodies) {
  LEDD_NEEDS_REALDATA("spine/vb2-04/labels_thick2mm.nii.gz");
  int hints = 0;
  int clear = 0;
  int doubtful = 0;
  std::vector<double> cobbs;
  for (const auto& [name, result] : healthy()) {
    ASSERT_TRUE(result.cobb.value) << name << result.cobb.reason;
    const double se = *result.cobb.se;
    cobbs.push_back(*result.cobb.value);
    hints += result.lstv_hint.value.value_or(0.0) > 0.0 ? 1 : 0;
    if (result.scoliosis) ++(*result.cobb.value - 10.0 >= se ? clear : doubtful);
    std::printf("%s: Cobb %.1f +- %.1f %s-%s, H/AP %.2f %s\n",
                name.c_str(),
                cobbs.back(),
                se,
                anatomy::short_name(result.curves.front().upper).c_str(),
                anatomy::short_name(result.curves.front().lower).c_str(),
                result.squareness.value.value_or(0.0),
                result.cobb.reason.c_str());
    // The one person whose column bows sideways by 13 mm.
    if (name == "vb2-04") {
      EXPECT_GT(cobbs.back(), 20.0);
    } else {
      EXPECT_LT(cobbs.back(), 15.0) << name;
    }
  }
  std::sort(cobbs.begin(), cobbs.end());
  std::printf(
      "%zu persons: median Cobb %.1f, 10 degrees or more: %d clearly, %d within the error; %d hints\n",
      cobbs.size(),
      cobbs[cobbs.size() / 2],
      clear,
      doubtful,
      hints);
  EXPECT_EQ(cobbs.size(), 30U);
  EXPECT_EQ(hints, 0);
  EXPECT_LE(clear, 1);
  EXPECT_LT(cobbs[cobbs.size() / 2], 7.0);
}

/// The centres of the bodies above and below say how the column runs at a body; its endplates say it again.
TEST(SpineAlignmentRealData, EndplatesFollowTheColumnWithinTheirErrors) {
  LEDD_NEEDS_REALDATA("spine/vb2-04/labels_thick2mm.nii.gz");
  double squares = 0.0;
  double promised = 0.0;
  int n = 0;
  const auto dot = [](const Point& a, const Point& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; };
  for (const auto& [name, result] : healthy())
    for (std::size_t i = 1; i + 1 < result.coronal.size(); ++i) {
      const auto& c = result.coronal[i];
      const auto& above = result.coronal[i - 1];
      const auto& below = result.coronal[i + 1];
      if (!c.missing.empty() || c.doubtful || above.doubtful || below.doubtful) continue;
      Point step{};
      for (unsigned a = 0; a < 3; ++a) step[a] = above.centre_lps_mm[a] - below.centre_lps_mm[a];
      const double course_deg =
          -180.0 / M_PI * std::atan2(dot(step, result.axes.left), dot(step, result.axes.superior));
      squares += std::pow(0.5 * (c.superior_deg + c.inferior_deg) - course_deg, 2.0);
      promised += 0.5 * (c.superior_se_deg * c.superior_se_deg + c.inferior_se_deg * c.inferior_se_deg);
      ++n;
    }
  const double rms = std::sqrt(squares / n);
  const double se = std::sqrt(promised / n);
  std::printf("%d bodies: mid-body slope against the column RMS %.2f deg, promised %.2f\n", n, rms, se);
  EXPECT_GT(n, 60);
  EXPECT_LT(rms, 1.3 * se);
  EXPECT_GT(rms, 0.6 * se);
}

/// One reading on two grids: what is promised for the fit alone, without the readers' part.
TEST(SpineAlignmentRealData, TheSameReadingOnTwoGridsDiffersByTheErrorsOfTheFit) {
  LEDD_NEEDS_REALDATA("spine/vb2-04/labels_native_1.25x1.25x2.nii.gz");
  double squares = 0.0;
  double promised = 0.0;
  int n = 0;
  for (const auto& folder : folders("vb2-")) {
    const auto thick = measure(*read(folder / "labels_thick2mm.nii.gz"));
    const auto native = measure(*read(folder / "labels_native_1.25x1.25x2.nii.gz"));
    for (std::size_t i = 0; i + 1 < thick.coronal.size(); ++i) {
      const auto& a = thick.coronal[i];
      const auto& b = thick.coronal[i + 1];
      const auto& c = native.coronal[i];
      const auto& d = native.coronal[i + 1];
      if (!(a.missing + b.missing + c.missing + d.missing).empty()) continue;
      const double change = (a.superior_deg - b.inferior_deg) - (c.superior_deg - d.inferior_deg);
      squares += change * change;
      for (const double se : {a.superior_se_deg, b.inferior_se_deg, c.superior_se_deg, d.inferior_se_deg})
        promised += se * se - SpineAlignment::kReadingDeg * SpineAlignment::kReadingDeg;
      ++n;
    }
  }
  std::printf("segments %d: RMS difference of coronal angles %.2f deg, promised %.2f\n",
              n,
              std::sqrt(squares / n),
              std::sqrt(promised / n));
  EXPECT_LT(squares, promised);
  EXPECT_GT(squares, 0.1 * promised);
}

}  // namespace
}  // namespace ledd
