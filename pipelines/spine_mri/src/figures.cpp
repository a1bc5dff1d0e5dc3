#include "figures.h"

#include <fmt/format.h>

#include <cmath>

namespace ledd::spine_mri {
namespace {

constexpr double kParasagittalMm = 12.0;  // through the sides of the bodies, still inside them

void add_sides(std::vector<Figure>& figures, const Figure& plain, const itk::ImageBase<3>& grid) {
  const auto size = static_cast<long>(grid.GetLargestPossibleRegion().GetSize(plain.axis));
  const long step = std::max(1L, std::lround(kParasagittalMm / grid.GetSpacing()[plain.axis]));
  const Toward up = axes_of(grid)[plain.axis];
  for (const long side : {-1L, 1L}) {
    Figure aside = plain;
    aside.slice = plain.slice + side * step;
    if (aside.slice < 0 || aside.slice >= size) continue;
    const bool left = (side > 0) == (up == Toward::kLeft);
    aside.name = left ? "parasagittal-left" : "parasagittal-right";
    aside.caption = fmt::format("{:.0f} mm to the patient's {}: outlines of bodies, discs and dural sac.",
                                static_cast<double>(step) * grid.GetSpacing()[plain.axis],
                                left ? "left" : "right");
    aside.labels = true;
    figures.push_back(aside);
  }
}

/// The same slice with other lines on it; nothing when there are none.
void add_lines(std::vector<Figure>& figures,
               const Figure& plain,
               const char* name,
               const char* caption,
               std::vector<Polyline> lines) {
  if (lines.empty()) return;
  Figure figure = plain;
  figure.name = name;
  figure.caption = caption;
  figure.lines = std::move(lines);
  figures.push_back(std::move(figure));
}

}  // namespace

std::vector<Figure> geometry_figures(const SpineMri::Geometry& geometry, const itk::ImageBase<3>& grid) {
  std::vector<Figure> figures;
  const auto middle = mid_sagittal_figure(geometry.bodies, grid);
  if (!middle) return figures;
  figures.push_back(*middle);
  Figure plain = *middle;
  plain.name = "mid-sagittal-plain";
  plain.caption = "The same slice as it came from the scanner.";
  plain.labels = false;
  plain.lines.clear();
  figures.push_back(plain);
  add_lines(figures,
            plain,
            "discs",
            "Heights of the discs, front, middle and back (green); slips that have a grade (orange).",
            report_lines(geometry.discs));
  add_lines(figures,
            plain,
            "canal",
            "Front-to-back diameters of the dural sac, mm, square to its course.",
            report_lines(geometry.canal));
  add_lines(figures,
            plain,
            "deformity",
            "Bodies whose heights fall below the norm of their level.",
            report_lines(geometry.deformity, geometry.bodies));
  add_lines(figures,
            plain,
            "alignment",
            "Endplates between which lordosis and kyphosis are read, and that of the sacral slope, lying.",
            report_lines(geometry.alignment, geometry.bodies));
  add_sides(figures, plain, grid);
  if (geometry.alignment.scoliosis)
    if (auto curves = coronal_figure(geometry.alignment, grid)) figures.push_back(std::move(*curves));
  return figures;
}

}  // namespace ledd::spine_mri
