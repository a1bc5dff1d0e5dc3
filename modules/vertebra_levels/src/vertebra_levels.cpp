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
  const auto likeliest = static_cast<std::size_t>(
      std::max_element(bodies.begin(),
                       bodies.end(),
                       [](const Seen& a, const Seen& b) { return a.last_lumbar < b.last_lumbar; }) -
      bodies.begin());
  const std::size_t lowest = bodies.size() - 1;
  std::string doubt;
  if (!s1_lps_mm)
    doubt = "no sacrum in view: levels are counted as if the lowest body were L5";
  else if (distance_mm(*s1_lps_mm, bodies[lowest].centre_lps_mm) > params_.max_spacing_mm)
    doubt = fmt::format("{:.0f} mm lie between the lowest body and S1: a body may have been missed there",
                        distance_mm(*s1_lps_mm, bodies[lowest].centre_lps_mm));
  else if (likeliest != lowest && bodies[likeliest].last_lumbar >= params_.min_last_lumbar)
    doubt = fmt::format(
        "the lowest body lies above S1, but body {} from the bottom looks more like the last lumbar one: "
        "levels may be shifted by {}",
        lowest - likeliest + 1,
        lowest - likeliest);
  else if (!(bodies[lowest].last_lumbar >= params_.min_last_lumbar))
    doubt = fmt::format("the lowest body looks like the last lumbar one with a probability of only {:.2f}",
                        bodies[lowest].last_lumbar);
  if (!doubt.empty()) result.notes.push_back(doubt);

  const double usual_mm = usual_spacing_mm(bodies);
  result.levels[lowest] = {anatomy::kL5, doubt};
  for (std::size_t n = lowest; n-- > 0;) {
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

}  // namespace ledd
