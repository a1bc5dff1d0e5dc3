#include "join.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <tuple>

namespace ledd::cases {
namespace {

constexpr double kMostTurnDeg = 15.0;
constexpr double kOwnRegionMm = 100.0;  // three lumbar vertebrae: too much to leave unmeasured
constexpr double kCountingReachMm = 40.0;
constexpr double kCountingOverlapMm = 20.0;

using Slot = JoinRule::Slot;

double dot(const Point& a, const Point& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

struct Interval {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
  double length() const { return high - low; }
};

/// What a stack covers along a direction, to the outer faces of its voxels.
Interval extent(const dicom::Stack& stack, const Point& axis) {
  const double along_row = dot(stack.row_lps, axis) * stack.pixel_spacing_mm[0];
  const double along_column = dot(stack.column_lps, axis) * stack.pixel_spacing_mm[1];
  const double half_slice = 0.5 * std::abs(dot(stack.normal_lps, axis)) * stack.slice_spacing_mm;
  Interval interval;
  for (const dicom::Slice* slice : {&stack.slices.front(), &stack.slices.back()})
    for (const double i : {-0.5, stack.columns - 0.5})
      for (const double j : {-0.5, stack.rows - 0.5}) {
        const double at = dot(slice->position_lps_mm, axis) + i * along_row + j * along_column;
        interval.low = std::min(interval.low, at - half_slice);
        interval.high = std::max(interval.high, at + half_slice);
      }
  return interval;
}

double overlap(const Interval& a, const Interval& b) {
  return std::min(a.high, b.high) - std::max(a.low, b.low);
}

/// The stack's axes: up, forwards or backwards, across the slices.
std::array<Point, 3> axes(const dicom::Stack& stack) {
  const bool rows_up = std::abs(stack.row_lps[2]) > std::abs(stack.column_lps[2]);
  Point up = rows_up ? stack.row_lps : stack.column_lps;
  if (up[2] < 0)
    for (double& v : up) v = -v;
  return {up, rows_up ? stack.column_lps : stack.row_lps, stack.normal_lps};
}

Slot slot_of(const MrWeighting& weighting) {
  return {weighting.contrast, weighting.fat_suppressed};
}

/// Why positions of two stacks cannot be compared; empty when they can.
std::string other_frame(const dicom::Stack& a, const dicom::Stack& b) {
  if (a.frame_of_reference_uid.empty() || b.frame_of_reference_uid.empty())
    return "FrameOfReferenceUID (0020,0052) is missing: positions cannot be compared";
  if (a.frame_of_reference_uid != b.frame_of_reference_uid)
    return "FrameOfReferenceUID (0020,0052) differs: positions cannot be compared";
  return "";
}

struct Candidate {
  const Series* series = nullptr;
  MrWeighting weighting;
  std::size_t rank = 0;
  bool is_primary = false, is_accepted = false;

  const dicom::Stack& stack() const { return *series->stack; }
  bool can_join() const { return series->stack && series->problem.empty() && !series->stack->slices.empty(); }
};

bool first_of(const Candidate& a, const Candidate& b) {
  const auto number = [](const Candidate& c) {
    return c.series->stack && c.series->stack->series_number ? *c.series->stack->series_number
                                                             : std::numeric_limits<int>::max();
  };
  return std::make_tuple(a.rank, number(a), a.series->id) < std::make_tuple(b.rank, number(b), b.series->id);
}

std::vector<Candidate> candidates(const JoinInput& input, const JoinRule& rule) {
  const std::set<const Series*> primaries(input.primaries.begin(), input.primaries.end());
  std::vector<Candidate> all;
  const auto add = [&](const Series* series, bool is_accepted) {
    Candidate one{series, weighting_of(*series), 0, primaries.contains(series), is_accepted};
    const auto at = std::find(rule.primaries.begin(), rule.primaries.end(), slot_of(one.weighting));
    one.rank = static_cast<std::size_t>(at - rule.primaries.begin());
    all.push_back(std::move(one));
  };
  for (const Series* series : input.accepted) add(series, true);
  for (const Series* series : input.counting) add(series, false);
  std::sort(all.begin(), all.end(), first_of);
  return all;
}

/// Makes the cases one after the other.
class Joiner {
 public:
  Joiner(std::vector<Candidate> all, const std::vector<Candidate>& axial, const JoinRule& rule, bool forced)
      : all_(std::move(all)), rule_(rule), forced_(forced) {
    for (const Candidate& one : all_)
      if (one.series->stack) studies_[study_of(one.stack())].all.push_back(one);
    for (const Candidate& one : axial)
      if (one.series->stack) studies_[study_of(one.stack())].axial.push_back(one);
  }

  std::vector<PlannedCase> cases() {
    for (const Candidate& one : all_)
      if (one.is_primary && (forced_ || !taken_.contains(one.series))) add_case(one);
    return std::move(made_);
  }

 private:
  /// A study, which no series of another can join, in the order of `all_`.
  struct Study {
    std::vector<Candidate> all, axial;
    std::vector<std::size_t> made;  ///< Places in `made_`.
  };
  using StudyKey = std::pair<std::string, std::string>;
  static StudyKey study_of(const dicom::Stack& stack) { return {stack.study_uid, stack.patient_id}; }

  void add_case(const Candidate& primary) {
    PlannedCase planned = case_of(primary);
    if (primary.series->stack) studies_.at(study_of(primary.stack())).made.push_back(made_.size());
    made_.push_back(std::move(planned));
  }

  PlannedCase case_of(const Candidate& primary) {
    PlannedCase planned{"", *primary.series, primary.series->problem, primary.weighting};
    if (!primary.can_join()) return planned;
    planned.apart = forced_ ? "" : why_apart(primary);
    std::set<const Series*> joined{primary.series};
    add_contrasts(primary, planned, joined);
    add_counting(primary, planned, joined);
    add_axial(primary, planned);
    return planned;
  }

  void add_contrasts(const Candidate& primary, PlannedCase& planned, std::set<const Series*>& joined) {
    std::vector<Slot> filled{slot_of(primary.weighting)};
    for (const Candidate& other : studies_.at(study_of(primary.stack())).all) {
      const bool wanted = other.can_join() && other.is_accepted &&
                          other.weighting.contrast != MrContrast::kUnknown &&
                          (forced_ || other.rank >= primary.rank) &&
                          std::find(filled.begin(), filled.end(), slot_of(other.weighting)) == filled.end();
      if (!wanted || !same_study(primary.stack(), other.stack())) continue;
      const Relation relation = relate(other.stack(), primary.stack());
      if (!relation.apart.empty() || !(relation.covered >= kLeastCover)) continue;
      filled.push_back(slot_of(other.weighting));
      joined.insert(other.series);
      planned.companions.push_back(
          {*other.series, SeriesRole::kContrast, other.weighting, relation.above_mm, relation.below_mm});
      if (std::max(relation.above_mm, relation.below_mm) <= kOwnRegionMm) taken_.insert(other.series);
    }
  }

  void add_counting(const Candidate& primary, PlannedCase& planned, const std::set<const Series*>& joined) {
    for (const Candidate& other : studies_.at(study_of(primary.stack())).all) {
      if (!other.can_join() || joined.contains(other.series) || !rule_.match_counting ||
          !rule_.match_counting(other.stack()).accepted || !same_study(primary.stack(), other.stack()))
        continue;
      const Relation relation = relate(other.stack(), primary.stack());
      if (!relation.apart.empty() || !(relation.overlap_mm >= kCountingOverlapMm) ||
          !(relation.covered > 0.0) || !(std::max(relation.above_mm, relation.below_mm) >= kCountingReachMm))
        continue;
      planned.companions.push_back(
          {*other.series, SeriesRole::kCounting, other.weighting, relation.above_mm, relation.below_mm});
    }
  }

  /// Every axial series whose slices meet the primary's in the same patient coordinates.
  void add_axial(const Candidate& primary, PlannedCase& planned) const {
    for (const Candidate& other : studies_.at(study_of(primary.stack())).axial) {
      if (!other.can_join() || !same_study(primary.stack(), other.stack())) continue;
      const Relation relation = relate_across(other.stack(), primary.stack());
      if (!relation.apart.empty() || !(relation.overlap_mm > 0.0)) continue;
      planned.companions.push_back(
          {*other.series, SeriesRole::kAxial, other.weighting, relation.above_mm, relation.below_mm});
    }
  }

  /// Why a series is no companion of the first case made of its study.
  std::string why_apart(const Candidate& one) const {
    for (const std::size_t place : studies_.at(study_of(one.stack())).made) {
      const PlannedCase& earlier = made_[place];
      if (!earlier.series->stack || !earlier.problem.empty() ||
          !same_study(one.stack(), *earlier.series->stack))
        continue;
      const std::string it = describe(*earlier.series);
      const Relation relation = relate(one.stack(), *earlier.series->stack);
      if (!relation.apart.empty()) return fmt::format("not joined to {}: {}", it, relation.apart);
      if (!(relation.covered >= kLeastCover))
        return fmt::format("not joined to {}: it covers {:.0f} % of that one's extent, {:.0f} % are needed",
                           it,
                           100.0 * std::max(0.0, relation.covered),
                           100.0 * kLeastCover);
      if (std::max(relation.above_mm, relation.below_mm) > kOwnRegionMm)
        return fmt::format("reaches {:.0f} mm beyond {}", std::max(relation.above_mm, relation.below_mm), it);
      if (one.weighting.contrast == MrContrast::kUnknown)
        return fmt::format("not joined to {}: its weighting is unknown ({})", it, one.weighting.reason);
      return fmt::format(
          "not joined to {}: that case has a {} series already", it, short_name(one.weighting));
    }
    return "";
  }

  std::vector<Candidate> all_;
  std::map<StudyKey, Study> studies_;
  const JoinRule& rule_;
  bool forced_;
  std::set<const Series*> taken_;
  std::vector<PlannedCase> made_;
};

}  // namespace

MrWeighting weighting_of(const Series& series) {
  if (!series.stack) return {MrContrast::kUnknown, false, 0.0, "an image file has no header to tell it"};
  const dicom::Stack& stack = *series.stack;
  return weighting_from_tags({stack.image_type,
                              stack.scanning_sequence,
                              stack.sequence_name,
                              stack.scan_options,
                              stack.series_description,
                              stack.protocol,
                              stack.repetition_time_ms,
                              stack.echo_time_ms,
                              stack.inversion_time_ms,
                              stack.flip_angle_deg});
}

bool same_study(const dicom::Stack& a, const dicom::Stack& b) {
  return !a.study_uid.empty() && a.study_uid == b.study_uid && a.patient_id == b.patient_id;
}

Relation relate_across(const dicom::Stack& stack, const dicom::Stack& to) {
  Relation relation;
  relation.apart = other_frame(stack, to);
  if (!relation.apart.empty()) return relation;
  relation.overlap_mm = std::numeric_limits<double>::infinity();
  const auto along = axes(to);
  relation.covered = 1.0;
  for (const Point& axis : along) {
    const Interval own = extent(to, axis);
    const double common = overlap(extent(stack, axis), own);
    relation.overlap_mm = std::min(relation.overlap_mm, common);
    relation.covered = std::min(relation.covered, common / own.length());
  }
  const Interval height = extent(stack, along[0]);
  relation.above_mm = height.high - extent(to, along[0]).high;
  relation.below_mm = extent(to, along[0]).low - height.low;
  return relation;
}

Relation relate(const dicom::Stack& stack, const dicom::Stack& to) {
  Relation relation;
  relation.apart = other_frame(stack, to);
  if (!relation.apart.empty()) return relation;
  const double turn_deg =
      std::acos(std::clamp(std::abs(dot(stack.normal_lps, to.normal_lps)), 0.0, 1.0)) * 57.29577951308232;
  if (!(turn_deg <= kMostTurnDeg)) {
    relation.apart = fmt::format("turned by {:.0f} degrees, up to {:.0f} are taken", turn_deg, kMostTurnDeg);
    return relation;
  }
  const auto along = axes(to);
  relation.covered = 1.0;
  relation.overlap_mm = std::numeric_limits<double>::infinity();
  for (std::size_t a = 0; a < along.size(); ++a) {
    const Interval own = extent(to, along[a]);
    const double common = overlap(extent(stack, along[a]), own);
    relation.covered = std::min(relation.covered, common / own.length());
    if (a < 2) relation.overlap_mm = std::min(relation.overlap_mm, common);
  }
  const Interval height = extent(stack, along[0]);
  relation.above_mm = height.high - extent(to, along[0]).high;
  relation.below_mm = extent(to, along[0]).low - height.low;
  return relation;
}

std::vector<PlannedCase> join(const JoinInput& input, const JoinRule& rule) {
  JoinInput across;
  across.accepted = input.axial;
  return Joiner(candidates(input, rule), candidates(across, rule), rule, input.forced).cases();
}

}  // namespace ledd::cases
