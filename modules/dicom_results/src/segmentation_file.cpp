#include "segmentation_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "ledd/core/error.h"

#include "colour.h"

namespace ledd::dicom_results {
namespace {

using dicom::complaint;
using dicom::first_item;
using dicom::text_of;

constexpr const char* kLabelMapStorage = "1.2.840.10008.5.1.4.1.1.66.7";
constexpr double kMostRows = 8192, kMostFrames = 1'000'000;

unsigned whole_number(
    DcmItem& item, const DcmTagKey& key, const std::filesystem::path& path, double low, double high) {
  const std::optional<int> value = dicom::integer_of(item, key);
  require(
      value && *value >= low && *value <= high,
      Errc::kFormat,
      complaint(
          path, key, text_of(item, key), fmt::format("a whole number from {} to {} is needed", low, high)));
  return static_cast<unsigned>(*value);
}

void add_modifiers(DcmItem* coded, const DcmTagKey& sequence, SegmentHeader& segment) {
  if (coded == nullptr) return;
  for (DcmItem* modifier : items_of(*coded, sequence)) segment.modifiers.push_back(code_of(*modifier));
}

std::optional<std::array<std::uint8_t, 3>> colour_of(DcmItem& item) {
  std::array<std::uint16_t, 3> lab{};
  for (unsigned long n = 0; n < 3; ++n)
    if (item.findAndGetUint16(DCM_RecommendedDisplayCIELabValue, lab.at(n), n).bad()) return std::nullopt;
  return rgb_of(lab);
}

SegmentHeader segment_of(DcmItem& item, const SegmentationFile& file, const std::string& charset) {
  SegmentHeader s;
  s.number = whole_number(item, DCM_SegmentNumber, file.path, file.label_map ? 0 : 1, 65535);
  s.label = dicom::localized_text_of(item, DCM_SegmentLabel, charset);
  s.tracking_id = dicom::localized_text_of(item, DCM_TrackingID, charset);
  s.tracking_uid = text_of(item, DCM_TrackingUID);
  s.algorithm_type = text_of(item, DCM_SegmentAlgorithmType);
  s.rgb = colour_of(item);
  s.category = code_of(item, DCM_SegmentedPropertyCategoryCodeSequence);
  s.type = code_of(item, DCM_SegmentedPropertyTypeCodeSequence);
  s.region = code_of(item, DCM_AnatomicRegionSequence);
  add_modifiers(first_item(item, DCM_SegmentedPropertyTypeCodeSequence),
                DCM_SegmentedPropertyTypeModifierCodeSequence,
                s);
  add_modifiers(first_item(item, DCM_AnatomicRegionSequence), DCM_AnatomicRegionModifierSequence, s);
  return s;
}

void read_segments(DcmDataset& d, SegmentationFile& file) {
  const std::string charset = text_of(d, DCM_SpecificCharacterSet);
  std::set<unsigned> seen;
  for (DcmItem* item : items_of(d, DCM_SegmentSequence)) {
    file.segments.push_back(segment_of(*item, file, charset));
    require(
        seen.insert(file.segments.back().number).second,
        Errc::kFormat,
        fmt::format("{}: segment {} is described twice", file.path.string(), file.segments.back().number));
  }
  require(!file.segments.empty(),
          Errc::kFormat,
          complaint(file.path, DCM_SegmentSequence, "", "at least one segment is needed"));
}

/// A functional group of the frame, else the one that all frames share.
DcmItem* group_of(DcmItem* shared, DcmItem& frame, const DcmTagKey& key) {
  DcmItem* own = first_item(frame, key);
  return own != nullptr || shared == nullptr ? own : first_item(*shared, key);
}

std::vector<double> finite_numbers(DcmItem* item,
                                   const DcmTagKey& key,
                                   std::size_t count,
                                   const std::string& where) {
  const std::string text = item == nullptr ? "" : text_of(*item, key);
  const std::vector<double> numbers = item == nullptr ? std::vector<double>{} : dicom::numbers_of(*item, key);
  const bool finite = std::all_of(
      numbers.begin(), numbers.end(), [](double v) { return std::isfinite(v) && std::abs(v) < 1e6; });
  require(numbers.size() == count && finite,
          Errc::kFormat,
          complaint(where, key, text, fmt::format("{} finite numbers are needed", count)));
  return numbers;
}

bool are_orthonormal(const Point& row, const Point& column) {
  const auto dot = [](const Point& a, const Point& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; };
  constexpr double kTolerance = 2e-3;
  return std::abs(dot(row, row) - 1) <= kTolerance && std::abs(dot(column, column) - 1) <= kTolerance &&
         std::abs(dot(row, column)) <= kTolerance;
}

void read_plane(DcmItem* shared, DcmItem& item, const std::string& where, FrameHeader& frame) {
  DcmItem* position = group_of(shared, item, DCM_PlanePositionSequence);
  if (position != nullptr) {
    const auto p = finite_numbers(position, DCM_ImagePositionPatient, 3, where);
    frame.position_lps_mm = {p[0], p[1], p[2]};
  }
  const auto cosines = finite_numbers(
      group_of(shared, item, DCM_PlaneOrientationSequence), DCM_ImageOrientationPatient, 6, where);
  frame.row_lps = {cosines[0], cosines[1], cosines[2]};
  frame.column_lps = {cosines[3], cosines[4], cosines[5]};
  require(
      are_orthonormal(frame.row_lps, frame.column_lps),
      Errc::kFormat,
      fmt::format("{}: ImageOrientationPatient (0020,0037) is not two unit vectors at a right angle", where));
  DcmItem* measures = group_of(shared, item, DCM_PixelMeasuresSequence);
  const auto spacing = finite_numbers(measures, DCM_PixelSpacing, 2, where);
  require(spacing[0] > 0 && spacing[1] > 0,
          Errc::kFormat,
          fmt::format("{}: PixelSpacing (0028,0030) must be above 0 mm", where));
  frame.pixel_spacing_mm = {spacing[1], spacing[0]};
  frame.slice_spacing_mm = dicom::number_of(*measures, DCM_SpacingBetweenSlices);
  frame.slice_thickness_mm = dicom::number_of(*measures, DCM_SliceThickness);
}

void read_source(DcmItem* shared, DcmItem& item, FrameHeader& frame) {
  DcmItem* derivation = group_of(shared, item, DCM_DerivationImageSequence);
  if (derivation == nullptr) return;
  const std::vector<DcmItem*> sources = items_of(*derivation, DCM_SourceImageSequence);
  if (sources.size() != 1) return;
  const std::vector<double> numbers = dicom::numbers_of(*sources[0], DCM_ReferencedFrameNumber);
  if (numbers.size() > 1) return;
  frame.source_uid = text_of(*sources[0], DCM_ReferencedSOPInstanceUID);
  if (numbers.size() == 1 && numbers[0] >= 1 && numbers[0] <= kMostFrames)
    frame.source_frame = static_cast<unsigned>(numbers[0]);
}

unsigned segment_number(DcmItem* shared, DcmItem& item, const SegmentationFile& file) {
  if (file.label_map) return 0;
  DcmItem* group = group_of(shared, item, DCM_SegmentIdentificationSequence);
  require(group != nullptr,
          Errc::kFormat,
          complaint(file.path, DCM_SegmentIdentificationSequence, "", "every frame needs a segment"));
  return whole_number(*group, DCM_ReferencedSegmentNumber, file.path, 1, 65535);
}

void read_frames(DcmDataset& d, unsigned count, SegmentationFile& file) {
  DcmItem* shared = first_item(d, DCM_SharedFunctionalGroupsSequence);
  const std::vector<DcmItem*> items = items_of(d, DCM_PerFrameFunctionalGroupsSequence);
  require(items.size() == count,
          Errc::kFormat,
          complaint(file.path,
                    DCM_PerFrameFunctionalGroupsSequence,
                    fmt::format("{} items", items.size()),
                    fmt::format("one for each of the {} frames is needed", count)));
  for (DcmItem* item : items) {
    FrameHeader frame;
    frame.segment = segment_number(shared, *item, file);
    read_plane(shared, *item, fmt::format("{}: frame {}", file.path.string(), file.frames.size() + 1), frame);
    read_source(shared, *item, frame);
    file.frames.push_back(std::move(frame));
  }
}

/// What kind of segmentation it is; only those that say of every pixel what it is are read.
void read_kind(DcmDataset& d, SegmentationFile& file) {
  const std::string sop_class = text_of(d, DCM_SOPClassUID);
  file.label_map = sop_class == kLabelMapStorage;
  require(file.label_map || sop_class == UID_SegmentationStorage,
          Errc::kUnsupported,
          complaint(file.path, DCM_SOPClassUID, sop_class, "a DICOM Segmentation is needed"));
  const std::string type = text_of(d, DCM_SegmentationType);
  require(type == (file.label_map ? "LABELMAP" : "BINARY"),
          Errc::kUnsupported,
          complaint(file.path, DCM_SegmentationType, type, "BINARY is needed, or LABELMAP of a label map"));
  file.bits = whole_number(d, DCM_BitsAllocated, file.path, 1, 16);
  require(file.label_map ? file.bits == 8 || file.bits == 16 : file.bits == 1,
          Errc::kUnsupported,
          complaint(file.path,
                    DCM_BitsAllocated,
                    std::to_string(file.bits),
                    "1 is needed for BINARY, 8 or 16 for LABELMAP"));
  if (file.label_map && d.tagExists(DCM_PixelPaddingValue))
    file.background = whole_number(d, DCM_PixelPaddingValue, file.path, 0, 65535);
}

void read_pixels(DcmDataset& d, std::size_t frames, SegmentationFile& file) {
  const std::size_t count = std::size_t{file.rows} * file.columns * frames;
  const std::size_t needed = (count * file.bits + 7) / 8;
  require(d.chooseRepresentation(EXS_LittleEndianExplicit, nullptr).good(),
          Errc::kUnsupported,
          fmt::format("{}: PixelData (7fe0,0010) cannot be decoded", file.path.string()));
  DcmElement* element = nullptr;
  d.findAndGetElement(DCM_PixelData, element);
  const std::size_t there = element == nullptr ? 0 : element->getLength();
  require(
      there >= needed,
      Errc::kFormat,
      complaint(
          file.path, DCM_PixelData, fmt::format("{} bytes", there), fmt::format("{} are needed", needed)));
  Uint8* bytes = nullptr;
  if (element->getUint8Array(bytes).bad() || bytes == nullptr) {
    // Stored as words: DCMTK has put them into the byte order of the machine, which is that of the file.
    Uint16* words = nullptr;
    require(element->getUint16Array(words).good() && words != nullptr,
            Errc::kFormat,
            fmt::format("{}: PixelData (7fe0,0010) cannot be read", file.path.string()));
    bytes = reinterpret_cast<Uint8*>(words);
  }
  file.pixels.assign(bytes, bytes + needed);
}

}  // namespace

SegmentationFile read_segmentation_file(const std::filesystem::path& path) {
  const std::unique_ptr<DcmFileFormat> whole = read_file(path);
  DcmDataset& d = *whole->getDataset();
  SegmentationFile file;
  file.path = path;
  read_kind(d, file);
  file.sop_instance_uid = text_of(d, DCM_SOPInstanceUID);
  file.frame_of_reference_uid = text_of(d, DCM_FrameOfReferenceUID);
  for (DcmItem* series : items_of(d, DCM_ReferencedSeriesSequence))
    file.series_uids.push_back(text_of(*series, DCM_SeriesInstanceUID));
  file.rows = whole_number(d, DCM_Rows, path, 1, kMostRows);
  file.columns = whole_number(d, DCM_Columns, path, 1, kMostRows);
  const unsigned frames = whole_number(d, DCM_NumberOfFrames, path, 1, kMostFrames);
  read_segments(d, file);
  read_frames(d, frames, file);
  read_pixels(d, frames, file);
  return file;
}

}  // namespace ledd::dicom_results
