#include "cortex.h"

#include <algorithm>

namespace ledd::surface {
namespace {

constexpr double kCompactHu =
    800.0;  // of the shell of a vertebra, which is porous, were it thicker than the blur
constexpr double kPeakReachMm = 4.0;   // how far within the fall the cortex's middle is sought
constexpr double kProfileMm = 0.25;    // between the places of a profile
constexpr double kFlankMm = 3.0;       // from the middle to marrow and to soft tissue
constexpr double kLeastPeakHu = 50.0;  // above the marrow

Point along(const Point& from, const Point& direction, double mm) {
  return {from[0] + mm * direction[0], from[1] + mm * direction[1], from[2] + mm * direction[2]};
}

}  // namespace

std::optional<double> cortex_end(const Sampled<Volume>& hu, const Point& edge, const Point& normal) {
  const auto at = [&](double mm) { return hu.at(along(edge, normal, mm)); };
  if (!hu.covers(along(edge, normal, kFlankMm)) || !hu.covers(along(edge, normal, -kPeakReachMm - kFlankMm)))
    return std::nullopt;
  double middle_mm = 0.0, highest = at(0.0);
  for (double mm = -kProfileMm; mm >= -kPeakReachMm; mm -= kProfileMm)
    if (const double here = at(mm); here > highest) highest = here, middle_mm = mm;
  const double marrow = at(middle_mm - kFlankMm);
  double beyond = at(middle_mm + kFlankMm);
  for (double mm = 0.0; mm < middle_mm + kFlankMm; mm += kProfileMm) beyond = std::min(beyond, at(mm));
  if (!(highest > marrow + kLeastPeakHu && middle_mm > -kPeakReachMm)) return std::nullopt;
  double sum = 0.0;
  for (double mm = -kFlankMm; mm <= kFlankMm; mm += kProfileMm)
    sum += std::max(0.0, at(middle_mm + mm) - (mm < 0.0 ? marrow : beyond)) * kProfileMm;
  const double thickness_mm = sum / std::max(200.0, kCompactHu - 0.5 * (marrow + beyond));
  return middle_mm + 0.5 * thickness_mm;
}

}  // namespace ledd::surface
