#include "ledd/knee_mri/knee_change.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>

#include "ledd/core/error.h"
#include "ledd/knee_orientation/knee_side.h"
#include "ledd/knee_orientation/part_knees.h"

#include "doubts.h"
#include "pictures.h"
#include "placing.h"

namespace ledd {
namespace {

using anatomy::Side;

/// Regions whose change a reader sees first.
constexpr std::array<const char*, 5> kShown{"MT", "LT", "cMF", "cLF", "P"};

double slice_mm(const Labels& labels) {
  const auto spacing = labels.GetSpacing();
  return std::max({spacing[0], spacing[1], spacing[2]});
}

/// A knee of one visit.
struct Shown {
  LabelledKnee knee;
  std::optional<Side> side;  ///< Nullopt: its plates will tell.
};

/// The knees that a visit shows. @throws Error{kInput}  they are not those that it is known to show.
std::vector<Shown> shown(const KneeVisit& visit) {
  require(visit.labels != nullptr, Errc::kInput, "there is no segmentation");
  std::vector<Shown> all;
  for (LabelledKnee& knee : part_knees(*visit.labels)) {
    Shown one{std::move(knee), std::nullopt};
    if (one.knee.one_of_two)
      one.side = one.knee.toward == Toward::kRight ? Side::kRight : Side::kLeft;
    else if (visit.sides.size() == 1)
      one.side = visit.sides.front();
    all.push_back(std::move(one));
  }
  require(
      visit.sides.empty() || visit.sides.size() == all.size(),
      Errc::kInput,
      fmt::format("the case names {} knee(s), its segmentation shows {}", visit.sides.size(), all.size()));
  return all;
}

bool has(const std::vector<Side>& sides, Side side) {
  return std::find(sides.begin(), sides.end(), side) != sides.end();
}

/// Leaves out what cannot have a partner: it need not be measured.
void drop_unpaired(std::vector<Shown>& knees,
                   const std::vector<Shown>& others,
                   const std::vector<Side>& only) {
  std::erase_if(knees, [&](const Shown& one) {
    if (!one.side) return false;
    if (!only.empty() && !has(only, *one.side)) return true;
    return std::none_of(
        others.begin(), others.end(), [&](const Shown& o) { return !o.side || *o.side == *one.side; });
  });
}

/// A visit's knee as measured, or why it could not be.
struct Measured {
  std::optional<CartilageResult> cartilage;
  std::string refusal;
};

std::map<Side, Measured> measured(const CartilageMorphometry& morphometry,
                                  const std::vector<Shown>& knees,
                                  const char* visit,
                                  Context& context) {
  std::map<Side, Measured> all;
  for (const Shown& one : knees) {
    try {
      auto found = context.stage(visit, [&] { return morphometry(*one.knee.labels, {}, one.side, context); });
      const Side side = found.axes.side;
      all[side].cartilage = std::move(found);
    } catch (const Error& e) {  // of two knees the other is still worth having
      if (e.code() != Errc::kInput || knees.size() < 2 || !one.side) throw;
      all[*one.side].refusal = e.what();
    }
  }
  return all;
}

/// Which knees both visits hold, and what they hold beside that.
std::vector<Side> shared(const std::vector<Shown>& before,
                         const std::vector<Shown>& after,
                         Outcome& outcome) {
  std::vector<Side> both;
  for (const Side side : {Side::kRight, Side::kLeft}) {
    const auto shows = [&](const std::vector<Shown>& knees) {
      return std::any_of(
          knees.begin(), knees.end(), [&](const Shown& one) { return !one.side || *one.side == side; });
    };
    if (shows(before) && shows(after)) both.push_back(side);
    if (shows(before) != shows(after))
      outcome.notes.push_back(fmt::format("The {} knee is shown at {} only: no change of it is given.",
                                          name_of(side),
                                          shows(before) ? "baseline" : "follow-up"));
  }
  return both;
}

std::string knee_of(const Measurement& m) {
  return m.side == "R" ? "Right knee" : "Left knee";
}

std::vector<SummaryLine> summary_of(const std::vector<Measurement>& measurements, bool two) {
  std::vector<SummaryLine> lines;
  for (const Measurement& m : measurements) {
    const bool is_shown = std::find(kShown.begin(), kShown.end(), m.region) != kShown.end();
    if (m.endpoint != "ThCtAB_change" || !m.value || !is_shown) continue;
    lines.push_back(
        {two ? knee_of(m) : "Change",
         fmt::format("{}: {:+.2f} mm of cartilage thickness", m.region, *m.value),
         m.quality == Quality::kGood || m.inherent ? SummaryLine::Tone::kPlain : SummaryLine::Tone::kDoubt});
  }
  return lines;
}

/// The same error, naming the visit.
template <class Body>
auto at_visit(const char* name, Body&& body) {
  try {
    return body();
  } catch (const Error& e) {
    throw e.within(name);
  }
}

/// Why nothing was compared.
std::string refusal_of(const Outcome& outcome) {
  return outcome.measurements.empty() ? "one visit shows a right knee, the other a left one"
                                      : outcome.measurements.front().reason;
}

/// A row of each endpoint for a knee that one of the visits does not let measure.
void add_unmeasured(Side side, const std::string& reason, Outcome& outcome) {
  for (const auto& definition : KneeChange::definitions()) {
    Measurement row = failed("", definition, reason);
    row.side = side == Side::kRight ? "R" : "L";
    outcome.measurements.push_back(std::move(row));
  }
  outcome.notes.push_back(fmt::format("The {} knee could not be compared: {}.", name_of(side), reason));
}

}  // namespace

const ParamTable<KneeChange::Params>& KneeChange::Params::table() {
  static const auto table = ParamTable<Params>()
                                .nest(&Params::morphometry, "morphometry")
                                .nest(&Params::followup, "followup")
                                .add(&Params::max_slice_mm,
                                     "max_slice_mm",
                                     "mm",
                                     "Slices farther apart, at either visit, make every change uncertain.",
                                     {0.3, 5});
  return table;
}

KneeChange::KneeChange(const Params& params)
    : params_(params), morphometry_(params.morphometry), followup_(params.followup) {
  Params::table().validate(params_);
}

void KneeChange::compare(const CartilageResult& before,
                         const CartilageResult& after,
                         bool one_of_two,
                         Result& result,
                         Context& context) const {
  auto change = context.stage("registration", [&] { return followup_(before, after, context); });
  for (Measurement& m : measurements(change)) result.outcome.measurements.push_back(std::move(m));
  const std::string prefix = one_of_two ? fmt::format("{} knee", name_of(change.side)) : "";
  knee_mri::add_change_pictures(before, change, prefix, result.outcome);
  for (const auto& bone : change.bones)
    if (!bone.refusal.empty())
      result.outcome.notes.push_back((one_of_two ? prefix + ": " : "") + bone.refusal + ".");
  result.knees.push_back(std::move(change));
}

KneeChange::Result KneeChange::operator()(const KneeVisit& baseline,
                                          const KneeVisit& followup,
                                          const std::vector<Side>& only,
                                          Context& context) const {
  auto before = at_visit("baseline", [&] { return shown(baseline); });
  auto after = at_visit("follow-up", [&] { return shown(followup); });
  Result result;
  Outcome& outcome = result.outcome;
  auto sides = shared(before, after, outcome);
  if (!only.empty()) std::erase_if(sides, [&](Side side) { return !has(only, side); });
  require(!sides.empty(), Errc::kInput, "no knee is shown at both visits: one is of the other side");
  const bool two = before.size() > 1 || after.size() > 1;
  const auto all_before = before;
  drop_unpaired(before, after, only);
  drop_unpaired(after, all_before, only);
  const auto earlier =
      at_visit("baseline", [&] { return measured(morphometry_, before, "baseline", context); });
  const auto later =
      at_visit("follow-up", [&] { return measured(morphometry_, after, "follow-up", context); });
  for (const Side side : sides) {
    const auto a = earlier.find(side), b = later.find(side);
    if (a == earlier.end() || b == later.end()) continue;  // a knee whose plates told another side
    if (a->second.cartilage && b->second.cartilage)
      compare(*a->second.cartilage, *b->second.cartilage, two, result, context);
    else
      add_unmeasured(
          side,
          a->second.cartilage ? "follow-up: " + b->second.refusal : "baseline: " + a->second.refusal,
          outcome);
  }
  require(!result.knees.empty(), Errc::kInput, refusal_of(outcome));
  knee_mri::limit_all(
      outcome.measurements,
      knee_mri::limit_of_slices(std::max(slice_mm(*baseline.labels), slice_mm(*followup.labels)),
                                params_.max_slice_mm));
  outcome.labels = knee_mri::empty_labels(*baseline.labels);
  knee_mri::place(*baseline.labels, *outcome.labels);
  outcome.summary = summary_of(outcome.measurements, two);
  outcome.notes.emplace_back(
      "Both visits were measured from their label maps, and over the bone area of the baseline; what is bare "
      "there at follow-up counts as 0.");
  return result;
}

}  // namespace ledd
