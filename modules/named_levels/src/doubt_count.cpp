#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"
#include "ledd/named_levels/named_levels.h"

namespace ledd::named_levels {
namespace {

constexpr double kLeastSpacingMm = 24.0;  // T6 to T7 of an adult; necks have 18 to 20
constexpr double kVoidOfBodies = 0.15;    // noise is 2 to 6 % of the marrow's signal
constexpr double kMostBelowS1 = 0.6;      // S2 alone has a third

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

double distance_mm(const Point& a, const Point& b) {
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

std::string empty_s1(const SpineSegmentation::Result& found, const Volume& scan) {
  std::vector<double> bodies, s1;
  const std::size_t count = scan.GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t n = 0; n < count; ++n) {
    const std::size_t id = found.instances->GetBufferPointer()[n];
    if (id != 0)
      (id > found.bodies.size() ? s1 : bodies).push_back(static_cast<double>(scan.GetBufferPointer()[n]));
  }
  if (bodies.empty() || s1.empty() || median(std::move(s1)) >= kVoidOfBodies * median(std::move(bodies)))
    return {};
  return "what was taken for S1 shows no signal: it may be a hole made by metal, and levels shifted";
}

/// A lumbar body cut by the lower border looks like a sacrum.
std::string cut_s1(const SpineSegmentation::Result& found) {
  const Labels& labels = *found.instances;
  const auto axes = axes_of(labels);
  const auto size = labels.GetLargestPossibleRegion().GetSize();
  unsigned down = 0;
  while (axes[down] != Toward::kInferior && axes[down] != Toward::kSuperior) ++down;
  const long last = axes[down] == Toward::kInferior ? static_cast<long>(size[down]) - 1 : 0;
  const std::size_t s1 = found.bodies.size() + 1;
  const std::size_t count = labels.GetLargestPossibleRegion().GetNumberOfPixels();
  for (std::size_t n = 0; n < count; ++n)
    if (labels.GetBufferPointer()[n] == s1 && labels.ComputeIndex(static_cast<long>(n))[down] == last)
      return "what was taken for S1 is cut by the lower border of the image: it may be a lumbar body, and "
             "levels "
             "shifted by one; 2 cm more below would be right";
  return {};
}

}  // namespace

void require_no_neck(const std::vector<SpineSegmentation::Body>& bodies) {
  std::vector<double> spacings_mm;
  for (std::size_t n = 1; n < bodies.size(); ++n)
    spacings_mm.push_back(distance_mm(bodies[n].centre_lps_mm, bodies[n - 1].centre_lps_mm));
  if (spacings_mm.empty()) return;
  const double usual_mm = median(spacings_mm);
  require(usual_mm >= kLeastSpacingMm,
          Errc::kInput,
          fmt::format(
              "no thoracic or lumbar spine: the centres of neighbouring bodies lie {:.0f} mm apart, as in "
              "a neck or a small child; from {:.0f} mm on they can be measured",
              usual_mm,
              kLeastSpacingMm));
}

void doubt_count(const SpineSegmentation::Result& found, const Volume& scan, VertebraLevels::Result& levels) {
  const auto doubt = [&](const std::string& reason) {
    levels.notes.push_back(reason);
    for (auto& level : levels.levels) {
      if (level.doubt.empty()) level.doubt = reason;
      level.probability = std::min(level.probability, VertebraLevels::kOpen);
    }
  };
  if (!found.s1) return;
  if (const auto reason = empty_s1(found, scan); !reason.empty()) doubt(reason);
  if (const auto reason = cut_s1(found); !reason.empty()) doubt(reason);
  std::vector<double> volumes_cm3;
  volumes_cm3.reserve(found.bodies.size());
  for (const auto& body : found.bodies) volumes_cm3.push_back(body.volume_cm3);
  const double usual_cm3 = volumes_cm3.empty() ? 0.0 : median(volumes_cm3);
  if (found.below_s1_cm3 > kMostBelowS1 * usual_cm3)
    doubt(fmt::format("a body of {:.0f} cm3 lies below what was taken for S1: levels may be shifted",
                      found.below_s1_cm3));
}

std::vector<VertebraLevels::Level> with_s1(std::vector<VertebraLevels::Level> levels) {
  const auto l5 =
      std::find_if(levels.begin(), levels.end(), [](const auto& level) { return level.id == anatomy::kL5; });
  if (l5 == levels.end() || l5->doubt.empty()) return levels;
  auto s1 = *l5;
  s1.id = anatomy::kS1;
  levels.push_back(s1);
  return levels;
}

}  // namespace ledd::named_levels
