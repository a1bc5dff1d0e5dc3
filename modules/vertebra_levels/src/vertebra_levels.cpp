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

/// L5 raised by `steps`; below it all is sacrum.
std::uint16_t raised(long steps) {
  if (steps < 0) return anatomy::kS1;
  std::uint16_t id = anatomy::kL5;
  for (long n = 0; n < steps; ++n) id = anatomy::vertebra_above(id);
  return id;
}

// How often the count was right, by what could be seen (docs/accuracy.md, Levels).
constexpr double kCounted = 0.97;  // S1 right below, and nothing else claims to be the last lumbar body
constexpr double kRival = 0.75;    // another body may be it: seen in few persons, always right
constexpr double kMissed = 0.5;    // of what lies above a gap in the row: an assumption

constexpr double kRivalShare = 0.5;        // of the volume: crumbs of the sacrum are smaller
constexpr double kLeastShare = 2.0 / 3.0;  // of the volume above: a whole L5 has 0.7 and more

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
  const Count count = counted(bodies, s1_lps_mm);
  Result result;
  result.levels.resize(bodies.size());
  if (!count.doubt.empty()) result.notes.push_back(count.doubt);
  const double usual_mm = usual_spacing_mm(bodies);
  std::string doubt = count.doubt;
  double probability = count.probability;
  long missed = 0;
  for (std::size_t n = bodies.size(); n-- > 0;) {
    const long steps = static_cast<long>(count.last) - static_cast<long>(n);
    if (steps > 0) {
      const double spacing_mm = distance_mm(bodies[n].centre_lps_mm, bodies[n + 1].centre_lps_mm);
      if (spacing_mm > params_.max_spacing_mm) {
        const long here = std::max(1L, std::lround(spacing_mm / usual_mm) - 1);
        doubt =
            fmt::format("{:.0f} mm lie between the centres of two bodies: {} missed between them was assumed",
                        spacing_mm,
                        here);
        result.notes.push_back(doubt);
        probability *= kMissed;
        missed += here;
      }
    }
    Level& level = result.levels[n];
    level = {raised(steps + missed), doubt, probability, 0};
    if (!doubt.empty()) level.alternative = missed > 0 ? raised(steps) : raised(steps + count.lower);
    if (level.alternative == level.id) level.alternative = 0;
  }
  return result;
}

VertebraLevels::Count VertebraLevels::counted(const std::vector<Seen>& bodies,
                                              const std::optional<Point>& s1_lps_mm) const {
  const auto claims = [&](const Seen& body) { return body.last_lumbar >= params_.min_last_lumbar; };
  const auto first = std::find_if(bodies.begin(), bodies.end(), claims);
  const auto last =
      first == bodies.end() ? bodies.size() - 1 : static_cast<std::size_t>(first - bodies.begin());
  const double volume_cm3 = bodies[last].volume_cm3;
  for (std::size_t n = last + 1; n < bodies.size(); ++n)
    if (claims(bodies[n]) || bodies[n].volume_cm3 > kRivalShare * volume_cm3)
      return {last,
              kRival,
              static_cast<long>(n - last),
              fmt::format("what lies {} below the body taken for L5 may be lumbar too; it was taken for "
                          "sacrum, so levels may be shifted by {}",
                          n - last,
                          n - last)};
  if (!s1_lps_mm)
    return {last, kOpen, 1, "no sacrum in view: levels are counted as if the lowest body were L5"};
  const double gap_mm = distance_mm(*s1_lps_mm, bodies[last].centre_lps_mm);
  if (gap_mm > params_.max_spacing_mm)
    return {last,
            kOpen,
            1,
            fmt::format("{:.0f} mm lie between the lowest body and S1: a body may have been missed there",
                        gap_mm)};
  if (!claims(bodies[last]))
    return {last,
            kOpen,
            1,
            fmt::format("the lowest body looks like the last lumbar one with a probability of only {:.2f}",
                        bodies[last].last_lumbar)};
  if (last > 0 && volume_cm3 < kLeastShare * bodies[last - 1].volume_cm3)
    return {
        last,
        kOpen,
        -1,
        "the body taken for L5 is much smaller than the one above it: it may be S1, and levels shifted by 1"};
  return {last, kCounted, 1, {}};
}

}  // namespace ledd
