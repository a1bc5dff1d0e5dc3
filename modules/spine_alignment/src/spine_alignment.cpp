#include "ledd/spine_alignment/spine_alignment.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "ledd/anatomy/anatomy.h"
#include "ledd/spine_morphometry/vec.h"

#include "coronal.h"
#include "curves.h"

namespace ledd {
namespace {

using alignment::Extent;
using Body = SpineResult::Body;
using Endplate = SpineResult::Endplate;
using Result = AlignmentResult;

constexpr std::uint16_t kT4 = anatomy::kT1 + 3;
// Just below the last lumbar bodies of 30 healthy persons, of which the lowest H/AP is 0.60: docs.
constexpr double kTransitional = 0.59;
constexpr double kSacral = 0.52;
constexpr double kLeastBend = 0.5;  // of the Cobb angle; a smooth curve bends its centres by 0.7 and more
constexpr double kTrustedPitchMm = 5.5;  // errors were measured up to 5 mm

const Body* find(const SpineResult& spine, std::uint16_t id) {
  const auto found =
      std::find_if(spine.bodies.begin(), spine.bodies.end(), [&](const Body& b) { return b.id == id; });
  return found == spine.bodies.end() ? nullptr : &*found;
}

std::string named(const Body& body) {
  return body.reason.empty() ? "" : fmt::format("{}: {}", anatomy::short_name(body.id), body.reason);
}

std::string joined(const std::string& a, const std::string& b) {
  return a.empty() || b.empty() ? a + b : a + "; " + b;
}

Result::Value failed_value(std::string reason) {
  return {std::nullopt, std::nullopt, Quality::kFailed, std::move(reason)};
}

Result::Value value(double number, double se, std::string doubt) {
  const Quality quality = doubt.empty() ? Quality::kGood : Quality::kUncertain;
  return {number, se, quality, std::move(doubt)};
}

/// Whether a vertebra can be an end of a sagittal angle; else why not.
std::string missing_end(const SpineResult& spine, std::uint16_t id, Endplate Body::*plate) {
  const Body* const body = find(spine, id);
  if (body == nullptr) return fmt::format("{} is not labelled", anatomy::short_name(id));
  if (body->quality == Quality::kFailed || !(body->*plate).measured)
    return named(*body).empty() ? fmt::format("{}: endplate not measured", anatomy::short_name(id))
                                : named(*body);
  return "";
}

double tilt_deg(const SpineResult::Frame& axes, const Point& normal) {
  return alignment::kDegPerRad *
         std::atan2(spine::dot(normal, axes.posterior), spine::dot(normal, axes.superior));
}

Result::Value kyphosis_of(const SpineResult& spine, const SpineResult::Frame& axes) {
  const std::string missing =
      joined(missing_end(spine, kT4, &Body::superior), missing_end(spine, anatomy::kT12, &Body::inferior));
  if (!missing.empty()) return failed_value(missing);
  const Body& top = *find(spine, kT4);
  const Body& bottom = *find(spine, anatomy::kT12);
  return value(tilt_deg(axes, bottom.inferior.normal) - tilt_deg(axes, top.superior.normal),
               std::hypot(top.superior.direction_se_deg, bottom.inferior.direction_se_deg),
               joined(named(top), named(bottom)));
}

Result::Value sacral_slope_of(const SpineResult& spine) {
  const std::string missing = missing_end(spine, anatomy::kS1, &Body::superior);
  if (!missing.empty()) return failed_value(missing);
  const Body& s1 = *find(spine, anatomy::kS1);
  return value(-s1.tilt_deg, s1.tilt_se_deg, named(s1));
}

/// The last lumbar body: L6 or L5, or whatever stands right above S1.
const Body* last_lumbar(const SpineResult& spine) {
  const Body* last = nullptr;
  for (const Body& body : spine.bodies)
    if (body.id != anatomy::kS1) last = &body;
  if (last == nullptr) return nullptr;
  const bool above_sacrum = find(spine, anatomy::kS1) != nullptr;
  return above_sacrum || last->id == anatomy::kL5 || last->id == anatomy::kL6 ? last : nullptr;
}

void set_squareness(const SpineResult& spine, Result& result) {
  const Body* const body = last_lumbar(spine);
  result.squareness_region = body == nullptr ? "L5" : anatomy::short_name(body->id);
  if (body == nullptr || body->quality == Quality::kFailed) {
    result.squareness = result.lstv_hint =
        failed_value(body == nullptr ? "the last lumbar body is not labelled" : named(*body));
    return;
  }
  const auto length = [](const Point& a, const Point& b) { return spine::norm(spine::sub(a, b)); };
  const double ap_mm =
      0.5 * (length(body->as_lps_mm, body->ps_lps_mm) + length(body->ai_lps_mm, body->pi_lps_mm));
  const double ratio = body->hm.value_mm / ap_mm;
  const auto& top = body->superior.end_se_mm;
  const auto& bottom = body->inferior.end_se_mm;
  const double ap_se_mm = 0.5 * std::hypot(std::hypot(top[0], top[1]), std::hypot(bottom[0], bottom[1]));
  const double se = ratio * std::hypot(body->hm.se_mm / body->hm.value_mm, ap_se_mm / ap_mm);
  result.squareness = value(ratio, se, named(*body));
  const double hint = ratio < kSacral ? 2.0 : ratio < kTransitional ? 1.0 : 0.0;
  std::string doubt = named(*body);
  if (hint > 0.0)
    doubt = joined(
        doubt,
        fmt::format("H/AP {:.2f} is below {:.2f} and so below that of 30 healthy persons: a hint at a "
                    "transitional vertebra, or at a fracture; look at the disc below it and the transverse "
                    "processes",
                    ratio,
                    kTransitional));
  result.lstv_hint = {hint, std::nullopt, doubt.empty() ? Quality::kGood : Quality::kUncertain, doubt};
}

/// Why there is no coronal angle at all.
std::string no_curve(const std::vector<Result::Coronal>& coronal) {
  if (coronal.empty()) return "no vertebral body is labelled";
  std::string reason = "fewer than 3 bodies have a coronal slope";
  for (const auto& c : coronal)
    if (!c.missing.empty()) reason += fmt::format("; {}: {}", anatomy::short_name(c.id), c.missing);
  return reason;
}

/// How much the row of the bodies' centres bends in the coronal plane from the body above `curve.upper` to
/// the one below `curve.lower`, in degrees: endplates wedge and lean, but a column that curves takes its
/// centres along.
double bend_of_centres_deg(const Result& result, const Result::Curve& curve) {
  std::vector<double> slopes_deg;
  bool inside = false;
  for (std::size_t n = 0; n + 1 < result.coronal.size(); ++n) {
    const auto &upper = result.coronal[n], &lower = result.coronal[n + 1];
    inside = inside || lower.id == curve.upper || upper.id == curve.upper;
    if (!inside) continue;
    const Point down = spine::sub(lower.centre_lps_mm, upper.centre_lps_mm);
    slopes_deg.push_back(alignment::kDegPerRad * std::atan2(spine::dot(down, result.axes.left),
                                                            -spine::dot(down, result.axes.superior)));
    if (upper.id == curve.lower) break;
  }
  if (slopes_deg.size() < 2) return 0.0;
  const auto [least, most] = std::minmax_element(slopes_deg.begin(), slopes_deg.end());
  return *most - *least;
}

bool bends(const Result& result, const Result::Curve& curve) {
  return bend_of_centres_deg(result, curve) >= kLeastBend * curve.cobb_deg;
}

/// Whether a body without a slope matters to a curve: one within the row can hide a larger angle, and one
/// beside an end can carry the curve on. One further off at the end of the row is as good as out of view.
bool matters(const std::vector<Result::Coronal>& row, std::size_t left_out, const Result::Curve& curve) {
  const auto known = [](const Result::Coronal& c) { return c.missing.empty(); };
  const auto at = row.begin() + static_cast<std::ptrdiff_t>(left_out);
  if (std::any_of(row.begin(), at, known) && std::any_of(at, row.end(), known)) return true;
  return (left_out + 1 < row.size() && row[left_out + 1].id == curve.upper) ||
         (left_out > 0 && row[left_out - 1].id == curve.lower);
}

/// What is to be said against a curve.
std::string curve_doubt(const Result& result,
                        const Result::Curve& curve,
                        const Extent& extent,
                        double threshold_deg) {
  std::string doubt;
  for (std::size_t i = 0; i < result.coronal.size(); ++i) {
    const auto& c = result.coronal[i];
    if (!c.missing.empty() && matters(result.coronal, i, curve))
      doubt = joined(doubt, fmt::format("{} left out: {}", anatomy::short_name(c.id), c.missing));
    if (c.missing.empty() && c.doubtful && (c.id == curve.upper || c.id == curve.lower))
      doubt = joined(
          doubt, fmt::format("{}: uncertain body or not wholly within the stack", anatomy::short_name(c.id)));
  }
  if (curve.cobb_deg >= threshold_deg && !bends(result, curve))
    doubt = joined(doubt,
                   fmt::format("the endplates differ by {:.1f} degrees, but the row of the bodies' centres "
                               "bends by {:.1f} only: an endplate may be wrong, and no scoliosis is called",
                               curve.cobb_deg,
                               bend_of_centres_deg(result, curve)));
  if (!(extent.pitch_mm <= kTrustedPitchMm))
    doubt = joined(doubt,
                   fmt::format("slices are {:.1f} mm apart; the error was tested up to {} mm",
                               extent.pitch_mm,
                               kTrustedPitchMm));
  if (std::abs(curve.cobb_deg - threshold_deg) < curve.se_deg)
    doubt = joined(doubt,
                   fmt::format("{:.1f} +- {:.1f} degrees may lie on either side of {:.0f}",
                               curve.cobb_deg,
                               curve.se_deg,
                               threshold_deg));
  return doubt;
}

void set_curves(const SpineResult& spine, const Extent& extent, double threshold_deg, Result& result) {
  std::vector<double> tilts;
  for (const Body& body : spine.bodies)
    if (body.id != anatomy::kS1) tilts.push_back(body.tilt_deg);
  const auto usable = std::count_if(
      result.coronal.begin(), result.coronal.end(), [](const auto& c) { return c.missing.empty(); });
  if (usable < 3) {
    result.cobb = failed_value(no_curve(result.coronal));
    return;
  }
  result.curves = alignment::curves_of(
      result.coronal, tilts, result.axes, alignment::plane_se_deg(spine.bodies, result.axes), threshold_deg);
  for (auto& curve : result.curves) {
    curve.reason = curve_doubt(result, curve, extent, threshold_deg);
    curve.quality = curve.reason.empty() ? Quality::kGood : Quality::kUncertain;
  }
  const auto& main = result.curves.front();
  result.cobb = {main.cobb_deg, main.se_deg, main.quality, main.reason};
  result.scoliosis = main.cobb_deg >= threshold_deg && bends(result, main);
  if (!result.scoliosis) return;
  result.notes.push_back(
      fmt::format("{}: Cobb angle {:.1f} +- {:.1f} degrees from {} to {}, convex to the {}, lying. "
                  "Angles and slips in the sagittal plane are uncertain in the curve.",
                  main.cobb_deg - main.se_deg < threshold_deg ? "Perhaps a scoliosis" : "Scoliosis",
                  main.cobb_deg,
                  main.se_deg,
                  anatomy::short_name(main.upper),
                  anatomy::short_name(main.lower),
                  main.convexity > 0 ? "left" : "right"));
}

}  // namespace

const ParamTable<SpineAlignment::Params>& SpineAlignment::Params::table() {
  static const auto table =
      ParamTable<Params>()
          .add(&Params::curve_deg,
               "curve_deg",
               "deg",
               "From here on a lateral curve is a scoliosis.",
               {1.0, 60.0})
          .add(&Params::min_slices,
               "min_slices",
               "1",
               "A body in fewer slices has no coronal slope.",
               {3.0, 100.0})
          .add(&Params::min_width_mm, "min_width_mm", "mm", "Nor one whose label is less wide.", {5.0, 60.0});
  return table;
}

SpineAlignment::SpineAlignment(const Params& params) : params_(params) {
  Params::table().validate(params);
}

AlignmentResult SpineAlignment::operator()(const SpineResult& spine,
                                           const Labels& labels,
                                           Context& context) const {
  context.throw_if_cancelled();
  const Extent extent = alignment::extent_of(labels);
  Result result;
  result.axes = alignment::axes_of(spine.bodies);
  result.coronal = alignment::coronal_of(spine.bodies, result.axes, extent, params_);
  set_curves(spine, extent, params_.curve_deg, result);
  result.kyphosis = kyphosis_of(spine, result.axes);
  result.sacral_slope = sacral_slope_of(spine);
  set_squareness(spine, result);
  const auto in_curve = [&](auto& v) {
    if (!result.scoliosis || v.quality == Quality::kFailed) return;
    v.quality = Quality::kUncertain;
    v.reason = joined(v.reason, fmt::format("scoliosis of {:.0f} degrees", result.curves.front().cobb_deg));
  };
  in_curve(result.kyphosis);
  in_curve(result.sacral_slope);
  return result;
}

}  // namespace ledd
