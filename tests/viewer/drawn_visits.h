#pragma once
#include <filesystem>
#include <functional>
#include <string>

#include "ledd/cases/open_case.h"
#include "ledd/dicom/dicom.h"
#include "ledd/files/files.h"
#include "ledd/image/image.h"
#include "ledd/mesh/vectors.h"
#include "ledd/rigid_alignment/rigid_alignment.h"
#include "ledd/store/store.h"

#include "beside_registration.h"
#include "phantom.h"
#include "record.h"

namespace ledd::testing {

/// What is at a point of a drawn body, in coordinates of its own.
using Anatomy = std::function<std::uint16_t(const Point&)>;

inline bool in_ball(const Point& p, const Point& centre, const Point& radii) {
  double sum = 0.0;
  for (unsigned a = 0; a < 3; ++a) sum += (p[a] - centre[a]) * (p[a] - centre[a]) / (radii[a] * radii[a]);
  return sum <= 1.0;
}

/// A femur with two unlike condyles, and a tibia below it.
inline std::uint16_t drawn_knee(const Point& p) {
  const auto& [x, y, z] = p;
  if (in_ball(p, {-14, 4, 0}, {14, 22, 16}) || in_ball(p, {15, 0, 1}, {12, 19, 14})) return 201;
  if (z > 5 && z < 45 && in_ball({x, y, 0}, {-2, -6, 0}, {13, 10, 1})) return 201;
  if (z < -18 && z > -28 && in_ball({x, y, 0}, {0, 0, 0}, {31, 20, 1})) return 203;
  if (z <= -28 && z > -48 && in_ball({x, y, 0}, {3, -4, 0}, {15, 12, 1})) return 203;
  return 0;
}

/// L1 to L5 as blocks along a bow.
inline std::uint16_t drawn_spine(const Point& p) {
  for (int n = 0; n < 5; ++n) {
    const double up_mm = 36.0 * (2 - n), forward_mm = 12.0 - 3.0 * (n - 2) * (n - 2);
    if (std::abs(p[0]) < 22 && std::abs(p[1] + forward_mm) < 16 && std::abs(p[2] - up_mm) < 13)
      return static_cast<std::uint16_t>(20 + n);
  }
  return 0;
}

/// A turn about an axis of its own kind, then a shift.
inline RigidMotion turned(double degrees, const Point& shift_mm) {
  const double angle = degrees * M_PI / 180.0, c = std::cos(angle), s = std::sin(angle);
  const Point u = vec::unit({0.3, 0.5, 0.8});
  RigidMotion motion;
  motion.shift_mm = shift_mm;
  const std::array<Point, 3> cross{{{0, -u[2], u[1]}, {u[2], 0, -u[0]}, {-u[1], u[0], 0}}};
  for (unsigned r = 0; r < 3; ++r)
    for (unsigned k = 0; k < 3; ++k)
      motion.rotation[r][k] = (r == k ? c : 0.0) + s * cross[r][k] + (1.0 - c) * u[r] * u[k];
  return motion;
}

/// A scan of a body that lies so and so.
struct Drawing {
  Anatomy anatomy;
  RigidMotion patient_from_body;
  RigidMotion patient_from_grid;  ///< How the slices lie; the grid's middle is its zero.
  std::array<double, 3> spacing_mm{1.0, 1.0, 2.0};
  std::array<double, 3> extent_mm{80.0, 70.0, 110.0};
  Point mark_body_mm{};  ///< A black ball of 2.5 mm radius.
};

struct Drawn {
  Volume::Pointer scan;
  Labels::Pointer labels;
};

inline Drawn draw(const Drawing& drawing) {
  phantom::Size size{};
  Point corner{};
  for (unsigned a = 0; a < 3; ++a) {
    size[a] = static_cast<std::size_t>(drawing.extent_mm[a] / drawing.spacing_mm[a]);
    corner[a] = -0.5 * (static_cast<double>(size[a]) - 1.0) * drawing.spacing_mm[a];
  }
  Drawn drawn{phantom::blank<Volume>(size, drawing.spacing_mm, 20.0F),
              phantom::blank<Labels>(size, drawing.spacing_mm, 0)};
  const Point origin = drawing.patient_from_grid(corner);
  Volume::DirectionType direction;
  for (unsigned r = 0; r < 3; ++r)
    for (unsigned c = 0; c < 3; ++c) direction(r, c) = drawing.patient_from_grid.rotation[r][c];
  for (itk::ImageBase<3>* image : {static_cast<itk::ImageBase<3>*>(drawn.scan.GetPointer()),
                                   static_cast<itk::ImageBase<3>*>(drawn.labels.GetPointer())}) {
    image->SetOrigin(origin.data());
    image->SetDirection(direction);
  }
  const RigidMotion body_from_patient = viewer::inverse_of(drawing.patient_from_body);
  for (std::size_t n = 0; n < drawn.labels->GetLargestPossibleRegion().GetNumberOfPixels(); ++n) {
    Labels::PointType p;
    drawn.labels->TransformIndexToPhysicalPoint(drawn.labels->ComputeIndex(static_cast<long>(n)), p);
    const Point body = body_from_patient({p[0], p[1], p[2]});
    const std::uint16_t id = drawing.anatomy(body);
    drawn.labels->GetBufferPointer()[n] = id;
    if (id != 0) drawn.scan->GetBufferPointer()[n] = 100.0F;
    if (in_ball(body, drawing.mark_body_mm, {2.5, 2.5, 2.5})) drawn.scan->GetBufferPointer()[n] = 1.0F;
  }
  return drawn;
}

inline cases::OpenCase open(const Drawn& drawn) {
  cases::OpenCase opened;
  opened.scan = drawn.scan;
  opened.labels = drawn.labels;
  return opened;
}

/// What is known of a visit.
struct Visit {
  std::string id, subject, date;
  std::string pipeline = "knee-mri";
};

/// A finished case as a run leaves it, its scan as NIfTI beside the output folder.
inline void write(const Visit& visit, const Drawn& drawn, const std::filesystem::path& root) {
  const auto scan = root / "scans" / (visit.id + ".nii.gz"), folder = root / "out" / "cases" / visit.id;
  std::filesystem::create_directories(scan.parent_path());
  std::filesystem::create_directories(folder);
  files::write_volume(*drawn.scan, scan);
  files::write_labels(*drawn.labels, folder / "labels.nii.gz");
  store::CaseEndpoints endpoints;
  endpoints.info = {
      visit.id, visit.subject, "", visit.date, "North", "Vendor, Model 3T", visit.pipeline, "1.0"};
  const EndpointDefinition volume{"VC", "Volume", "mm3", "voxel/1", "Voxels.", "made for tests", "none"};
  endpoints.definitions = {volume};
  endpoints.measurements = {measured("L1", volume, 1.0)};
  endpoints.measurements.front().side = "R";
  cases::Provenance p;
  p.case_id = visit.id;
  p.pipeline = visit.pipeline;
  p.series = "series 3 \"SAG\"";
  p.used = {{files::sha256_of_file(scan).substr(0, 12), p.series, "primary", "", ""}};
  p.inputs = {{scan.string(), files::sha256_of_file(scan)}};
  p.outputs = {{"labels.nii.gz", files::sha256_of_file(folder / "labels.nii.gz")}};
  files::write_bytes(store::print_endpoints(endpoints), folder / "endpoints.json");
  files::write_bytes(cases::print(p), folder / "provenance.json");
}

/// A finished case "c1" of a DICOM series, without results.
inline void write_case_of(const dicom::Stack& stack, const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  cases::Provenance p;
  p.case_id = "c1";
  p.used = {{stack.id, "series 1", "primary", "", ""}};
  for (const auto& slice : stack.slices) p.inputs.push_back({slice.path.string(), ""});
  store::CaseEndpoints endpoints;
  endpoints.info.case_id = "c1";
  files::write_bytes(store::print_endpoints(endpoints), folder / "endpoints.json");
  files::write_bytes(cases::print(p), folder / "provenance.json");
}

}  // namespace ledd::testing
