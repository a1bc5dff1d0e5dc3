#pragma once
#include <string>
#include <vector>

#include "ledd/isolation/archive.h"

#include "header.h"
#include "planes.h"

// What goes between the processes, member by member; see isolation::ArchiveWriter.
namespace ledd::dicom {

template <class Archive>
void fields(Archive& archive, HeaderValue& v) {
  archive(v.group, v.element, v.value);
}

template <class Archive>
void fields(Archive& archive, ScancoCalibration& c) {
  archive(c.mu_scaling, c.slope, c.intercept);
}

/// The descriptive fields, which are all that a header fills.
template <class Archive>
void fields(Archive& archive, Stack& s) {
  archive(s.patient_id, s.study_uid, s.study_date, s.study_description, s.series_uid, s.series_description);
  archive(s.protocol, s.modality, s.body_part, s.frame_of_reference_uid, s.manufacturer, s.model, s.station);
  archive(s.institution, s.device_serial, s.software, s.image_type, s.scanning_sequence, s.sequence_name);
  archive(s.laterality, s.scan_options, s.series_number, s.field_strength_t, s.repetition_time_ms);
  archive(s.echo_time_ms, s.inversion_time_ms, s.flip_angle_deg, s.spoiler_area_g_us_per_cm, s.spoiler_us);
  archive(s.kvp, s.tube_current_ma, s.slice_thickness_mm, s.reconstruction_diameter_mm, s.convolution_kernel);
  archive(s.contrast_agent, s.patient_study, s.rescale_type, s.scanco, s.localizer);
  archive(s.acquired, s.acquired_from);
}

template <class Archive>
void fields(Archive& archive, Frame& f) {
  archive(f.position_lps_mm, f.row_lps, f.column_lps, f.pixel_spacing_mm, f.rescale_slope);
  archive(f.rescale_intercept, f.echo_time_ms, f.type, f.contrast, f.repeats);
}

template <class Archive>
void fields(Archive& archive, PixelFormat& p) {
  archive(p.transfer_syntax, p.rows, p.columns, p.frames, p.bits_allocated, p.bits_stored, p.high_bit);
  archive(p.is_signed);
}

/// What a file does not share with others of its series, but for its path.
template <class Archive>
void own_fields(Archive& archive, Facts& f) {
  archive(f.sop_instance_uid, f.sop_class_uid, f.dataset_offset, f.pixels, f.frames);
  archive(f.defect, f.cut_off, f.without_geometry);
}

template <class Archive>
void fields(Archive& archive, Facts& f) {
  archive(f.path, f.common);
  own_fields(archive, f);
}

template <class Archive>
void fields(Archive& archive, Scanned& s) {
  auto decision = static_cast<std::uint8_t>(s.entry.decision);
  archive(s.entry.path, decision, s.entry.reason, s.facts, s.hint, s.passing);
  if (decision > static_cast<std::uint8_t>(Decision::kRefused))
    isolation::answered_nonsense("a decision that there is not");
  s.entry.decision = static_cast<Decision>(decision);
}

template <class Archive>
void fields(Archive& archive, SeriesHint& h) {
  archive(h.series_uid, h.image_plane, h.known_class);
}

template <class Archive>
void fields(Archive& archive, PlaneRequest::Plane& p) {
  archive(p.frame, p.sop_instance_uid, p.position_lps_mm);
}

template <class Archive>
void fields(Archive& archive, PlaneRequest& r) {
  archive(r.path, r.rows, r.columns, r.planes);
}

}  // namespace ledd::dicom
