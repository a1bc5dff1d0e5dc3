#include <gmock/gmock.h>

#include <algorithm>
#include <array>

#include "ledd/files/files.h"
#include "ledd/knee_orientation/knee_side.h"

#include "realdata.h"

namespace ledd {
namespace {

using anatomy::Side;

/// OAI numbers of the public label volumes to Ledd's ids; bone lesions count as bone.
void to_ledd(Labels& labels) {
  constexpr std::array<std::uint16_t, 10> kIds{0, 201, 202, 203, 204, 206, 207, 201, 203, 206};
  const std::size_t n = labels.GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t q = 0; q < n; ++q) labels.GetBufferPointer()[q] = kIds.at(labels.GetBufferPointer()[q]);
}

/// The same knee as a mirror shows it.
void mirror(Labels& labels) {
  auto direction = labels.GetDirection();
  auto origin = labels.GetOrigin();
  for (unsigned a = 0; a < 3; ++a) direction(0, a) = -direction(0, a);
  origin[0] = -origin[0];
  labels.SetDirection(direction);
  labels.SetOrigin(origin);
}

TEST(KneeSideRealData, EveryRightKneeAndItsMirrorImageAreTold) {
  LEDD_NEEDS_REALDATA("knee/labels-only");
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(realdata() / "knee/labels-only"))
    if (entry.path().string().ends_with(".nii.gz")) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  double least = 1.0;
  for (const auto& path : paths) {
    const auto labels = files::read_labels(path);
    to_ledd(*labels);
    const auto right = side_of_anatomy(*labels);
    EXPECT_EQ(right.side, Side::kRight) << path;
    least = std::min(least, right.certainty);
    const auto border_x_mm = border_of_plates(*labels);
    ASSERT_TRUE(border_x_mm) << path;
    part_plates(*labels, *border_x_mm, Side::kRight);
    const auto* const id = labels->GetBufferPointer();
    const auto* const end = id + labels->GetLargestPossibleRegion().GetNumberOfPixels();
    const auto medial = static_cast<double>(std::count(id, end, anatomy::kMedialTibialCartilage));
    const auto lateral = static_cast<double>(std::count(id, end, anatomy::kLateralTibialCartilage));
    EXPECT_GT(medial / lateral, 0.4) << path;  // neither plate was taken for both
    EXPECT_LT(medial / lateral, 2.0) << path;
    mirror(*labels);
    EXPECT_EQ(side_of_anatomy(*labels).side, Side::kLeft) << path;
  }
  RecordProperty("least_certainty", std::to_string(least));
  EXPECT_GE(least, 0.95);
}

}  // namespace
}  // namespace ledd
