#include <gmock/gmock.h>
#include <itkImageFileReader.h>
#include <itkNiftiImageIOFactory.h>

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

TEST(SpineAlignmentRealData, HealthyPersonsHaveNoScoliosisOfTwentyDegreesAndTallLastBodies) {
  LEDD_NEEDS_REALDATA("spine/vb2-04/labels_thick2mm.nii.gz");
  int n = 0;
  int scoliosis = 0;
  int hints = 0;
  std::vector<double> cobbs;
  for (const auto& [prefix, file] :
       {std::pair{"vb2-", "labels_thick2mm.nii.gz"}, {"vb3-", "labels_thick4mm.nii.gz"}})
    for (const auto& folder : folders(prefix)) {
      const auto result = measure(*read(folder / file));
      ASSERT_TRUE(result.cobb.value) << folder << result.cobb.reason;
      ++n;
      scoliosis += result.scoliosis ? 1 : 0;
      hints += result.lstv_hint.value.value_or(0.0) > 0.0 ? 1 : 0;
      cobbs.push_back(*result.cobb.value);
      std::printf("%s: Cobb %.1f +- %.1f %s-%s, H/AP %.2f %s\n",
                  folder.filename().c_str(),
                  *result.cobb.value,
                  *result.cobb.se,
                  anatomy::short_name(result.curves.front().upper).c_str(),
                  anatomy::short_name(result.curves.front().lower).c_str(),
                  result.squareness.value.value_or(0.0),
                  result.cobb.reason.c_str());
      EXPECT_LT(*result.cobb.value, 20.0);
    }
  std::sort(cobbs.begin(), cobbs.end());
  std::printf("%d persons: median Cobb %.1f, %d at 10 degrees or more, %d hints\n",
              n,
              cobbs[cobbs.size() / 2],
              scoliosis,
              hints);
  EXPECT_EQ(n, 30);
  EXPECT_EQ(hints, 0);
  EXPECT_LE(scoliosis, 4);
}

TEST(SpineAlignmentRealData, TwoReadingsOfOnePersonDifferAsPromised) {
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
      promised += a.superior_se_deg * a.superior_se_deg + b.inferior_se_deg * b.inferior_se_deg +
                  c.superior_se_deg * c.superior_se_deg + d.inferior_se_deg * d.inferior_se_deg;
      ++n;
    }
  }
  std::printf("segments %d: RMS difference of coronal angles %.2f deg, promised %.2f\n",
              n,
              std::sqrt(squares / n),
              std::sqrt(promised / n));
  EXPECT_LT(std::sqrt(squares / n), 1.5 * std::sqrt(promised / n));
}

}  // namespace
}  // namespace ledd
