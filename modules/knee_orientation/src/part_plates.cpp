#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "ledd/knee_orientation/knee_side.h"

namespace ledd {
namespace {

using namespace anatomy;  // NOLINT(google-build-using-namespace): ids

constexpr double kBinMm = 1.0;
constexpr long kBlurBins = 2;
constexpr double kLeastApartMm = 20.0;  // the plates' fullest places; one plate alone is no wider
constexpr double kMostValley = 0.6;     // of the smaller plate's fullest place

bool is_tibial(std::uint16_t id) {
  return id == kMedialTibialCartilage || id == kLateralTibialCartilage;
}

/// Number of tibial cartilage voxels by patient x, in bins from `first_mm`.
struct Profile {
  double first_mm = 0.0;
  std::vector<double> count;
};

template <class Each>
void for_tibial(const Labels& labels, const Each& each) {
  const std::uint16_t* id = labels.GetBufferPointer();
  const std::size_t count = labels.GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t n = 0; n < count; ++n) {
    if (!is_tibial(id[n])) continue;
    Labels::PointType p;
    labels.TransformIndexToPhysicalPoint(labels.ComputeIndex(static_cast<long>(n)), p);
    each(n, p[0]);
  }
}

Profile profile_of(const Labels& labels) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for_tibial(labels, [&](std::size_t, double x) {
    low = std::min(low, x);
    high = std::max(high, x);
  });
  Profile profile{low, {}};
  if (high < low) return profile;
  std::vector<double> raw(static_cast<std::size_t>((high - low) / kBinMm) + 1);
  for_tibial(labels,
             [&](std::size_t, double x) { raw[static_cast<std::size_t>((x - low) / kBinMm)] += 1.0; });
  const long bins = static_cast<long>(raw.size());
  for (long n = 0; n < bins; ++n) {  // slices thicker than a bin leave empty ones
    double sum = 0.0;
    for (long d = -kBlurBins; d <= kBlurBins; ++d)
      if (n + d >= 0 && n + d < bins) sum += raw[static_cast<std::size_t>(n + d)];
    profile.count.push_back(sum);
  }
  return profile;
}

}  // namespace

std::optional<double> border_of_plates(const Labels& labels) {
  const Profile profile = profile_of(labels);
  const auto& count = profile.count;
  if (static_cast<double>(count.size()) * kBinMm < kLeastApartMm) return std::nullopt;
  const auto middle = count.begin() + static_cast<std::ptrdiff_t>(count.size() / 2);
  const auto right = std::max_element(count.begin(), middle), left = std::max_element(middle, count.end());
  const auto valley = std::min_element(right, left);
  if (static_cast<double>(left - right) * kBinMm < kLeastApartMm) return std::nullopt;
  if (*valley > kMostValley * std::min(*right, *left)) return std::nullopt;
  // The middle of equally low bins: between the plates there is often nothing at all.
  auto last = valley;
  while (last + 1 < left && *(last + 1) <= *valley) ++last;
  const double bin = 0.5 * static_cast<double>((valley - count.begin()) + (last - count.begin()));
  return profile.first_mm + (bin + 0.5) * kBinMm;
}

void part_plates(Labels& labels, double border_x_mm, Side side) {
  const bool medial_is_left = side == Side::kRight;  // towards the other leg
  for_tibial(labels, [&](std::size_t n, double x) {
    labels.GetBufferPointer()[n] =
        (x > border_x_mm) == medial_is_left ? kMedialTibialCartilage : kLateralTibialCartilage;
  });
}

}  // namespace ledd
