#include "ledd/marrow_signal/modic.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"

#include "endplate_lesions.h"

namespace ledd {
namespace {

using spine_signal::Marrow;
using spine_signal::Slices;
using Endplate = Modic::Endplate;
using Type = Modic::Type;

constexpr double kStepOfK = 0.5;
constexpr double kWideScatter = 0.35;  // of the median: nothing but gross change can be told

void doubt(Endplate& e, const std::string& why) {
  if (e.quality == Quality::kGood) e.quality = Quality::kUncertain;
  e.reason += (e.reason.empty() ? "" : "; ") + why;
}

struct Bodies {
  std::vector<Marrow> marrow;
  std::vector<std::vector<float>> t2, t1;  ///< t1 is empty without T1.
};

/// Why the centre of a body is a poor reference in one image; empty if it is not.
std::string doubt_of_reference(const Bodies& bodies,
                               const std::vector<std::vector<float>>& values,
                               std::size_t n,
                               const std::pair<const char*, double>& name_and_ratio) {
  const auto& [name, max_ratio] = name_and_ratio;
  const auto own = spine_signal::reference_of(bodies.marrow[n].voxels, values[n]);
  if (own.voxels == 0 || !(own.median > 0.0)) return fmt::format("{}: no signal in the body's centre", name);
  if (own.scatter > kWideScatter * own.median)
    return fmt::format("{}: signal in the body's centre scatters by {:.0f} %; only gross change shows",
                       name,
                       100.0 * own.scatter / own.median);
  double sum = 0.0, count = 0.0;
  for (const std::size_t other : {n - 1, n + 1}) {
    if (other >= bodies.marrow.size() || bodies.marrow[other].voxels.empty()) continue;  // n - 1 may wrap
    sum += spine_signal::reference_of(bodies.marrow[other].voxels, values[other]).median;
    count += 1.0;
  }
  if (count == 0.0) return {};
  const double ratio = own.median * count / sum;
  if (ratio <= max_ratio && ratio >= 1.0 / max_ratio) return {};
  return fmt::format(
      "{}: the body's centre has {:.1f} times the signal of its neighbours and may itself be changed",
      name,
      ratio);
}

void set_finding(const modic::Change& change, Endplate& e) {
  for (std::size_t t = 1; t < change.volume_cm3.size(); ++t) {
    e.volume_by_type_cm3[t] = change.volume_cm3[t];
    if (change.volume_cm3[t] <= e.volume_cm3) continue;
    e.type = static_cast<Type>(t);
    e.volume_cm3 = change.volume_cm3[t];
    e.depth_mm = change.depth_mm[t];
    e.voxels = change.voxels[t];
  }
}

/// How much volume and depth hang on the threshold.
void set_errors(const Slices& s,
                const Marrow& body,
                const modic::Judged& judged,
                const Modic::Params& params,
                Endplate& e) {
  const auto type = static_cast<std::size_t>(e.type);
  Modic::Params lower = params, higher = params;
  lower.k = std::max(0.1, params.k - kStepOfK);
  higher.k = params.k + kStepOfK;
  const auto more = modic::changes(s, body, judged, e.superior, lower);
  const auto less = modic::changes(s, body, judged, e.superior, higher);
  e.volume_se_cm3 = 0.5 * (more.volume_cm3[type] - less.volume_cm3[type]);
  const double depth = less.depth_mm[type] > 0.0 ? less.depth_mm[type] : e.depth_mm;
  // The endplate lies somewhere in its pixel: a uniform error.
  e.depth_se_mm = std::hypot(0.5 * (more.depth_mm[type] - depth), s.in_plane_mm() / std::sqrt(12.0));
}

Endplate judge(const Slices& s,
               const Marrow& body,
               const modic::Judged& judged,
               bool superior,
               const Modic::Params& params) {
  Endplate e;
  e.body = body.id;
  e.superior = superior;
  e.region = body.region + (superior ? " sup" : " inf");
  if (body.voxels.empty() || body.slices.size() < 2) {
    e.reason = !body.reason.empty() ? body.reason
                                    : fmt::format("{} usable slice of the body; a change must be seen in two",
                                                  body.slices.size());
    return e;
  }
  e.quality = Quality::kGood;
  const auto change = modic::changes(s, body, judged, superior, params);
  set_finding(change, e);
  if (e.type == Type::kNone) return e;
  set_errors(s, body, judged, params, e);
  doubt(e,
        e.type != Type::kUndetermined
            ? "found by rule, not compared with readings: look at the figure"
            : fmt::format("T2 signal change ({}), type undetermined: no T1 on this grid",
                          change.t2_dark ? "darker" : "brighter"));
  const auto also = std::count_if(
      e.volume_by_type_cm3.begin(), e.volume_by_type_cm3.end(), [](double v) { return v > 0.0; });
  if (also > 1) doubt(e, "more than one type at this endplate; the largest is given");
  return e;
}

}  // namespace

const ParamTable<Modic::Params>& Modic::Params::table() {
  static const auto table =
      ParamTable<Params>()
          .add(&Params::k,
               "k",
               "1",
               "Scatters from the body's centre from which marrow is changed.",
               {0.5, 20})
          .add(&Params::least_scatter,
               "least_scatter",
               "1",
               "The scatter is at least this part of the median.",
               {0, 1})
          .add(&Params::band_mm,
               "band_mm",
               "mm",
               "Half of a change lies within this of the endplate.",
               {2, 20})
          .add(&Params::skip_mm, "skip_mm", "mm", "Layer at walls and endplates that is not judged.", {0, 5})
          .add(&Params::attach_mm, "attach_mm", "mm", "A change begins within this of the endplate.", {1, 10})
          .add(&Params::min_volume_cm3, "min_volume_cm3", "cm3", "Least volume of a change.", {0.001, 10})
          .add(&Params::min_depth_mm,
               "min_depth_mm",
               "mm",
               "A change as deep as this may have a quarter of it.",
               {1, 20})
          .add(&Params::max_centre_ratio,
               "max_centre_ratio",
               "1",
               "Centre against neighbours: beyond, uncertain.",
               {1, 10});
  return table;
}

Modic::Modic(const Params& params) : params_(params) {
  Params::table().validate(params);
}

Modic::Result Modic::operator()(const Images& images,
                                const Labels& labels,
                                const SpineResult& spine,
                                Context& context) const {
  require(images.t2 != nullptr, Errc::kInput, "endplate changes need a T2-weighted image");
  require_same_grid(*images.t2, labels, "T2 and labels");
  if (images.t1 != nullptr) require_same_grid(*images.t1, labels, "T1 and labels");
  const Slices s = spine_signal::slices_of(labels);
  Bodies bodies;
  bodies.marrow = spine_signal::marrow_of(labels, spine);
  bodies.t2 = spine_signal::flattened(*images.t2, s, bodies.marrow);
  if (images.t1 != nullptr) bodies.t1 = spine_signal::flattened(*images.t1, s, bodies.marrow);
  Result result;
  result.has_t1 = images.t1 != nullptr;
  for (std::size_t n = 0; n < bodies.marrow.size(); ++n) {
    context.throw_if_cancelled();
    const Marrow& body = bodies.marrow[n];
    const auto judged =
        modic::judged(s, body, bodies.t2[n], result.has_t1 ? &bodies.t1[n] : nullptr, params_);
    for (const bool superior : {true, false}) {
      if (body.id == anatomy::kS1 && !superior) continue;
      Endplate e = judge(s, body, judged, superior, params_);
      if (e.quality != Quality::kFailed) {
        std::vector<std::string> why{
            doubt_of_reference(bodies, bodies.t2, n, {"T2", params_.max_centre_ratio})};
        if (result.has_t1)
          why.push_back(doubt_of_reference(bodies, bodies.t1, n, {"T1", params_.max_centre_ratio}));
        for (const auto& w : why)
          if (!w.empty()) doubt(e, w);
      }
      result.endplates.push_back(std::move(e));
    }
  }
  return result;
}

}  // namespace ledd
