#include "drawn_cases.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <cmath>

#include "ledd/cases/batch.h"
#include "ledd/core/error.h"
#include "ledd/phantom_base/dicom_series.h"
#include "ledd/phantom_base/vec.h"

namespace ledd::testing {
namespace {

constexpr std::uint16_t kFirstBody = 13, kBodies = 12, kRightFemur = 211;

/// The structure at a place whose coordinates go from -1 to 1 across the scan: x left, y back, z up.
std::uint16_t structure_at(double x, double y, double z) {
  const double top = 0.95, pitch = 1.35 / kBodies;
  const double depth = (top - z) / pitch;
  if (depth >= 0.0 && depth < kBodies) {
    const double bx = x / 0.11, by = (y - 0.25 - 0.08 * std::sin(3.0 * z)) / 0.085;
    const double within = depth - std::floor(depth);
    if (bx * bx + by * by < 1.0 && within > 0.12 && within < 0.88)
      return static_cast<std::uint16_t>(kFirstBody + static_cast<int>(depth));
  }
  for (const double side : {-1.0, 1.0}) {
    const double fx = x - side * 0.42, fy = y;
    const bool head = fx * fx + fy * fy + std::pow((z + 0.55) * 0.9, 2) < 0.013;
    const double sx = x - side * (0.42 + 0.1 * std::min(1.0, (-0.55 - z) * 4.0));
    const bool shaft = z < -0.55 && sx * sx + fy * fy < 0.0045;
    if (head || shaft) return static_cast<std::uint16_t>(kRightFemur + (side > 0 ? 1 : 0));
  }
  return 0;
}

/// Calls body(voxel, x, y, z) for every voxel of a grid.
template <class Body>
void for_places(const itk::Size<3>& size, const Body& body) {
  const auto place = [](std::size_t n, std::size_t count) {
    return 2.0 * (static_cast<double>(n) + 0.5) / static_cast<double>(count) - 1.0;
  };
  tbb::parallel_for(std::size_t{0}, size[2], [&](std::size_t k) {
    std::size_t n = k * size[0] * size[1];
    for (std::size_t j = 0; j < size[1]; ++j)
      for (std::size_t i = 0; i < size[0]; ++i, ++n)
        body(n, place(i, size[0]), place(j, size[1]), place(k, size[2]));
  });
}

Volume::Pointer drawn_scan(std::size_t columns, std::size_t slices, std::uint64_t seed) {
  auto scan = Volume::New();
  const itk::Size<3> size{columns, columns, slices};
  scan->SetRegions(size);
  const double field_mm = 410.0, height_mm = 450.0;
  Volume::SpacingType spacing;
  spacing[0] = spacing[1] = field_mm / static_cast<double>(columns);
  spacing[2] = height_mm / static_cast<double>(slices);
  scan->SetSpacing(spacing);
  Volume::PointType origin;
  for (unsigned axis = 0; axis < 3; ++axis)
    origin[axis] = -0.5 * spacing[axis] * static_cast<double>(size[axis] - 1);
  scan->SetOrigin(origin);
  scan->Allocate();
  float* const voxels = scan->GetBufferPointer();
  for_places(size, [&](std::size_t n, double x, double y, double z) {
    const bool body = x * x / 0.72 + y * y / 0.36 < 1.0;
    const bool soft = x * x / 0.6 + y * y / 0.26 < 1.0;
    const double hu = structure_at(x, y, z) != 0 ? 250.0 : soft ? 45.0 : body ? -90.0 : -1000.0;
    const double noise = body ? 12.0 * phantom::normal2(seed, n)[0] : 0.0;
    voxels[n] = static_cast<float>(std::round(hu + noise));
  });
  return scan;
}

const EndpointDefinition& volume_definition() {
  static const EndpointDefinition definition{
      "Vol", "Volume", "mm3", "voxel-count/1", "Voxels times the volume of one.", "made for tests", "exact"};
  return definition;
}

Outcome found_in(const Volume& scan) {
  Outcome outcome;
  outcome.labels = Labels::New();
  outcome.labels->CopyInformation(&scan);
  outcome.labels->SetRegions(scan.GetLargestPossibleRegion());
  outcome.labels->Allocate();
  std::uint16_t* const labels = outcome.labels->GetBufferPointer();
  const auto size = scan.GetLargestPossibleRegion().GetSize();
  for_places(size, [&](std::size_t n, double x, double y, double z) { labels[n] = structure_at(x, y, z); });
  const auto count = std::count(labels, labels + scan.GetLargestPossibleRegion().GetNumberOfPixels(), 24);
  const auto spacing = scan.GetSpacing();
  outcome.measurements.push_back(
      measured("L5", volume_definition(), static_cast<double>(count) * spacing[0] * spacing[1] * spacing[2]));
  Figure figure;
  figure.name = "middle";
  figure.caption = "The middle slice.";
  figure.slice = static_cast<long>(size[2] / 2);
  figure.lines.push_back({{{-30.0, 20.0, 0.0}, {30.0, 20.0, 0.0}}, {255, 213, 79}, "width"});
  outcome.figures.push_back(figure);
  return outcome;
}

cases::Pipeline drawn_pipeline() {
  cases::Pipeline pipeline;
  pipeline.name = "drawn";
  pipeline.summary = "What was drawn.";
  pipeline.accepts = "A drawn CT.";
  pipeline.steps = {"draw"};
  pipeline.definitions = {volume_definition()};
  pipeline.match_stack = [](const dicom::Stack&) { return cases::Match{true, ""}; };
  pipeline.match_image = [](const itk::ImageBase<3>&) { return cases::Match{true, ""}; };
  pipeline.prepare = [](const ValueMap&) {
    return cases::Prepared{{}, [](const cases::CaseInput& input, Context&) { return found_in(*input.scan); }};
  };
  return pipeline;
}

}  // namespace

std::vector<std::string> draw_cases(const std::filesystem::path& folder,
                                    std::size_t cases,
                                    std::size_t columns,
                                    std::size_t slices) {
  for (std::size_t n = 0; n < cases; ++n) {
    phantom::DicomSeries series;
    series.ct = true;
    series.intercept = -1024.0;
    series.person = series.content = fmt::format("drawn {} of {} x {}", n, columns, slices);
    const auto scan = drawn_scan(columns, slices, n);
    series.thickness_mm = series.pitch_mm = scan->GetSpacing()[2];
    series.attributes = {{"PatientName", "Phantom^Drawn"},
                         {"PatientID", fmt::format("DRAWN-{}", n)},
                         {"SeriesNumber", "2"},
                         {"SeriesDescription", "drawn CT"},
                         {"PatientPosition", "HFS"},
                         {"ImageType", "ORIGINAL\\PRIMARY\\AXIAL"}};
    phantom::write_dicom_series(*scan, series, folder / "dicom" / std::to_string(n));
  }
  Context context;
  const cases::Registry registry{drawn_pipeline()};
  const auto planned =
      cases::plan(cases::survey({folder / "dicom"}, {}, registry, context), registry.front(), {});
  cases::BatchOptions options;
  options.out = folder / "out";
  cases::Stop stop;
  const auto summary =
      cases::run_batch(planned, {registry.front(), registry.front().prepare({})}, options, {}, stop);
  require(summary.done + summary.cached == cases, Errc::kInternal, "a drawn case was not finished");
  std::vector<std::string> ids;
  for (const auto& one : planned) ids.push_back(one.id);
  return ids;
}

}  // namespace ledd::testing
