#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "ledd/dicom/dicom.h"
#include "ledd/dicom_results/measurement_report.h"
#include "ledd/dicom_results/segmentation.h"
#include "ledd/isolation/archive.h"

// What goes between the processes, member by member; see isolation::ArchiveWriter.
namespace ledd::dicom_results {

constexpr const char* kSegmentationRequest =
    "dicom_results.segmentation";  ///< A SegmentationRequest; answered by a SegmentationAnswer.
constexpr const char* kSeriesRequest = "dicom_results.series";  ///< A path; answered by UIDs.
constexpr const char* kReportRequest =
    "dicom_results.report";  ///< A path; answered by a ReadMeasurementReport.

/// Of a stack, what it takes to lay a segmentation on it.
struct Ground {
  struct Image {
    std::string sop_instance_uid;
    unsigned frame = 0;
    Point position_lps_mm{};
  };
  std::string series_uid, frame_of_reference_uid;
  unsigned columns = 0, rows = 0;
  std::array<double, 2> pixel_spacing_mm{};
  double slice_spacing_mm = 0.0;
  Point row_lps{}, column_lps{}, normal_lps{};
  std::vector<Image> images;
};

struct SegmentationRequest {
  std::filesystem::path path;
  bool has_ground = false;
  Ground ground;
  std::vector<std::pair<std::string, std::uint16_t>> ids;
  bool keep_strangers = false;
};

struct SegmentationAnswer {
  std::uint8_t maker = 0;
  std::string sop_instance_uid, frame_of_reference_uid;
  std::vector<Segment> segments;
  std::vector<std::string> notes;
  std::array<std::uint64_t, 3> size{};
  std::array<double, 3> spacing_mm{}, origin_lps_mm{};
  std::array<double, 9> direction{};
  std::string voxels;  ///< 16 bits each.
};

template <class Archive>
void fields(Archive& archive, Ground::Image& i) {
  archive(i.sop_instance_uid, i.frame, i.position_lps_mm);
}

template <class Archive>
void fields(Archive& archive, Ground& g) {
  archive(g.series_uid, g.frame_of_reference_uid, g.columns, g.rows, g.pixel_spacing_mm, g.slice_spacing_mm);
  archive(g.row_lps, g.column_lps, g.normal_lps, g.images);
}

template <class Archive>
void fields(Archive& archive, SegmentationRequest& r) {
  archive(r.path, r.has_ground, r.ground, r.ids, r.keep_strangers);
}

template <class Archive>
void fields(Archive& archive, Segment& s) {
  archive(s.number, s.id, s.label, s.tracking_id, s.tracking_uid, s.rgb);
}

template <class Archive>
void fields(Archive& archive, SegmentationAnswer& a) {
  archive(a.maker, a.sop_instance_uid, a.segments, a.notes, a.size, a.spacing_mm, a.origin_lps_mm);
  archive(a.direction, a.voxels, a.frame_of_reference_uid);
}

template <class Archive>
void fields(Archive& archive, ReadMeasurement& r) {
  Measurement& m = r.measurement;
  auto quality = static_cast<std::uint8_t>(m.quality);
  archive(m.side, m.region, m.endpoint, m.statistic, m.value, m.unit, quality, m.reason, m.inherent);
  archive(r.method, r.segmentation_uid, r.tracking_uid, r.title, r.segment);
  if (quality > static_cast<std::uint8_t>(Quality::kFailed))
    isolation::answered_nonsense("a quality that there is not");
  m.quality = static_cast<Quality>(quality);
}

template <class Archive>
void fields(Archive& archive, ReadMeasurementReport& r) {
  archive(r.measurements, r.source_uids, r.notes);
}

}  // namespace ledd::dicom_results
