#include "ledd/vertebra_levels/vertebra_levels.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"

namespace ledd {
namespace {

double distance_mm(const Point& a, const Point& b) {
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/// The usual distance between neighbouring centres; 36 mm (L1 to L5 of healthy adults) where there is no
/// pair.
double usual_spacing_mm(const std::vector<VertebraLevels::Seen>& bodies) {
  std::vector<double> spacings_mm;
  for (std::size_t n = 1; n < bodies.size(); ++n)
    spacings_mm.push_back(distance_mm(bodies[n - 1].centre_lps_mm, bodies[n].centre_lps_mm));
  if (spacings_mm.empty()) return 36.0;
  const auto middle = spacings_mm.begin() + static_cast<std::ptrdiff_t>(spacings_mm.size() / 2);
  std::nth_element(spacings_mm.begin(), middle, spacings_mm.end());
  return *middle;
}

std::uint16_t above(std::uint16_t id, long steps) {
  for (long n = 0; n < steps; ++n) id = anatomy::vertebra_above(id);
  return id;
}

}  // namespace

const ParamTable<VertebraLevels::Params>& VertebraLevels::Params::table() {
  static const auto table =
      ParamTable<Params>()
          .add(&Params::min_last_lumbar,
               "min_last_lumbar",
               "1",
               "Below this probability of being the last lumbar body, the lowest body's level is uncertain.",
               {0.0, 1.0})
          .add(&Params::max_spacing_mm,
               "max_spacing_mm",
               "mm",
               "Neighbouring centres farther apart than this have a missed body between them.",
               {30, 120});
  return table;
}

VertebraLevels::VertebraLevels(const Params& params) : params_(params) {
  Params::table().validate(params_);
}

bool VertebraLevels::Result::certain() const {
  return std::all_of(levels.begin(), levels.end(), [](const Level& l) { return l.doubt.empty(); });
}

VertebraLevels::Result VertebraLevels::operator()(const std::vector<Seen>& bodies,
                                                  const std::optional<Point>& s1_lps_mm,
                                                  Context& context) const {
  context.throw_if_cancelled();
  require(!bodies.empty(), Errc::kInput, "there is no body to name");
  Result result;
  result.levels.resize(bodies.size());
  const std::size_t last = last_lumbar(bodies);
  std::string doubt = doubt_of(bodies, last, s1_lps_mm);
  if (!doubt.empty()) result.notes.push_back(doubt);
  for (std::size_t n = last; n < bodies.size(); ++n)
    result.levels[n] = {n == last ? anatomy::kL5 : anatomy::kS1, doubt};

  const double usual_mm = usual_spacing_mm(bodies);
  for (std::size_t n = last; n-- > 0;) {
    const double spacing_mm = distance_mm(bodies[n].centre_lps_mm, bodies[n + 1].centre_lps_mm);
    long steps = 1;
    if (spacing_mm > params_.max_spacing_mm) {
      steps = std::max(2L, std::lround(spacing_mm / usual_mm));
      doubt =
          fmt::format("{:.0f} mm lie between the centres of two bodies: {} missed between them was assumed",
                      spacing_mm,
                      steps - 1);
      result.notes.push_back(doubt);
    }
    result.levels[n] = {above(result.levels[n + 1].id, steps), doubt};
  }
  return result;
}

std::size_t VertebraLevels::last_lumbar(const std::vector<Seen>& bodies) const {
  for (std::size_t n = 0; n < bodies.size(); ++n)
    if (bodies[n].last_lumbar >= params_.min_last_lumbar) return n;
  return bodies.size() - 1;
}

std::string VertebraLevels::doubt_of(const std::vector<Seen>& bodies,
                                     std::size_t last,
                                     const std::optional<Point>& s1_lps_mm) const {
  for (std::size_t n = last + 1; n < bodies.size(); ++n)
    if (bodies[n].last_lumbar >= params_.min_last_lumbar ||
        bodies[n].volume_cm3 > 0.5 * bodies[last].volume_cm3)
      return fmt::format(
          "what lies {} below the body taken for L5 may be lumbar too; it was taken for sacrum, so levels "
          "may be "
          "shifted by {}",
          n - last,
          n - last);
  if (!s1_lps_mm) return "no sacrum in view: levels are counted as if the lowest body were L5";
  const double gap_mm = distance_mm(*s1_lps_mm, bodies[last].centre_lps_mm);
  if (gap_mm > params_.max_spacing_mm)
    return fmt::format("{:.0f} mm lie between the lowest body and S1: a body may have been missed there",
                       gap_mm);
  if (!(bodies[last].last_lumbar >= params_.min_last_lumbar))
    return fmt::format("the lowest body looks like the last lumbar one with a probability of only {:.2f}",
                       bodies[last].last_lumbar);
  return {};
}

}  // namespace ledd
