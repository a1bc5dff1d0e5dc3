#include "figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "ledd/anatomy/anatomy.h"
#include "ledd/anatomy/bone.h"
#include "ledd/spine_morphometry/vec.h"

namespace ledd::bone_qct {
namespace {

using Vertebra = VertebralDensityResult::Vertebra;

constexpr double kMarginMm = 25.0;
constexpr std::size_t kMostAxial = 3;
constexpr std::array<double, 2> kBoneWindowHu{-200.0, 600.0}, kRodWindowHu{-150.0, 450.0};

/// The image axis that runs nearest to a direction of the patient.
unsigned axis_along(const itk::ImageBase<3>& scan, unsigned patient_axis) {
  unsigned best = 0;
  for (unsigned a = 1; a < 3; ++a)
    if (std::fabs(scan.GetDirection()(patient_axis, a)) > std::fabs(scan.GetDirection()(patient_axis, best)))
      best = a;
  return best;
}

long slice_at(const itk::ImageBase<3>& scan, unsigned axis, const Point& p_lps_mm) {
  itk::ImageBase<3>::PointType p;
  for (unsigned a = 0; a < 3; ++a) p[a] = p_lps_mm[a];
  const auto index = scan.TransformPhysicalPointToContinuousIndex<double>(p);
  const long last = static_cast<long>(scan.GetLargestPossibleRegion().GetSize(axis)) - 1;
  return std::clamp(std::lround(index[axis]), 0L, last);
}

Point mean_centre(const std::vector<const Vertebra*>& vertebrae) {
  Point sum{};
  for (const Vertebra* v : vertebrae)
    sum = spine::add(sum, v->frame.centre_lps_mm, 1.0 / static_cast<double>(vertebrae.size()));
  return sum;
}

std::string text_of(const Vertebra& v) {
  return fmt::format("{:.0f} HU", v.cylinder.mean_hu);
}

Figure axial(const Vertebra& v, const itk::ImageBase<3>& scan) {
  Figure figure;
  const std::string name = anatomy::short_name(v.id);
  figure.name = "axial-" + name;
  std::transform(figure.name.begin(), figure.name.end(), figure.name.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  figure.axis = axis_along(scan, 2);
  figure.slice = slice_at(scan, figure.axis, v.where->centre_lps_mm);
  figure.caption = fmt::format("{}: outline of the body and the elliptic cylinder (yellow).", name);
  figure.around_labels_mm = kMarginMm;
  figure.around_ids = {v.id};
  figure.window = kBoneWindowHu;
  figure.lines = {cylinder_lines(v)->from_above};
  figure.lines.front().text = text_of(v);
  return figure;
}

Polyline circle_of(const FoundRod& rod, const Point& middle, int points) {
  Polyline circle;
  circle.rgb = {0, 230, 255};
  for (int n = 0; n <= points; ++n) {
    const double angle = 2.0 * std::numbers::pi * n / points;
    circle.points_lps_mm.push_back({middle[0] + rod.radius_mm * std::cos(angle),
                                    middle[1] + rod.radius_mm * std::sin(angle),
                                    middle[2]});
  }
  return circle;
}

}  // namespace

std::vector<Figure> spine_figures(const BoneQct::Spine& spine, const itk::ImageBase<3>& scan) {
  std::vector<Figure> figures;
  std::vector<const Vertebra*> placed;
  for (const Vertebra& v : spine.density.vertebrae)
    if (v.where) placed.push_back(&v);
  if (placed.empty()) return figures;
  Figure side;
  side.name = "sagittal";
  side.caption = "Through the middle of the bodies: outlines with their levels, elliptic cylinders (yellow).";
  side.axis = axis_along(scan, 0);
  side.slice = slice_at(scan, side.axis, mean_centre(placed));
  side.around_labels_mm = kMarginMm;
  side.window = kBoneWindowHu;
  for (const Vertebra& v : spine.density.vertebrae) side.around_ids.push_back(v.id);
  for (const Vertebra* v : placed) side.lines.push_back(cylinder_lines(*v)->from_side);
  figures.push_back(side);
  Figure front = side;
  front.name = "coronal";
  front.caption = "The same from the front.";
  front.axis = axis_along(scan, 1);
  front.slice = slice_at(scan, front.axis, mean_centre(placed));
  front.lines.clear();
  figures.push_back(front);
  std::size_t drawn = 0;
  for (const Vertebra* v : placed) {
    const bool lumbar = v->id >= anatomy::kL1 && v->id < anatomy::kL5;
    if (!lumbar || drawn == kMostAxial) continue;
    figures.push_back(axial(*v, scan));
    ++drawn;
  }
  if (auto heights = mid_sagittal_figure(spine.geometry, scan)) {
    heights->name = "heights";
    heights->around_labels_mm = kMarginMm;
    heights->window = kBoneWindowHu;
    heights->around_ids = side.around_ids;
    figures.push_back(*heights);
  }
  return figures;
}

std::vector<Figure> rod_figures(const CalibrationFinding& finding, const itk::ImageBase<3>& scan) {
  const auto& rods = finding.rods.rods;
  if (rods.empty()) return {};
  Figure figure;
  figure.name = "rods";
  figure.caption =
      fmt::format("{}: {}.",
                  finding.rods.phantom,
                  finding.rods.line ? "the rods that were read" : "refused, " + finding.rods.refusal);
  figure.axis = axis_along(scan, 2);
  figure.slice = slice_at(scan, figure.axis, rods.front().point_lps_mm);
  figure.window = kRodWindowHu;
  figure.labels = false;
  constexpr int kPoints = 32;
  for (const FoundRod& rod : rods) {
    Polyline circle = circle_of(rod, rod.point_lps_mm, kPoints);
    circle.text = fmt::format("{}: {:.0f}", rod.number, rod.hu);
    figure.lines.push_back(std::move(circle));
  }
  return {figure};
}

std::vector<Polyline> spine_drawings(const BoneQct::Spine& spine) {
  std::vector<Polyline> all;
  for (const Vertebra& v : spine.density.vertebrae)
    for (Polyline& line : cylinder_drawing(v)) all.push_back(std::move(line));
  return all;
}

std::vector<Polyline> rod_drawings(const CalibrationFinding& finding) {
  constexpr double kPitchMm = 4.0;
  constexpr int kPoints = 24;
  const auto& used = finding.rods.used;
  const int steps = std::max(1, static_cast<int>(std::ceil((used.high_mm - used.low_mm) / kPitchMm)));
  std::vector<Polyline> all;
  for (const FoundRod& rod : finding.rods.rods)
    for (int step = 0; step <= steps; ++step) {
      // Along the rod to a height of the slices used: the circle lies in a slice, as it was measured.
      const double z = used.low_mm + (used.high_mm - used.low_mm) * step / steps;
      const double slope = std::fabs(rod.direction_lps[2]) > 0.1 ? 1.0 / rod.direction_lps[2] : 0.0;
      const Point middle = spine::add(rod.point_lps_mm, rod.direction_lps, (z - rod.point_lps_mm[2]) * slope);
      Polyline ring = circle_of(rod, middle, kPoints);
      ring.about = fmt::format("{} rod {}: {:.1f} HU", finding.rods.phantom, rod.number, rod.hu);
      ring.group = "rods";
      all.push_back(std::move(ring));
    }
  return all;
}

void paint_rods(const CalibrationFinding& finding, Labels& labels) {
  if (!finding.rods.line) return;
  std::vector<const FoundRod*> rods;
  for (const FoundRod& rod : finding.rods.rods) rods.push_back(&rod);
  std::stable_sort(rods.begin(), rods.end(), [](const auto* a, const auto* b) { return a->hu < b->hu; });
  const auto size = labels.GetLargestPossibleRegion().GetSize();
  for (std::size_t z = 0; z < size[2]; ++z)
    for (std::size_t y = 0; y < size[1]; ++y)
      for (std::size_t x = 0; x < size[0]; ++x) {
        Labels::PointType q;
        const Labels::IndexType at{{static_cast<long>(x), static_cast<long>(y), static_cast<long>(z)}};
        labels.TransformIndexToPhysicalPoint(at, q);
        if (q[2] < finding.rods.used.low_mm || q[2] > finding.rods.used.high_mm) continue;
        const Point p{q[0], q[1], q[2]};
        for (std::size_t n = 0; n < rods.size(); ++n) {
          const Point d = spine::sub(p, rods[n]->point_lps_mm);
          const double along = spine::dot(d, rods[n]->direction_lps);
          const double across = std::sqrt(std::max(0.0, spine::dot(d, d) - along * along));
          if (across <= rods[n]->radius_mm)
            labels.SetPixel(at, static_cast<std::uint16_t>(anatomy::kFirstRod + n));
        }
      }
}

}  // namespace ledd::bone_qct
