#include "ledd/dicom_results/segmentation.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "ledd/core/error.h"

#include "colour.h"
#include "grid.h"
#include "object.h"
#include "origin.h"

namespace ledd::dicom_results {
namespace {

constexpr Derivation kHow{{"113076", "DCM", "Segmentation"},
                          {"121322", "DCM", "Source image for image processing operation"}};

/// Which label occurs where.
struct Occurrence {
  std::vector<std::uint16_t> ids;        ///< Ascending.
  std::vector<std::vector<bool>> slice;  ///< By index of the id, by slice.
};

std::size_t slice_voxels(const Labels& labels) {
  const auto size = labels.GetBufferedRegion().GetSize();
  return size[0] * size[1];
}

Occurrence find_labels(const Labels& labels) {
  const std::size_t slices = labels.GetBufferedRegion().GetSize()[2];
  const std::size_t count = slice_voxels(labels);
  std::vector<std::vector<bool>> seen(65536);
  for (std::size_t k = 0; k < slices; ++k) {
    const std::uint16_t* voxel = labels.GetBufferPointer() + k * count;
    std::uint16_t last = 0;  // voxels come in runs
    for (std::size_t i = 0; i < count; ++i) {
      if (voxel[i] == last) continue;
      last = voxel[i];
      if (last == 0) continue;
      if (seen[last].empty()) seen[last].resize(slices);
      seen[last][k] = true;
    }
  }
  Occurrence found;
  for (std::size_t id = 1; id < seen.size(); ++id) {
    if (seen[id].empty()) continue;
    found.ids.push_back(static_cast<std::uint16_t>(id));
    found.slice.push_back(seen[id]);
  }
  return found;
}

/// Number of the frame of each label and slice; frames are in order of segments, then of slices.
struct Frames {
  std::vector<std::vector<std::size_t>> number;  ///< By index of the id, by slice.
  std::size_t count = 0;
};

Frames number_frames(const Occurrence& found) {
  Frames frames;
  for (const std::vector<bool>& slices : found.slice) {
    std::vector<std::size_t> numbers(slices.size());
    for (std::size_t k = 0; k < slices.size(); ++k)
      if (slices[k]) numbers[k] = frames.count++;
    frames.number.push_back(std::move(numbers));
  }
  return frames;
}

/// Pixels of all frames, one bit each, the first in the lowest bit; frames follow each other without a gap.
std::vector<std::uint8_t> pack(const Labels& labels, const Occurrence& found, const Frames& frames) {
  const std::size_t count = slice_voxels(labels);
  const std::size_t slices = labels.GetBufferedRegion().GetSize()[2];
  std::vector<std::uint8_t> bits((frames.count * count + 7) / 8);
  std::vector<std::size_t> first_bit(65536);
  for (std::size_t k = 0; k < slices; ++k) {
    for (std::size_t s = 0; s < found.ids.size(); ++s) first_bit[found.ids[s]] = frames.number[s][k] * count;
    const std::uint16_t* voxel = labels.GetBufferPointer() + k * count;
    for (std::size_t i = 0; i < count; ++i) {
      if (voxel[i] == 0) continue;
      const std::size_t bit = first_bit[voxel[i]] + i;
      bits[bit / 8] = static_cast<std::uint8_t>(bits[bit / 8] | 1U << (bit % 8));
    }
  }
  return bits;
}

void put_image_module(const Origin& origin, DcmItem& d) {
  put(d, DCM_ImageType, "DERIVED\\PRIMARY");
  put(d, DCM_ContentLabel, "SEGMENTATION");
  put(d,
      DCM_ContentDescription,
      origin.corrected ? "Structures as segmented by Ledd and corrected by a reader"
                       : "Structures as segmented by Ledd");
  put(d, DCM_ContentCreatorName, origin.corrected ? fitted(origin.corrected->reader, kLongBytes) : "");
  put_uint16(d, DCM_SamplesPerPixel, 1);
  put(d, DCM_PhotometricInterpretation, "MONOCHROME2");
  put_uint16(d, DCM_PixelRepresentation, 0);
  put_uint16(d, DCM_BitsAllocated, 1);
  put_uint16(d, DCM_BitsStored, 1);
  put_uint16(d, DCM_HighBit, 0);
  put(d, DCM_LossyImageCompression, "00");
  put(d, DCM_SegmentationType, "BINARY");
  put(d, DCM_SegmentsOverlap, "NO");
}

const char* algorithm_type(Maker maker) {
  switch (maker) {
    case Maker::kAutomatic: return "AUTOMATIC";
    case Maker::kSemiautomatic: return "SEMIAUTOMATIC";
    case Maker::kManual: return "MANUAL";
  }
  return "MANUAL";
}

void add_codes(const anatomy::SegmentCodes& codes, DcmItem& item) {
  add_code(item, DCM_SegmentedPropertyCategoryCodeSequence, codes.category);
  DcmItem& type = add_code(item, DCM_SegmentedPropertyTypeCodeSequence, codes.type);
  for (const Code& modifier : codes.type_modifiers)
    add_code(type, DCM_SegmentedPropertyTypeModifierCodeSequence, modifier);
  if (!codes.region) return;
  DcmItem& region = add_code(item, DCM_AnatomicRegionSequence, *codes.region);
  for (const Code& modifier : codes.region_modifiers)
    add_code(region, DCM_AnatomicRegionModifierSequence, modifier);
}

void add_segment(const Segment& segment, const Origin& origin, DcmItem& data) {
  const anatomy::Structure& structure = *anatomy::find(segment.id);
  DcmItem& item = add_item(data, DCM_SegmentSequence);
  put_uint16(item, DCM_SegmentNumber, segment.number);
  put(item, DCM_SegmentLabel, segment.label);
  put(item, DCM_SegmentAlgorithmType, algorithm_type(origin.maker));
  if (origin.maker != Maker::kManual) {
    put(item, DCM_SegmentAlgorithmName, fitted("Ledd " + origin.pipeline + " " + origin.version, kLongBytes));
    add_algorithm(origin, item, DCM_SegmentationAlgorithmIdentificationSequence);
  }
  add_codes(anatomy::segment_codes(structure, origin.side), item);
  put(item, DCM_TrackingID, segment.tracking_id);
  put(item, DCM_TrackingUID, segment.tracking_uid);
  const std::array<std::uint16_t, 3> lab = dicom_lab(structure.rgb);
  item.putAndInsertUint16Array(DcmTag(DCM_RecommendedDisplayCIELabValue), lab.data(), lab.size());
}

/// " R" for what has a side that its name does not say.
std::string side_behind(const anatomy::Structure& structure, const std::string& side) {
  const auto modifiers = [&](std::string_view of) {
    const anatomy::SegmentCodes codes = anatomy::segment_codes(structure, of);
    return codes.type_modifiers.size() + codes.region_modifiers.size();
  };
  return modifiers(side) > modifiers({}) ? " " + side : "";
}

std::vector<Segment> segments_of(const Occurrence& found, const Origin& origin) {
  std::vector<Segment> segments;
  for (const std::uint16_t id : found.ids) {
    const anatomy::Structure* structure = anatomy::find(id);
    require(structure != nullptr,
            Errc::kInput,
            fmt::format("label {} is no structure of Ledd's; map it to one before writing a DICOM SEG", id));
    const std::string label = label_of(*structure);
    segments.push_back({.number = static_cast<unsigned>(segments.size() + 1),
                        .id = id,
                        .label = label,
                        .tracking_id = fitted(label + side_behind(*structure, origin.side), kLongBytes),
                        .tracking_uid = tracking_uid(origin.source->series_uid, id)});
  }
  return segments;
}

/// Number of each slice among those that have a frame, from 1: indices of a dimension have no gaps.
std::vector<Uint32> slice_indices(const Occurrence& found) {
  std::vector<Uint32> indices(found.slice.front().size());
  Uint32 last = 0;
  for (std::size_t k = 0; k < indices.size(); ++k) {
    const auto has_frame = [k](const std::vector<bool>& slices) { return slices[k]; };
    if (std::any_of(found.slice.begin(), found.slice.end(), has_frame)) indices[k] = ++last;
  }
  return indices;
}

void add_frames(const Occurrence& found, const Origin& origin, DcmItem& data) {
  const std::vector<Uint32> slice_index = slice_indices(found);
  for (std::size_t s = 0; s < found.ids.size(); ++s)
    for (std::size_t k = 0; k < found.slice[s].size(); ++k) {
      if (!found.slice[s][k]) continue;
      DcmItem& frame = add_frame(origin.source->slices[k], kHow, data);
      DcmItem& content = add_item(frame, DCM_FrameContentSequence);
      const std::array<Uint32, 2> indices{static_cast<Uint32>(s + 1), slice_index[k]};
      content.putAndInsertUint32Array(DcmTag(DCM_DimensionIndexValues), indices.data(), indices.size());
      put_uint16(add_item(frame, DCM_SegmentIdentificationSequence),
                 DCM_ReferencedSegmentNumber,
                 static_cast<unsigned>(s + 1));
    }
}

}  // namespace

Segmentation segmentation(const Labels& labels, const Origin& origin) {
  Object object(origin,
                {.role = "segmentation",
                 .sop_class = UID_SegmentationStorage,
                 .modality = "SEG",
                 .series_number = 9001});
  const dicom::Stack& stack = *origin.source;
  require_on_stack(labels, stack, "labels");
  const Occurrence found = find_labels(labels);
  require(!found.ids.empty(), Errc::kInput, "no voxel is labelled; a DICOM SEG needs a segment");
  const Frames frames = number_frames(found);
  Segmentation result{
      .bytes = {}, .sop_instance_uid = {}, .series_uid = {}, .segments = segments_of(found, origin)};
  DcmDataset& d = object.data();
  put_image_module(origin, d);
  put_frame_geometry(stack, d);
  put_referenced_series(stack, d);
  put_dimensions({{DCM_ReferencedSegmentNumber, DCM_SegmentIdentificationSequence, "Segment"},
                  {DCM_ImagePositionPatient, DCM_PlanePositionSequence, "Position"}},
                 stack,
                 d);
  for (const Segment& segment : result.segments) add_segment(segment, origin, d);
  put(d, DCM_NumberOfFrames, std::to_string(frames.count));
  add_frames(found, origin, d);
  result.bytes = object.finish({DCM_PixelData, "OB", pack(labels, found, frames)});
  result.sop_instance_uid = object.sop_instance_uid();
  result.series_uid = object.series_uid();
  return result;
}

}  // namespace ledd::dicom_results
