#include "ledd/disc_morphometry/disc_morphometry.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "ledd/anatomy/anatomy.h"

#include "disc_space.h"
#include "disc_volume.h"

namespace ledd {
namespace {

using Body = SpineResult::Body;
using Disc = DiscResult::Disc;

std::uint16_t disc_below(std::uint16_t vertebra) {
  return static_cast<std::uint16_t>(anatomy::kDiscOffset + vertebra);
}

/// From head to foot: the usual count with T13 after T12.
int rank_of(std::uint16_t disc_id) {
  const int vertebra = disc_id - anatomy::kDiscOffset;
  return vertebra == anatomy::kT13 ? 2 * anatomy::kT12 + 1 : 2 * vertebra;
}

Disc disc_of(std::uint16_t id) {
  Disc disc;
  disc.id = id;
  disc.region = anatomy::short_name(id);
  disc.volume_reason = fmt::format("the disc {} is not labelled", disc.region);
  return disc;
}

/// Of a disc without its two bodies.
void refuse_space(const std::set<std::uint16_t>& bodies, Disc& disc) {
  const auto upper = static_cast<std::uint16_t>(disc.id - anatomy::kDiscOffset);
  const bool seen = bodies.contains(upper);
  disc.reason = fmt::format("the vertebra {} the disc is not labelled", seen ? "below" : "above");
  disc.meyerding_reason = disc.vertebra_reason = disc.reason;
}

/// The discs between bodies that follow one another; where a body is missing in the row, a refusal.
std::vector<Disc> discs_between(const std::vector<Body>& bodies, const DiscMorphometry::Params& params) {
  std::set<std::uint16_t> ids;
  for (const Body& body : bodies) ids.insert(body.id);
  std::vector<Disc> discs;
  for (std::size_t i = 0; i + 1 < bodies.size(); ++i) {
    const Body& upper = bodies[i];
    const Body& lower = bodies[i + 1];
    Disc disc = disc_of(disc_below(upper.id));
    if (are_neighbours(upper.id, lower.id)) {
      disc.lower = lower.id;
      disc.region = fmt::format("{}/{}", anatomy::short_name(upper.id), anatomy::short_name(lower.id));
      disc.volume_reason = fmt::format("the disc {} is not labelled", disc.region);
      disc::measure_space(upper, lower, params, disc);
    } else {
      refuse_space(ids, disc);
    }
    discs.push_back(std::move(disc));
  }
  return discs;
}

}  // namespace

const ParamTable<DiscMorphometry::Params>& DiscMorphometry::Params::table() {
  using P = Params;
  static const auto table =
      ParamTable<P>()
          .add(&P::collapsed_mm,
               "collapsed_mm",
               "mm",
               "Mean height below which a disc counts as collapsed: uncertain.",
               {0.0, 10.0})
          .add(&P::max_height_mm,
               "max_height_mm",
               "mm",
               "Heights above are implausible: uncertain.",
               {5.0, 100.0})
          .add(&P::max_se_mm,
               "max_se_mm",
               "mm",
               "Standard error of a height above which a disc is uncertain.",
               {0.05, 10.0})
          .add(&P::max_turn_deg,
               "max_turn_deg",
               "deg",
               "Turn of the two bodies' left-right axes against each other above which a disc is uncertain.",
               {1.0, 90.0})
          .add(&P::slip_mm, "slip_mm", "mm", "A slip is called from here.", {0.0, 50.0})
          .add(&P::slip_percent,
               "slip_percent",
               "%",
               "Or from this part of the lower endplate.",
               {0.0, 100.0});
  return table;
}

DiscMorphometry::DiscMorphometry(const Params& params) : params_(params) {
  Params::table().validate(params);
}

DiscMorphometry::Result DiscMorphometry::operator()(const SpineResult& bodies,
                                                    const Labels& labels,
                                                    const Volume* disc_probability,
                                                    Context& context) const {
  if (disc_probability != nullptr)
    require_same_grid(labels, *disc_probability, "labels and disc probability");
  context.throw_if_cancelled();
  Result result;
  result.discs = discs_between(bodies.bodies, params_);
  std::set<std::uint16_t> ids;
  for (const Body& body : bodies.bodies) ids.insert(body.id);
  for (const auto& [id, labelled] : disc::labelled_discs(labels)) {
    const std::uint16_t wanted = id;
    auto found =
        std::find_if(result.discs.begin(), result.discs.end(), [&](const Disc& d) { return d.id == wanted; });
    if (found == result.discs.end()) {
      result.discs.push_back(disc_of(id));
      refuse_space(ids, result.discs.back());
      found = result.discs.end() - 1;
    }
    disc::measure_volume(labels, disc_probability, labelled, *found);
  }
  std::stable_sort(result.discs.begin(), result.discs.end(), [](const Disc& a, const Disc& b) {
    return rank_of(a.id) < rank_of(b.id);
  });
  for (const Disc& disc : result.discs)
    if (disc.quality != Quality::kGood)
      context.warn(fmt::format("{}: {}: {}", disc.region, name_of(disc.quality), disc.reason));
  return result;
}

}  // namespace ledd
