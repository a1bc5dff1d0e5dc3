#include "ledd/proximal_femur/proximal_femur.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>

#include "ledd/anatomy/bone.h"
#include "ledd/core/error.h"

#include "head_candidates.h"
#include "metal.h"
#include "outline.h"

namespace ledd {
namespace {

using anatomy::Side;
using hip::HeadSphere;
using hip::operator+, hip::operator-, hip::operator*;

constexpr double kCoarseMm = 3.0, kCoarsestMm = 4.0;
constexpr std::size_t kCandidates = 12;
constexpr double kLeastCup = 0.5, kSideMargin = 0.2;
constexpr double kLeastRadiusMm = 18.0, kMostRadiusMm = 32.0;
constexpr double kApartLowMm = 120.0, kApartHighMm = 240.0, kLevelMm = 45.0, kSizeShare = 0.2;
constexpr double kBodyMm = 250.0, kBesideMm = 30.0;
constexpr float kAirHu = -300.0F;
constexpr double kWholeShare = 0.97;  // of the head's surface, in view
constexpr double kMostLeakMm3 = 1500.0, kDarkShare = 0.01, kMostCutMm2 = 30.0, kLeastGapShare = 0.6,
                 kNoGapShare = 0.2;
constexpr std::array<double, 3> kNeckCos{0.56, 0.66, 0.74};  // 56, 49 and 42 degrees about the neck
constexpr double kLeastMm3 = 25e3, kMostMm3 = 350e3;

double cup_of(const HeadSphere& head, Side side) {
  return side == Side::kRight ? head.cup_right : head.cup_left;
}
double score_of(const HeadSphere& head, Side side) {
  return 2.0 * head.quality + head.side_score[side == Side::kRight ? 0 : 1];
}

std::optional<HeadSphere> head_at(const hip::Sampler& sample,
                                  const Point& p,
                                  const ProximalFemur::Params& params) {
  const auto head = hip::fit_head(sample, p);
  if (!head || head->radius_mm < kLeastRadiusMm || head->radius_mm > kMostRadiusMm) return std::nullopt;
  if (head->edge_share < params.least_edge_share || std::max(head->cup_right, head->cup_left) < kLeastCup)
    return std::nullopt;
  return head;
}

/// Balls in cups, those that show best first.
std::vector<HeadSphere> heads_of(const Volume& hu,
                                 const Volume& coarse,
                                 const ProximalFemur::Params& params) {
  const hip::Sampler sample(hu);
  const auto places = hip::head_candidates(coarse, kCandidates);
  std::vector<std::optional<HeadSphere>> all(places.size());
  tbb::parallel_for(
      std::size_t{0}, places.size(), [&](std::size_t n) { all[n] = head_at(sample, places[n], params); });
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return (a ? a->quality : 0.0) > (b ? b->quality : 0.0);
  });
  std::vector<HeadSphere> heads;
  for (const auto& head : all)
    if (head && std::none_of(heads.begin(), heads.end(), [&](const HeadSphere& h) {
          return hip::length(h.centre_lps_mm - head->centre_lps_mm) < 12.0;
        }))
      heads.push_back(*head);
  return heads;
}

struct Hips {
  std::optional<HeadSphere> right, left;
  std::string doubt;  ///< Why a single head's side is not known.
};

bool make_pair(const HeadSphere& right, const HeadSphere& left) {
  const Point d = left.centre_lps_mm - right.centre_lps_mm;
  return d[0] >= kApartLowMm && d[0] <= kApartHighMm && std::fabs(d[1]) <= kLevelMm &&
         std::fabs(d[2]) <= kLevelMm &&
         std::fabs(left.radius_mm - right.radius_mm) <= kSizeShare * right.radius_mm;
}

/// Between the body's sides, where the scan shows both hips' width; empty otherwise.
std::optional<double> body_middle_mm(const Volume& coarse) {
  const auto size = coarse.GetLargestPossibleRegion().GetSize();
  std::vector<double> tissue(size[0], 0.0);
  for (std::size_t n = 0; n < coarse.GetLargestPossibleRegion().GetNumberOfPixels(); ++n)
    tissue[n % size[0]] += coarse.GetBufferPointer()[n] > kAirHu ? 1.0 : 0.0;
  const double least = 0.2 * *std::max_element(tissue.begin(), tissue.end());
  std::size_t first = size[0], last = 0;
  for (std::size_t x = 0; x < size[0]; ++x)
    if (tissue[x] > least) {
      first = std::min(first, x);
      last = x;
    }
  if (first >= last || static_cast<double>(last - first) * kCoarseMm < kBodyMm) return std::nullopt;
  return coarse.GetOrigin()[0] + 0.5 * kCoarseMm * static_cast<double>(first + last);
}

