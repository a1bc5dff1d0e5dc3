#include "grid.h"

#include <fmt/format.h>

#include <set>

#include "ledd/core/error.h"
#include "ledd/dicom/grid.h"

namespace ledd::dicom_results {
namespace {

/// Frame numbers are given for objects that can have several, and for no others (PS3.3 10.3).
bool is_multi_frame(const dicom::Slice& slice) {
  static const std::set<std::string> classes{UID_EnhancedMRImageStorage,
                                             UID_EnhancedCTImageStorage,
                                             UID_LegacyConvertedEnhancedMRImageStorage,
                                             UID_LegacyConvertedEnhancedCTImageStorage};
  return classes.contains(slice.sop_class_uid);
}

}  // namespace

Labels::Pointer grid_of(const dicom::Stack& stack) {
  require(!stack.slices.empty() && stack.slice_spacing_mm > 0.0,
          Errc::kInput,
          fmt::format("series {} is no volume: it has {} slices, {} mm apart",
                      stack.id,
                      stack.slices.size(),
                      stack.slice_spacing_mm));
  auto grid = Labels::New();
  dicom::set_grid(stack, *grid);
  return grid;
}

void require_on_stack(const itk::ImageBase<3>& image, const dicom::Stack& stack, std::string_view what) {
  require_same_grid(image, *grid_of(stack), fmt::format("{} and the series it was made from", what));
}

DcmItem& put_frame_geometry(const dicom::Stack& stack, DcmItem& data) {
  put(data, DCM_FrameOfReferenceUID, stack.frame_of_reference_uid);
  put(data, DCM_PositionReferenceIndicator, "");
  put_uint16(data, DCM_Rows, stack.rows);
  put_uint16(data, DCM_Columns, stack.columns);
  DcmItem& shared = add_item(data, DCM_SharedFunctionalGroupsSequence);
  DcmItem& measures = add_item(shared, DCM_PixelMeasuresSequence);
  // Between rows first, which is along a column.
  put(measures, DCM_PixelSpacing, decimals({stack.pixel_spacing_mm[1], stack.pixel_spacing_mm[0]}));
  // Voxels are as thick as they lie apart where the source does not say how thick its slices are.
  put(measures, DCM_SliceThickness, decimal(stack.slice_thickness_mm.value_or(stack.slice_spacing_mm)));
  put(measures, DCM_SpacingBetweenSlices, decimal(stack.slice_spacing_mm));
  const Point& r = stack.row_lps;
  const Point& c = stack.column_lps;
  put(add_item(shared, DCM_PlaneOrientationSequence),
      DCM_ImageOrientationPatient,
      decimals({r[0], r[1], r[2], c[0], c[1], c[2]}));
  return shared;
}

DcmItem& add_frame(const dicom::Slice& slice, const Derivation& how, DcmItem& data) {
  DcmItem& frame = add_item(data, DCM_PerFrameFunctionalGroupsSequence);
  DcmItem& derivation = add_item(frame, DCM_DerivationImageSequence);
  DcmItem& source =
      add_reference(derivation, DCM_SourceImageSequence, slice.sop_class_uid, slice.sop_instance_uid);
  if (is_multi_frame(slice)) put(source, DCM_ReferencedFrameNumber, std::to_string(slice.frame + 1));
  add_code(source, DCM_PurposeOfReferenceCodeSequence, how.purpose);
  add_code(derivation, DCM_DerivationCodeSequence, how.derivation);
  const Point& p = slice.position_lps_mm;
  put(add_item(frame, DCM_PlanePositionSequence), DCM_ImagePositionPatient, decimals({p[0], p[1], p[2]}));
  return frame;
}

void put_dimensions(const std::vector<Dimension>& dimensions, const dicom::Stack& stack, DcmItem& data) {
  const std::string uid = uid_of("dimensions", stack.series_uid + " " + stack.id);
  put(add_item(data, DCM_DimensionOrganizationSequence), DCM_DimensionOrganizationUID, uid);
  for (const Dimension& dimension : dimensions) {
    DcmItem& item = add_item(data, DCM_DimensionIndexSequence);
    put(item, DCM_DimensionOrganizationUID, uid);
    put_tag(item, DCM_DimensionIndexPointer, dimension.index);
    put_tag(item, DCM_FunctionalGroupPointer, dimension.group);
    put(item, DCM_DimensionDescriptionLabel, dimension.label);
  }
}

std::vector<const dicom::Slice*> instances(const dicom::Stack& stack) {
  std::vector<const dicom::Slice*> once;
  std::set<std::string> seen;
  for (const dicom::Slice& slice : stack.slices)
    if (seen.insert(slice.sop_instance_uid).second) once.push_back(&slice);
  return once;
}

void put_referenced_series(const dicom::Stack& stack, DcmItem& data) {
  DcmItem& series = add_item(data, DCM_ReferencedSeriesSequence);
  for (const dicom::Slice* slice : instances(stack))
    add_reference(series, DCM_ReferencedInstanceSequence, slice->sop_class_uid, slice->sop_instance_uid);
  put(series, DCM_SeriesInstanceUID, stack.series_uid);
}

}  // namespace ledd::dicom_results
