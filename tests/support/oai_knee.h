#pragma once
#include <algorithm>

#include "ledd/anatomy/knee.h"
#include "ledd/image/image.h"

namespace ledd::testing {

/// Published label volumes (1 femur, 2 its cartilage, 3 tibia, 4 its cartilage, 5 patella, 6 its
/// cartilage, 7..9 lesions of the three bones) with Ledd's ids. The tibia's cartilage is parted midway
/// between the centres of its two plates. All these volumes are stored so that, by their axes, they are right
/// knees: the plate towards the patient's left is the longer one from front to back, as the medial one is.
inline void use_ledd_ids(Labels& labels) {
  using namespace anatomy;  // NOLINT(google-build-using-namespace): ids
  constexpr std::array<std::uint16_t, 10> kIds{0,
                                               kFemur,
                                               kFemoralCartilage,
                                               kTibia,
                                               kMedialTibialCartilage,
                                               kPatella,
                                               kPatellarCartilage,
                                               kFemur,
                                               kTibia,
                                               kPatella};
  const std::size_t count = labels.GetLargestPossibleRegion().GetNumberOfPixels();
  std::vector<std::pair<std::size_t, double>> tibial;
  for (std::size_t n = 0; n < count; ++n) {
    auto& id = labels.GetBufferPointer()[n];
    if (id == 4) {
      Labels::PointType p;
      labels.TransformIndexToPhysicalPoint(labels.ComputeIndex(static_cast<long>(n)), p);
      tibial.emplace_back(n, p[0]);
    }
    id = kIds.at(id);
  }
  double cut = 0.0;
  for (const auto& [n, x] : tibial) cut += x / static_cast<double>(tibial.size());
  for (int round = 0; round < 20; ++round) {  // means of both sides of the cut, and the middle of these
    double low = 0, high = 0, below = 0, above = 0;
    for (const auto& [n, x] : tibial) (x < cut ? low : high) += x, (x < cut ? below : above) += 1;
    cut = 0.5 * (low / below + high / above);
  }
  for (const auto& [n, x] : tibial)
    if (x < cut) labels.GetBufferPointer()[n] = kLateralTibialCartilage;
}

/// The label volume with menisci: 1 femoral, 2 medial, 3 lateral tibial, 4 patellar cartilage, 5 femur, 6
/// tibia, 7 patella, 8 fibula, 9 lateral and 10 medial meniscus.
inline void use_ledd_ids_with_menisci(Labels& labels) {
  using namespace anatomy;  // NOLINT(google-build-using-namespace): ids
  constexpr std::array<std::uint16_t, 11> kIds{0,
                                               kFemoralCartilage,
                                               kMedialTibialCartilage,
                                               kLateralTibialCartilage,
                                               kPatellarCartilage,
                                               kFemur,
                                               kTibia,
                                               kPatella,
                                               0,
                                               kLateralMeniscus,
                                               kMedialMeniscus};
  const std::size_t count = labels.GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t n = 0; n < count; ++n)
    labels.GetBufferPointer()[n] = kIds.at(labels.GetBufferPointer()[n]);
}

}  // namespace ledd::testing
