#include <gmock/gmock.h>
#include <itkImageFileReader.h>
#include <itkNiftiImageIOFactory.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <numeric>
#include <sstream>

#include "ledd/anatomy/anatomy.h"
#include "ledd/disc_morphometry/disc_morphometry.h"

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

double mean(const std::vector<double>& x) {
  return std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
}

TEST(DiscMorphometryRealData, HealthyDiscsAreAsHighAsInTheLiterature) {
  LEDD_NEEDS_REALDATA("spine/vb2-04/labels_thick2mm.nii.gz");
  Context context;
  std::map<std::string, std::vector<double>> height, middle, angle, slip, between_bodies;
  for (const auto& entry : std::filesystem::directory_iterator(realdata() / "spine")) {
    if (!entry.path().filename().string().starts_with("vb2-")) continue;
    const auto labels = read(entry.path() / "labels_thick2mm.nii.gz");
    const auto spine = SpineMorphometry()(*labels, context);
    const auto result = DiscMorphometry()(spine, *labels, nullptr, context);
    for (std::size_t i = 0; i + 1 < spine.bodies.size(); ++i) {
      const auto& a = spine.bodies[i];
      const auto& b = spine.bodies[i + 1];
      const auto& p = a.frame.centre_lps_mm;
      const auto& q = b.frame.centre_lps_mm;
      // Simpson's rule over the six points: the mean distance of a body's own endplates from rim to rim.
      const auto mean_mm = [](const SpineResult::Body& body) {
        return (body.ha.value_mm + 4.0 * body.hm.value_mm + body.hp.value_mm) / 6.0;
      };
      const double bone_mm = 0.5 * (mean_mm(a) + mean_mm(b));
      between_bodies[result.discs.at(i).region].push_back(std::hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]) -
                                                          bone_mm);
    }
    ASSERT_EQ(result.discs.size(), 6U) << entry.path();
    for (const auto& d : result.discs) {
      ASSERT_NE(d.quality, Quality::kFailed) << entry.path() << d.region << d.reason;
      EXPECT_EQ(d.volume_quality, Quality::kFailed);
      height[d.region].push_back(d.mean_height_mm());
      middle[d.region].push_back(d.hm_mm.value);
      angle[d.region].push_back(d.angle_deg.value);
      slip[d.region].push_back(d.slip_mm.value);
    }
  }
  std::printf("level    n  DH_area   Hm  angle  slip\n");
  for (const auto& [region, values] : height)
    std::printf("%-8s %zu   %5.1f  %5.1f  %5.1f  %+.1f\n",
                region.c_str(),
                values.size(),
                mean(values),
                mean(middle[region]),
                mean(angle[region]),
                mean(slip[region]));
  for (const char* region : {"L1/L2", "L2/L3", "L3/L4", "L4/L5"}) {
    // Literature: 7 to 12 mm. These masks are of the marrow: the bony endplates, 0.5 mm each, fall to the
    // disc.
    EXPECT_GT(mean(height[region]), 7.0) << region;
    EXPECT_LT(mean(height[region]), 13.0) << region;
    EXPECT_LT(std::abs(mean(slip[region])), 3.0) << region;
    // Independent of the contours: the centres' distance without the bodies' own mean heights.
    EXPECT_NEAR(mean(height[region]), mean(between_bodies[region]), 1.0) << region;
  }
  EXPECT_GT(mean(middle["L4/L5"]), mean(middle["L1/L2"]));
  EXPECT_GT(mean(angle["L4/L5"]), mean(angle["L1/L2"]));
}

/// case, then L5S1, L4L5, L3L4, L2L3, L1L2: the table's own order.
std::map<int, std::map<std::uint16_t, double>> published_volumes() {
  std::ifstream in(realdata() / "spine/disc-labels-only/published_disc_volumes_cm3.csv");
  std::map<int, std::map<std::uint16_t, double>> table;
  std::string line;
  std::getline(in, line);
  EXPECT_EQ(line.substr(0, 29), "case,L5S1,L4L5,L3L4,L2L3,L1L2");
  while (std::getline(in, line)) {
    std::istringstream cells(line);
    std::string cell;
    std::getline(cells, cell, ',');
    auto& row = table[std::stoi(cell)];
    for (std::uint16_t id = 124; id >= 120 && std::getline(cells, cell, ','); --id) row[id] = std::stod(cell);
  }
  return table;
}

TEST(DiscMorphometryRealData, VolumesAreThePublishedOnes) {
  LEDD_NEEDS_REALDATA("spine/disc-labels-only/published_disc_volumes_cm3.csv");
  const auto published = published_volumes();
  Context context;
  std::vector<double> off_percent;
  int missing = 0, far = 0;
  for (const auto& entry : std::filesystem::directory_iterator(realdata() / "spine/disc-labels-only")) {
    if (entry.path().extension() != ".gz") continue;
    const int number = std::stoi(entry.path().filename().string());
    if (!published.contains(number)) continue;
    const auto result = DiscMorphometry()({}, *read(entry.path()), nullptr, context);
    for (const auto& [id, cm3] : published.at(number)) {
      const auto found = std::find_if(
          result.discs.begin(), result.discs.end(), [wanted = id](const auto& d) { return d.id == wanted; });
      if (found == result.discs.end() || !found->volume_cm3) {
        std::printf("  case %d, %s: %s\n",
                    number,
                    anatomy::short_name(id).c_str(),
                    found == result.discs.end() ? "not labelled" : found->volume_reason.c_str());
        ++missing;
        continue;
      }
      off_percent.push_back(100.0 * (found->volume_cm3->value - cm3) / cm3);
      if (std::abs(off_percent.back()) > 10.0) {
        ++far;
        std::printf("  case %d, %s: %.2f cm3, published %.2f\n",
                    number,
                    anatomy::short_name(id).c_str(),
                    found->volume_cm3->value,
                    cm3);
      }
    }
  }
  ASSERT_FALSE(off_percent.empty());
  std::vector<double> sizes;
  sizes.reserve(off_percent.size());
  for (const double x : off_percent) sizes.push_back(std::abs(x));
  std::sort(sizes.begin(), sizes.end());
  std::printf(
      "%zu discs: mean %+.2f %%, median of sizes %.2f %%, 95th percentile %.2f %%; above 10 %%: %d; none: "
      "%d\n",
      sizes.size(),
      mean(off_percent),
      sizes[sizes.size() / 2],
      sizes[sizes.size() * 95 / 100],
      far,
      missing);
  EXPECT_LT(std::abs(mean(off_percent)), 3.0);
  EXPECT_LT(sizes[sizes.size() / 2], 3.0);
}

}  // namespace
}  // namespace ledd
