#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "ledd/anatomy/anatomy.h"
#include "ledd/core/error.h"
#include "ledd/isolation/pool.h"

#include "requests.h"

namespace ledd::dicom_results {
namespace {

namespace fs = std::filesystem;

constexpr double kWallS = 300.0;
constexpr unsigned kCpuS = 120;

/// Asks a child process about a file. @throws Error{kInput}  it failed.
std::string asked(const char* kind, std::string bytes, const fs::path& path, const Context& context) {
  isolation::Pool pool(context);
  isolation::Answer answer =
      pool.ask({.kind = kind, .bytes = std::move(bytes), .wall_s = kWallS, .cpu_s = kCpuS});
  require(answer.failure.empty(),
          Errc::kInput,
          fmt::format("{}: the process that read it {}", path.string(), answer.failure));
  return std::move(answer.bytes);
}

Ground ground_of(const dicom::Stack& stack) {
  Ground ground{stack.series_uid,
                stack.frame_of_reference_uid,
                stack.columns,
                stack.rows,
                stack.pixel_spacing_mm,
                stack.slice_spacing_mm,
                stack.row_lps,
                stack.column_lps,
                stack.normal_lps,
                {}};
  for (const dicom::Slice& slice : stack.slices)
    ground.images.push_back({slice.sop_instance_uid, slice.frame, slice.position_lps_mm});
  return ground;
}

/// A child that was taken over may say anything; what it says must not take over this process.
void require_sane(const SegmentationAnswer& answer, const dicom::Stack* onto, Strangers strangers) {
  const auto need = [](bool ok) {
    if (!ok) isolation::answered_nonsense("a segmentation that no file can hold");
  };
  constexpr std::uint64_t kMostVoxels = std::uint64_t{1} << 31U;
  std::uint64_t voxels = 1;
  for (unsigned a = 0; a < 3; ++a) {
    need(answer.size.at(a) > 0 && answer.size.at(a) <= kMostVoxels / voxels);
    voxels *= answer.size.at(a);
    need(std::isfinite(answer.spacing_mm.at(a)) && answer.spacing_mm.at(a) > 0.0 &&
         std::isfinite(answer.origin_lps_mm.at(a)));
  }
  need(std::all_of(
      answer.direction.begin(), answer.direction.end(), [](double v) { return std::isfinite(v); }));
  need(answer.voxels.size() == voxels * sizeof(Labels::PixelType));
  need(answer.maker <= static_cast<std::uint8_t>(Maker::kManual));
  for (const Segment& segment : answer.segments)
    need(segment.id == 0 || strangers == Strangers::kKeep || anatomy::find(segment.id) != nullptr);
  if (onto != nullptr)
    need(answer.size[0] == onto->columns && answer.size[1] == onto->rows &&
         answer.size[2] == onto->slices.size());
}

ReadSegmentation read_of(SegmentationAnswer answer) {
  ReadSegmentation read;
  read.maker = static_cast<Maker>(answer.maker);
  read.sop_instance_uid = std::move(answer.sop_instance_uid);
  read.frame_of_reference_uid = std::move(answer.frame_of_reference_uid);
  read.segments = std::move(answer.segments);
  read.notes = std::move(answer.notes);
  read.labels = Labels::New();
  Labels::SizeType size{};
  Labels::SpacingType spacing;
  Labels::PointType origin;
  Labels::DirectionType direction;
  for (unsigned a = 0; a < 3; ++a) {
    size[a] = answer.size.at(a);
    spacing[a] = answer.spacing_mm.at(a);
    origin[a] = answer.origin_lps_mm.at(a);
    for (unsigned b = 0; b < 3; ++b) direction(a, b) = answer.direction.at(3 * a + b);
  }
  read.labels->SetRegions(size);
  read.labels->SetSpacing(spacing);
  read.labels->SetOrigin(origin);
  read.labels->SetDirection(direction);
  read.labels->Allocate();
  std::memcpy(read.labels->GetBufferPointer(), answer.voxels.data(), answer.voxels.size());
  return read;
}

}  // namespace

ReadSegmentation read_segmentation(const fs::path& path,
                                   const dicom::Stack* onto,
                                   const SegmentIds& ids,
                                   const Context& context,
                                   Strangers strangers) {
  SegmentationRequest request{
      path, onto != nullptr, {}, {ids.begin(), ids.end()}, strangers == Strangers::kKeep};
  if (onto != nullptr) request.ground = ground_of(*onto);
  SegmentationAnswer answer;
  isolation::unpack(asked(kSegmentationRequest, isolation::packed(request), path, context), answer);
  require_sane(answer, onto, strangers);
  return read_of(std::move(answer));
}

std::vector<std::string> read_segmentation_series(const fs::path& path, const Context& context) {
  std::vector<std::string> series;
  isolation::unpack(asked(kSeriesRequest, isolation::packed(path), path, context), series);
  return series;
}

ReadMeasurementReport read_measurement_report(const fs::path& path, const Context& context) {
  ReadMeasurementReport report;
  isolation::unpack(asked(kReportRequest, isolation::packed(path), path, context), report);
  return report;
}

}  // namespace ledd::dicom_results