bool may_be(const HeadSphere& head, Side side, const std::optional<double>& middle_mm) {
  // A ball of bone that nothing parts from its surroundings is no head: the trochanters make such balls.
  if (cup_of(head, side) < kLeastCup || !(head.gap_share[side == Side::kRight ? 0 : 1] >= kNoGapShare))
    return false;
  if (!middle_mm) return true;
  const double off_mm = head.centre_lps_mm[0] - *middle_mm;
  return side == Side::kRight ? off_mm < -kBesideMm : off_mm > kBesideMm;
}

Hips choose(const std::vector<HeadSphere>& heads, const std::optional<double>& middle_mm) {
  Hips hips;
  double best = 0.0;
  for (const HeadSphere& r : heads)
    for (const HeadSphere& l : heads) {
      const double score = score_of(r, Side::kRight) + score_of(l, Side::kLeft);
      if (!make_pair(r, l) || !may_be(r, Side::kRight, middle_mm) || !may_be(l, Side::kLeft, middle_mm) ||
          score <= best)
        continue;
      best = score;
      hips.right = r;
      hips.left = l;
    }
  if (hips.right) return hips;
  for (const HeadSphere& h : heads)
    for (const Side side : {Side::kRight, Side::kLeft}) {
      if (!may_be(h, side, middle_mm) || score_of(h, side) <= best) continue;
      best = score_of(h, side);
      hips.right = side == Side::kRight ? std::optional(h) : std::nullopt;
      hips.left = side == Side::kLeft ? std::optional(h) : std::nullopt;
    }
  const auto& only = hips.right ? hips.right : hips.left;
  if (only && !middle_mm && std::fabs(only->side_score[0] - only->side_score[1]) < kSideMargin) {
    hips.doubt = fmt::format(
        "a head at ({:.0f}, {:.0f}, {:.0f}) mm, but its side cannot be told: neck and cup speak for right by "
        "{:.2f} "
        "and for left by {:.2f}",
        only->centre_lps_mm[0],
        only->centre_lps_mm[1],
        only->centre_lps_mm[2],
        only->side_score[0],
        only->side_score[1]);
    hips.right = hips.left = std::nullopt;
  }
  return hips;
}

hip::Box around(const Point& head, Side side, double wide_mm, double below_mm) {
  const double lateral = 70.0 + wide_mm, medial = 45.0 + wide_mm;
  const bool right = side == Side::kRight;
  return {{head[0] - (right ? lateral : medial), head[1] - 70.0, head[2] - below_mm},
          {head[0] + (right ? medial : lateral), head[1] + 80.0, head[2] + 60.0}};
}

bool in_view(const hip::Sampler& sample, const Point& p) {
  return sample(p) > hip::kUnseen;
}

/// Why a side shows no head, with the other one, if any, as a guide to where it should be.
std::string missing_head(const hip::Sampler& sample,
                         const hip::Metal& metal,
                         const std::optional<HeadSphere>& other,
                         Side side,
                         const ProximalFemur::Params& params) {
  if (other) {
    const double away = side == Side::kRight ? -175.0 : 175.0;
    const Point expected = other->centre_lps_mm + Point{away, 0.0, 0.0};
    const double mm3 = metal.volume_mm3(around(expected, side, 35.0, params.below_head_mm));
    if (mm3 >= params.metal_mm3)
      return fmt::format(
          "metal: {:.1f} cm3 above {:.0f} HU where this hip should be", mm3 / 1e3, params.metal_hu);
    if (!in_view(sample, expected))
      return "not in view: the scan ends before where this hip should be, 175 mm from the other head";
    return fmt::format(
        "no ball of {:.0f} to {:.0f} mm radius within a cup was found where this hip should be",
        kLeastRadiusMm,
        kMostRadiusMm);
  }
  const double mm3 = metal.each_mm3 * static_cast<double>(metal.places_lps_mm.size());
  return fmt::format(
      "no femoral head found: no ball of {:.0f} to {:.0f} mm radius within a cup{}",
      kLeastRadiusMm,
      kMostRadiusMm,
      mm3 >= params.metal_mm3 ? fmt::format("; {:.1f} cm3 of metal are in the scan", mm3 / 1e3) : "");
}

