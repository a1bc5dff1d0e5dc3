#pragma once
#include <concepts>
#include <tuple>
#include <type_traits>

#include "ledd/cases/frozen_plan.h"

// All members of what a plan is made of, in order. Each is named by a structured binding, which does not
// compile when a member is added or taken away: none can be forgotten in the frozen plan.
// This is no `fields()` of isolation::ArchiveWriter on purpose: ledd::dicom has one of Stack, with fewer
// members, and the linker would take one for the other.
namespace ledd::cases::frozen {

template <class T, class U>
concept Is = std::same_as<std::remove_const_t<T>, U>;

template <Is<dicom::HeaderValue> T>
auto members(T& v) {
  auto& [group, element, value] = v;
  return std::tie(group, element, value);
}

template <Is<dicom::ScancoCalibration> T>
auto members(T& v) {
  auto& [mu_scaling, slope, intercept] = v;
  return std::tie(mu_scaling, slope, intercept);
}

template <Is<dicom::Slice> T>
auto members(T& v) {
  auto& [path, uid, sop_class, frame, position, slope, intercept] = v;
  return std::tie(path, uid, sop_class, frame, position, slope, intercept);
}

// NOLINTNEXTLINE(readability-function-size): a list of names
template <Is<dicom::Stack> T>
auto members(T& v) {
  auto& [id,
         patient,
         study,
         date,
         study_text,
         series,
         series_text,
         protocol,
         modality,
         part,
         frame_of_reference,
         maker,
         model,
         station,
         institution,
         serial,
         software,
         image_type,
         scanning,
         sequence,
         laterality,
         scan_options,
         number,
         field_t,
         tr,
         te,
         ti,
         flip,
         spoiler_area,
         spoiler,
         kvp,
         current,
         thickness,
         diameter,
         kernel,
         agent,
         acquired,
         acquired_from,
         patient_study,
         rescale_type,
         scanco,
         localizer,
         columns,
         rows,
         pixel,
         gap,
         row,
         column,
         normal,
         slices,
         problem] = v;
  return std::tie(id,
                  patient,
                  study,
                  date,
                  study_text,
                  series,
                  series_text,
                  protocol,
                  modality,
                  part,
                  frame_of_reference,
                  maker,
                  model,
                  station,
                  institution,
                  serial,
                  software,
                  image_type,
                  scanning,
                  sequence,
                  laterality,
                  scan_options,
                  number,
                  field_t,
                  tr,
                  te,
                  ti,
                  flip,
                  spoiler_area,
                  spoiler,
                  kvp,
                  current,
                  thickness,
                  diameter,
                  kernel,
                  agent,
                  acquired,
                  acquired_from,
                  patient_study,
                  rescale_type,
                  scanco,
                  localizer,
                  columns,
                  rows,
                  pixel,
                  gap,
                  row,
                  column,
                  normal,
                  slices,
                  problem);
}

template <Is<files::ScancoHeader> T>
auto members(T& v) {
  auto& [version,
         size,
         spacing,
         first,
         scaling,
         slope,
         intercept,
         unit,
         water,
         energy,
         intensity,
         integration,
         scanner,
         type,
         site,
         patient,
         measurement] = v;
  return std::tie(version,
                  size,
                  spacing,
                  first,
                  scaling,
                  slope,
                  intercept,
                  unit,
                  water,
                  energy,
                  intensity,
                  integration,
                  scanner,
                  type,
                  site,
                  patient,
                  measurement);
}

template <Is<Match> T>
auto members(T& v) {
  auto& [accepted, reason] = v;
  return std::tie(accepted, reason);
}

template <Is<Verdict> T>
auto members(T& v) {
  auto& [pipeline, match] = v;
  return std::tie(pipeline, match);
}

template <Is<MrWeighting> T>
auto members(T& v) {
  auto& [contrast, suppressed, probability, reason, tr, te] = v;
  return std::tie(contrast, suppressed, probability, reason, tr, te);
}

template <Is<Series> T>
auto members(T& v) {
  auto& [id, stack, image, scanco, tiff, geometry, problem, verdicts] = v;
  return std::tie(id, stack, image, scanco, tiff, geometry, problem, verdicts);
}

template <Is<Companion> T>
auto members(T& v) {
  auto& [series, role, weighting, above, below] = v;
  return std::tie(series, role, weighting, above, below);
}

template <Is<PlannedCase> T>
auto members(T& v) {
  auto& [id, series, problem, weighting, companions, apart, replaces, no_anatomy] = v;
  return std::tie(id, series, problem, weighting, companions, apart, replaces, no_anatomy);
}

template <Is<LabelRequest> T>
auto members(T& v) {
  auto& [file, scheme] = v;
  return std::tie(file, scheme);
}

template <Is<FrozenFile> T>
auto members(T& v) {
  auto& [path, bytes, modified] = v;
  return std::tie(path, bytes, modified);
}

template <Is<FrozenCase> T>
auto members(T& v) {
  auto& [planned, files, done_by, refused_by] = v;
  return std::tie(planned, files, done_by, refused_by);
}

template <Is<FrozenPlan> T>
auto members(T& v) {
  auto& [run, utc, version, program, pipeline, given, effective, models, labels, out, key, force, cases] = v;
  return std::tie(
      run, utc, version, program, pipeline, given, effective, models, labels, out, key, force, cases);
}

template <class T>
concept Described = requires(T& value) {
  members(value);
};

/// How many values an enumeration has: a number beyond them is no value of it.
template <class T>
constexpr int kValues = 0;
template <>
inline constexpr int kValues<SeriesRole> = static_cast<int>(SeriesRole::kAnatomy) + 1;
template <>
inline constexpr int kValues<MrContrast> = static_cast<int>(MrContrast::kFat) + 1;

}  // namespace ledd::cases::frozen
