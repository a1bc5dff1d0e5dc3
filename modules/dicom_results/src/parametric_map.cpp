#include "ledd/dicom_results/parametric_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "ledd/core/error.h"

#include "grid.h"
#include "object.h"
#include "origin.h"
#include "report_codes.h"

namespace ledd::dicom_results {
namespace {

constexpr Derivation kHow{{"110001", "DCM", "Image Processing"},
                          {"121322", "DCM", "Source image for image processing operation"}};

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -std::numeric_limits<double>::infinity();
  bool has_zero = false, has_gaps = false;
};

Range range_of(const Volume& map, const std::string& name) {
  Range range;
  const std::size_t count = map.GetBufferedRegion().GetNumberOfPixels();
  for (std::size_t i = 0; i < count; ++i) {
    const double value = map.GetBufferPointer()[i];
    if (std::isnan(value)) {
      range.has_gaps = true;
      continue;
    }
    if (!std::isfinite(value))  // a text for each voxel would take longer than all the rest
      throw Error(Errc::kInput, fmt::format("map {}: voxel {} is {}", name, i, value));
    range.low = std::min(range.low, value);
    range.high = std::max(range.high, value);
    range.has_zero = range.has_zero || value == 0.0;
  }
  require(range.low <= range.high, Errc::kInput, fmt::format("map {}: no voxel has a value", name));
  return range;
}

/// A number that no measured voxel holds.
float padding_of(const Range& range) {
  if (!range.has_zero) return 0.0F;
  const float below = static_cast<float>(std::floor(range.low) - 1.0);
  return below < range.low ? below : std::nextafter(static_cast<float>(range.low), -INFINITY);
}

std::vector<float> padded(const Volume& map, float padding) {
  const float* from = map.GetBufferPointer();
  std::vector<float> values(from, from + map.GetBufferedRegion().GetNumberOfPixels());
  for (float& value : values)
    if (std::isnan(value)) value = padding;
  return values;
}

/// The third and fourth value are terms that the standard defines; a map of our own name is none of them.
const char* image_type(const std::string& name) {
  return name == "T2" ? "DERIVED\\PRIMARY\\VOLUME\\T2_MAP" : "DERIVED\\PRIMARY\\VOLUME\\NONE";
}

void put_image_module(const Origin& origin, const MapMeaning& meaning, DcmItem& d) {
  put(d, DCM_ImageType, image_type(meaning.name));
  put(d, DCM_ContentLabel, "MAP");
  put(d, DCM_ContentDescription, fitted(meaning.name, kLongBytes));
  put(d, DCM_ContentCreatorName, "");
  put(d, DCM_ContentQualification, "RESEARCH");
  put(d, DCM_BurnedInAnnotation, "NO");
  put(d, DCM_RecognizableVisualFeatures, "NO");
  put(d, DCM_LossyImageCompression, "00");
  put(d, DCM_PresentationLUTShape, "IDENTITY");
  put_empty_sequence(d, DCM_AcquisitionContextSequence);
  put_uint16(d, DCM_SamplesPerPixel, 1);
  put(d, DCM_PhotometricInterpretation, "MONOCHROME2");
  put_uint16(d, DCM_BitsAllocated, 32);
  put(d, DCM_NumberOfFrames, std::to_string(origin.source->slices.size()));
}

/// One number, as a range from it to itself: validators ask for both ends.
void put_padding(float padding, DcmItem& d) {
  d.putAndInsertFloat32(DcmTag(DCM_FloatPixelPaddingValue), padding);
  d.putAndInsertFloat32(DcmTag(DCM_FloatPixelPaddingRangeLimit), padding);
}

void add_value_mapping(const MapMeaning& meaning, const Range& range, DcmItem& shared) {
  DcmItem& mapping = add_item(shared, DCM_RealWorldValueMappingSequence);
  put_double(mapping, DCM_DoubleFloatRealWorldValueFirstValueMapped, range.low);
  put_double(mapping, DCM_DoubleFloatRealWorldValueLastValueMapped, range.high);
  put_double(mapping, DCM_RealWorldValueIntercept, 0.0);
  put_double(mapping, DCM_RealWorldValueSlope, 1.0);
  put(mapping, DCM_LUTExplanation, fitted(meaning.name, kLongBytes));
  put(mapping, DCM_LUTLabel, fitted(meaning.name, kShortBytes));
  add_code(mapping, DCM_MeasurementUnitsCodeSequence, unit_code(meaning.unit).code());
  DcmItem& quantity = add_item(mapping, DCM_QuantityDefinitionSequence);
  put(quantity, DCM_ValueType, "CODE");
  add_code(quantity, DCM_ConceptNameCodeSequence, {"246205007", "SCT", "Quantity"});
  add_code(quantity, DCM_ConceptCodeSequence, quantity_code(meaning.name).code());
}

void add_shared_groups(const MapMeaning& meaning, const Range& range, const Origin& origin, DcmItem& shared) {
  put(add_item(shared, DCM_ParametricMapFrameTypeSequence), DCM_FrameType, image_type(meaning.name));
  DcmItem& anatomy = add_item(shared, DCM_FrameAnatomySequence);
  // A whole slice may show more than the structure that was measured: no more than the side is claimed.
  put(anatomy, DCM_FrameLaterality, origin.side.empty() ? "U" : origin.side);
  add_code(anatomy, DCM_AnatomicRegionSequence, region_of(origin));
  DcmItem& identity = add_item(shared, DCM_PixelValueTransformationSequence);
  put(identity, DCM_RescaleIntercept, "0");
  put(identity, DCM_RescaleSlope, "1");
  put(identity, DCM_RescaleType, "US");
  add_value_mapping(meaning, range, shared);
}

}  // namespace

std::string parametric_map(const Volume& map, const MapMeaning& meaning, const Origin& origin) {
  require(!meaning.name.empty() && !meaning.unit.empty(), Errc::kInput, "a map needs a name and a unit");
  require_usable(origin);
  const dicom::Stack& stack = *origin.source;
  Object object(origin,
                {.role = "map " + meaning.name,
                 .sop_class = UID_ParametricMapStorage,
                 .modality = stack.modality.empty() ? "OT" : stack.modality,
                 .series_number = 9003});
  require_on_stack(map, stack, fmt::format("map {}", meaning.name));
  const Range range = range_of(map, meaning.name);
  const float padding = padding_of(range);
  DcmDataset& d = object.data();
  put_image_module(origin, meaning, d);
  if (range.has_gaps) put_padding(padding, d);
  add_shared_groups(meaning, range, origin, put_frame_geometry(stack, d));
  put_referenced_series(stack, d);
  put_dimensions({{DCM_ImagePositionPatient, DCM_PlanePositionSequence, "Position"}}, stack, d);
  for (std::size_t k = 0; k < stack.slices.size(); ++k)
    put_uint32(add_item(add_frame(stack.slices[k], kHow, d), DCM_FrameContentSequence),
               DCM_DimensionIndexValues,
               k + 1);
  const std::vector<float> values = padded(map, padding);
  return object.finish(
      {DCM_FloatPixelData,
       "OF",
       {reinterpret_cast<const std::uint8_t*>(values.data()), values.size() * sizeof(float)}});
}

}  // namespace ledd::dicom_results