std::string unusable_head(const HeadSphere& head,
                          const hip::Metal& metal,
                          Side side,
                          const ProximalFemur::Params& params) {
  const double mm3 = metal.volume_mm3(around(head.centre_lps_mm, side, 0.0, params.below_head_mm));
  if (mm3 >= params.metal_mm3)
    return fmt::format("metal: {:.2f} cm3 above {:.0f} HU near this hip", mm3 / 1e3, params.metal_hu);
  if (head.seen_share < kWholeShare)
    return fmt::format(
        "the femoral head is cut by the scan's border: {:.0f} % of its surface are out of view",
        100.0 * (1.0 - head.seen_share));
  if (head.rms_mm > params.most_residual_mm)
    return fmt::format(
        "the femoral head is not round: its surface lies {:.2f} mm (RMS) off a ball of {:.1f} mm, at "
        "most {:.2f} mm were expected",
        head.rms_mm,
        head.radius_mm,
        params.most_residual_mm);
  return {};
}

std::string unusable_outline(const hip::Outline& outline) {
  if (outline.leaves_box)
    return "the outline reaches the side of the region around the hip: femur and pelvis could not be parted";
  if (outline.leak_mm3 > kMostLeakMm3)
    return fmt::format(
        "femur and pelvis could not be parted: {:.1f} cm3 of the outline lie above or medial of the head",
        outline.leak_mm3 / 1e3);
  if (outline.cut_mm2 > kMostCutMm2)
    return fmt::format("the femoral head is cut by the scan's upper border, over {:.1f} cm2",
                       outline.cut_mm2 / 100.0);
  if (outline.volume_mm3 < kLeastMm3 || outline.volume_mm3 > kMostMm3)
    return fmt::format("the outline holds {:.0f} cm3; {:.0f} to {:.0f} were expected",
                       outline.volume_mm3 / 1e3,
                       kLeastMm3 / 1e3,
                       kMostMm3 / 1e3);
  return {};
}

void paint(const Volume& distance, std::uint16_t label, Labels& labels) {
  const hip::Sampler sample(distance);
  const auto size = labels.GetLargestPossibleRegion().GetSize();
  const std::size_t slice = size[0] * size[1];
  Volume::PointType origin = labels.GetOrigin();
  std::array<Point, 3> step{};
  for (unsigned a = 0; a < 3; ++a)
    for (unsigned row = 0; row < 3; ++row)
      step[a][row] = labels.GetDirection()(row, a) * labels.GetSpacing()[a];
  std::uint16_t* const out = labels.GetBufferPointer();
  tbb::parallel_for(std::size_t{0}, std::size_t{size[2]}, [&](std::size_t z) {
    for (std::size_t n = z * slice; n < (z + 1) * slice; ++n) {
      const Point p = Point{origin[0], origin[1], origin[2]} + static_cast<double>(n % size[0]) * step[0] +
                      static_cast<double>(n / size[0] % size[1]) * step[1] + static_cast<double>(z) * step[2];
      const float d = sample(p);
      if (d > hip::kUnseen && d < 0.0F) out[n] = label;
    }
  });
}

