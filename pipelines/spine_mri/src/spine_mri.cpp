#include "ledd/spine_mri/spine_mri.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"

namespace ledd {
namespace {

constexpr std::size_t kMinSlices = 3;
constexpr double kMaxSliceSpacingMm = 10.0;
constexpr double kMaxInPlaneMm = 2.0;
constexpr double kParasagittalMm = 12.0;  // through the sides of the bodies, still inside them

unsigned left_right_axis(const itk::ImageBase<3>& image) {
  const auto axes = axes_of(image);
  for (unsigned a = 0; a < 3; ++a)
    if (axes[a] == Toward::kLeft || axes[a] == Toward::kRight) return a;
  throw Error(Errc::kInput, "the image has no left-right axis");
}

void require_sagittal_stack(const Volume& scan) {
  const unsigned across = left_right_axis(scan);
  const auto size = scan.GetLargestPossibleRegion().GetSize();
  const auto spacing = scan.GetSpacing();
  for (unsigned a = 0; a < 3; ++a)
    if (a != across)
      require(spacing[a] <= kMaxInPlaneMm,
              Errc::kInput,
              fmt::format("this is not a sagittal stack: pixels of {:.2f} mm in the sagittal plane, at most "
                          "{} mm are usable",
                          spacing[a],
                          kMaxInPlaneMm));
  require(size[across] >= kMinSlices,
          Errc::kInput,
          fmt::format("{} sagittal slice(s); at least {} are needed", size[across], kMinSlices));
  require(
      spacing[across] <= kMaxSliceSpacingMm,
      Errc::kInput,
      fmt::format(
          "sagittal slices {:.1f} mm apart; at most {} mm is usable", spacing[across], kMaxSliceSpacingMm));
}

/// One or two can be the condyles of a knee; a spine is a row.
void require_a_spine(const SpineSegmentation::Result& found) {
  constexpr std::size_t kFewestBodies = 3;
  require(
      found.bodies.size() >= kFewestBodies,
      Errc::kInput,
      fmt::format("this does not look like a spine: {} vertebral body found, at least {} in a row are needed",
                  found.bodies.size(),
                  kFewestBodies));
}

/// Bodies, S1 and discs under their ids. A disc has the id of the body above it, and none where that has
/// none.
Labels::Pointer named(const SpineSegmentation::Result& found, const VertebraLevels::Result& levels) {
  std::vector<std::uint16_t> body_id{0}, disc_id{0};
  for (const auto& level : levels.levels) {
    body_id.push_back(level.id);
    disc_id.push_back(level.id == 0 ? std::uint16_t{0}
                                    : static_cast<std::uint16_t>(level.id + anatomy::kDiscOffset));
  }
  if (found.s1) body_id.push_back(anatomy::kS1);
  auto labels = Labels::New();
  labels->CopyInformation(found.instances);
  labels->SetRegions(found.instances->GetLargestPossibleRegion());
  labels->Allocate();
  const std::size_t count = labels->GetLargestPossibleRegion().GetNumberOfPixels();
  const auto *bodies = found.instances->GetBufferPointer(), *discs = found.discs->GetBufferPointer();
  for (std::size_t n = 0; n < count; ++n)
    labels->GetBufferPointer()[n] = bodies[n] != 0 ? body_id[bodies[n]] : disc_id[discs[n]];
  return labels;
}

/// Marks what carries a doubtful level, whether a body ("L3") or a span of bodies ("L1-S1", "L1/L2").
void add_doubts(std::vector<Measurement>& measurements, const std::map<std::string, std::string>& doubt_of) {
  for (Measurement& m : measurements) {
    const auto cut = m.region.find_first_of("-/");
    for (const std::string& part :
         {m.region.substr(0, cut), cut == std::string::npos ? "" : m.region.substr(cut + 1)}) {
      const auto doubt = doubt_of.find(part);
      if (doubt == doubt_of.end() || doubt->second.empty()) continue;
      if (m.quality == Quality::kGood) m.quality = Quality::kUncertain;
      m.reason += (m.reason.empty() ? "" : "; ") + doubt->second;
      break;
    }
  }
}

/// The slice with the measuring lines, the same without anything on it, and one on either side.
std::vector<Figure> figures_of(const SpineMorphometry::Result& geometry, const itk::ImageBase<3>& grid) {
  std::vector<Figure> figures;
  const auto middle = mid_sagittal_figure(geometry, grid);
  if (!middle) return figures;
  figures.push_back(*middle);
  Figure plain = *middle;
  plain.name = "mid-sagittal-plain";
  plain.caption = "The same slice as it came from the scanner.";
  plain.labels = false;
  plain.lines.clear();
  figures.push_back(plain);
  const auto size = static_cast<long>(grid.GetLargestPossibleRegion().GetSize(middle->axis));
  const long step = std::max(1L, std::lround(kParasagittalMm / grid.GetSpacing()[middle->axis]));
  const Toward up = axes_of(grid)[middle->axis];
  for (const long side : {-1L, 1L}) {
    Figure aside = plain;
    aside.slice = middle->slice + side * step;
    if (aside.slice < 0 || aside.slice >= size) continue;
    const bool left = (side > 0) == (up == Toward::kLeft);
    aside.name = left ? "parasagittal-left" : "parasagittal-right";
    aside.caption = fmt::format("{:.0f} mm to the patient's {}: outlines of the vertebral bodies.",
                                static_cast<double>(step) * grid.GetSpacing()[middle->axis],
                                left ? "left" : "right");
    aside.labels = true;
    figures.push_back(aside);
  }
  return figures;
}

}  // namespace

const ParamTable<SpineMri::Params>& SpineMri::Params::table() {
  static const auto table = ParamTable<Params>()
                                .nest(&Params::bias, "bias")
                                .nest(&Params::segmentation, "segmentation")
                                .nest(&Params::levels, "levels")
                                .nest(&Params::morphometry, "morphometry");
  return table;
}

SpineMri::SpineMri(const Params& params, std::string onnx)
    : bias_(params.bias),
      segmentation_(params.segmentation, std::move(onnx)),
      levels_(params.levels),
      morphometry_(params.morphometry) {}

SpineMri::Result SpineMri::operator()(const Volume& scan, Context& context) const {
  require_sagittal_stack(scan);
  const auto flat = context.stage("bias", [&] { return bias_(scan, context); });
  const auto found = context.stage("segmentation", [&] {
    auto bodies = segmentation_(*flat, context);
    require_a_spine(bodies);
    return bodies;
  });
  const auto levels = context.stage("levels", [&] {
    std::vector<VertebraLevels::Seen> seen;
    for (const auto& body : found.bodies)
      seen.push_back({body.centre_lps_mm, body.last_lumbar, body.volume_cm3});
    return levels_(seen, found.s1 ? std::optional(found.s1->centre_lps_mm) : std::nullopt, context);
  });

  Result result;
  result.levels_certain = levels.certain();
  result.outcome.labels = named(found, levels);
  result.geometry = context.stage("morphometry", [&] {
    return morphometry_(*result.outcome.labels, found.body_probability.GetPointer(), context);
  });
  result.outcome.measurements = measurements(result.geometry);
  std::map<std::string, std::string> doubt_of;
  for (const auto& level : levels.levels) doubt_of[anatomy::short_name(level.id)] = level.doubt;
  add_doubts(result.outcome.measurements, doubt_of);
  result.outcome.notes = levels.notes;
  result.outcome.notes.insert(result.outcome.notes.end(), found.notes.begin(), found.notes.end());
  result.outcome.figures = figures_of(result.geometry, scan);
  return result;
}

SpineMri::Result SpineMri::measure(const Labels& labels, Context& context) const {
  Result result;
  result.levels_certain = true;  // whoever drew the labels named them
  result.geometry = context.stage("morphometry", [&] { return morphometry_(labels, context); });
  require(!result.geometry.bodies.empty(),
          Errc::kInput,
          "the label map holds no vertebral body (ids 8..25, 28): is it in another label scheme?");
  result.outcome.labels = Labels::New();
  result.outcome.labels->Graft(&labels);
  result.outcome.measurements = measurements(result.geometry);
  result.outcome.notes.push_back(
      "The segmentation was given, not made here; levels are those of its labels.");
  result.outcome.figures = figures_of(result.geometry, labels);
  return result;
}

const std::vector<EndpointDefinition>& SpineMri::definitions() {
  return SpineMorphometry::definitions();
}

}  // namespace ledd