void measure(const Volume& hu,
             const HeadSphere& head,
             const hip::Metal& metal,
             const ProximalFemur::Params& params,
             ProximalFemur::Femur& femur,
             Labels& labels) {
  femur.head_lps_mm = head.centre_lps_mm;
  femur.head_radius_mm = head.radius_mm;
  femur.head_residual_mm = head.rms_mm;
  femur.refusal = unusable_head(head, metal, femur.side, params);
  if (!femur.refusal.empty()) return;
  const double gap_share = head.gap_share[femur.side == Side::kRight ? 0 : 1];
  hip::Outline outline;
  for (const double neck_cos : kNeckCos) {  // the narrower, the more of the neck's flare is lost
    outline = hip::outline(hu, head, femur.side, neck_cos, params);
    femur.refusal = unusable_outline(outline);
    // Without a clear gap a leak says that the ball holds the cup, not that the cone is too wide.
    if (femur.refusal.empty() || !(gap_share >= kLeastGapShare)) break;
  }
  if (!femur.refusal.empty()) return;
  femur.found = true;
  femur.volume_mm3 = outline.volume_mm3;
  if (outline.dark_share > kDarkShare)
    femur.doubts.push_back(fmt::format("{:.1f} % of the femur are below -250 HU, as in the shadow of metal",
                                       100.0 * outline.dark_share));
  if (!(gap_share >= kLeastGapShare))
    femur.doubts.push_back(fmt::format(
        "the joint's gap shows on {:.0f} % of what faces the cup, {:.0f} % were expected: the head's outline "
        "may hold part of the cup",
        100.0 * gap_share,
        100.0 * kLeastGapShare));
  if (outline.lowest_mm < 2.0 * head.radius_mm)
    femur.doubts.push_back(
        fmt::format("the scan ends {:.0f} mm below the head's centre: the trochanteric region is cut",
                    outline.lowest_mm));
  paint(*outline.distance_mm,
        femur.side == Side::kRight ? anatomy::kProximalFemurRight : anatomy::kProximalFemurLeft,
        labels);
}

Labels::Pointer empty_labels(const Volume& hu) {
  auto labels = Labels::New();
  labels->CopyInformation(&hu);
  labels->SetRegions(hu.GetLargestPossibleRegion());
  labels->Allocate(true);
  return labels;
}

}  // namespace

const ParamTable<ProximalFemur::Params>& ProximalFemur::Params::table() {
  static const auto table =
      ParamTable<Params>()
          .add(&Params::grid_mm, "grid_mm", "mm", "Edge of the cubes on which a hip is outlined.", {0.8, 2.0})
          .add(&Params::metal_hu, "metal_hu", "HU", "From this a voxel is metal.", {1500, 30000})
          .add(&Params::metal_mm3,
               "metal_mm3",
               "mm3",
               "Least metal near a hip for which it is refused.",
               {0, 1e5})
          .add(
              &Params::above_muscle_hu, "above_muscle_hu", "HU", "How far bone lies above muscle.", {20, 300})
          .add(&Params::close_mm, "close_mm", "mm", "Radius that closes gaps of a thin cortex.", {0, 12})
          .add(&Params::below_head_mm,
               "below_head_mm",
               "mm",
               "How far below the head the femur is outlined.",
               {60, 250})
          .add(&Params::least_edge_share,
               "least_edge_share",
               "1",
               "Share of a head's surface that must show.",
               {0.2, 0.9})
          .add(&Params::most_residual_mm,
               "most_residual_mm",
               "mm",
               "Most that a head's edges lie off a ball, RMS.",
               {0.2, 3});
  return table;
}

ProximalFemur::ProximalFemur(const Params& params) : params_(params) {
  Params::table().validate(params);
}

ProximalFemur::Result ProximalFemur::operator()(const Volume& hu, Context& context) const {
  for (unsigned a = 0; a < 3; ++a)
    require(
        hu.GetSpacing()[a] <= kCoarsestMm,
        Errc::kInput,
        fmt::format("voxels of {:.2f} mm along axis {}: at most {:.0f} mm can tell femur and pelvis apart",
                    hu.GetSpacing()[a],
                    a,
                    kCoarsestMm));
  context.throw_if_cancelled();
  const hip::Sampler sample(hu);
  const auto metal = hip::find_metal(hu, params_.metal_hu);
  const auto coarse = hip::resampled(hu, hip::extent_of(hu), kCoarseMm);
  const auto hips = choose(heads_of(hu, *coarse, params_), body_middle_mm(*coarse));
  Result result;
  result.labels = empty_labels(hu);
  result.left.side = Side::kLeft;
  for (Femur* femur : {&result.right, &result.left}) {
    context.throw_if_cancelled();
    const bool right = femur->side == Side::kRight;
    const auto& head = right ? hips.right : hips.left;
    const auto& other = right ? hips.left : hips.right;
    if (head)
      measure(hu, *head, metal, params_, *femur, *result.labels);
    else
      femur->refusal =
          hips.doubt.empty() ? missing_head(sample, metal, other, femur->side, params_) : hips.doubt;
  }
  return result;
}

}  // namespace ledd
