#include "header.h"

#include <dcmtk/dcmdata/dccodec.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <exception>

#include "ledd/core/error.h"
#include "ledd/dicom/structure.h"

#include "acquired.h"
#include "dataset.h"
#include "frames.h"

namespace ledd::dicom {
namespace {

constexpr std::string_view kMosaic = "MOSAIC";

enum class Kind { kOther, kSingleFrame, kEnhanced };

Kind kind_of(const std::string& sop_class) {
  if (sop_class == UID_MRImageStorage || sop_class == UID_CTImageStorage) return Kind::kSingleFrame;
  if (sop_class == UID_EnhancedMRImageStorage || sop_class == UID_EnhancedCTImageStorage ||
      sop_class == UID_LegacyConvertedEnhancedMRImageStorage ||
      sop_class == UID_LegacyConvertedEnhancedCTImageStorage)
    return Kind::kEnhanced;
  return Kind::kOther;
}

/// "a structured report (EnhancedSRStorage, 1.2.840...)": what an object is that is no MR or CT image.
std::string describe_class(const std::string& sop_class) {
  struct Word {
    std::string_view part, meaning;
  };
  static constexpr std::array<Word, 12> kWords{{{"SRStorage", "a structured report"},
                                                {"SR", "a structured report"},
                                                {"Segmentation", "a segmentation"},
                                                {"SecondaryCapture", "a secondary capture"},
                                                {"EncapsulatedPDF", "a PDF document"},
                                                {"RT", "a radiotherapy object"},
                                                {"ParametricMap", "a parametric map"},
                                                {"PresentationState", "a presentation state"},
                                                {"RealWorldValueMapping", "a real world value mapping"},
                                                {"KeyObject", "a key object selection"},
                                                {"Waveform", "a waveform"},
                                                {"MediaStorageDirectory", "a directory of DICOM files"}}};
  const std::string name = dcmFindNameOfUID(sop_class.c_str(), "unknown to this version");
  std::string_view meaning = "an object";
  for (const Word& word : kWords)
    if (name.find(word.part) != std::string::npos) {
      meaning = word.meaning;
      break;
    }
  return fmt::format("{} ({}, {}), no MR or CT image", meaning, name, sop_class);
}

bool has_value(const std::vector<std::string>& values, std::string_view wanted) {
  return std::any_of(values.begin(), values.end(), [&](const auto& v) { return v == wanted; });
}

/// Numbers of a private block mean what its creator says, and nothing where another one reserved it.
void read_spoiler(DcmDataset& d, Stack& common) {
  if (text_of(d, DcmTagKey(0x0019, 0x0010)) != "GEMS_ACQU_01") return;
  common.spoiler_area_g_us_per_cm = number_of(d, DcmTagKey(0x0019, 0x10B6));
  common.spoiler_us = number_of(d, DcmTagKey(0x0019, 0x10B7));
}

/// Scanco reserves no private block that could be checked: the manufacturer's name vouches for the meaning.
void read_scanco(DcmDataset& d, Stack& common) {
  std::string maker = common.manufacturer;
  for (char& c : maker) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (maker.find("SCANCO") == std::string::npos) return;
  const auto scaling = number_of(d, DcmTagKey(0x0029, 0x1000));
  const auto slope = number_of(d, DcmTagKey(0x0029, 0x1004));
  const auto intercept = number_of(d, DcmTagKey(0x0029, 0x1005));
  if (scaling && slope && intercept && *scaling > 0.0)
    common.scanco = ScancoCalibration{*scaling, *slope, *intercept};
}

/// PS3.3: C.7.1.1 Patient, C.7.2.1 General Study, C.7.2.2 Patient Study, C.7.4.1 Frame of Reference; no
/// sequences.
const std::vector<DcmTagKey>& patient_study_tags() {
  static const std::vector<DcmTagKey> tags = [] {
    std::vector<DcmTagKey> all{DCM_PatientName,
                               DCM_PatientID,
                               DCM_IssuerOfPatientID,
                               DCM_PatientBirthDate,
                               DCM_PatientBirthTime,
                               DCM_PatientSex,
                               DCM_EthnicGroup,
                               DCM_PatientIdentityRemoved,
                               DCM_DeidentificationMethod,
                               DCM_PatientAge,
                               DCM_PatientSize,
                               DCM_PatientWeight,
                               DCM_StudyInstanceUID,
                               DCM_StudyDate,
                               DCM_StudyTime,
                               DCM_ReferringPhysicianName,
                               DCM_StudyID,
                               DCM_AccessionNumber,
                               DCM_StudyDescription,
                               DCM_LongitudinalTemporalInformationModified,
                               DCM_PositionReferenceIndicator};
    std::sort(all.begin(), all.end());
    return all;
  }();
  return tags;
}

std::vector<HeaderValue> patient_study_of(DcmDataset& d, const std::string& charset) {
  std::vector<HeaderValue> values;
  for (const DcmTagKey& tag : patient_study_tags())
    if (d.tagExists(tag))
      values.push_back({tag.getGroup(), tag.getElement(), localized_text_of(d, tag, charset)});
  return values;
}

void read_common(DcmDataset& d, Stack& common) {
  const std::string charset = text_of(d, DCM_SpecificCharacterSet);
  common.patient_id = localized_text_of(d, DCM_PatientID, charset);
  common.patient_study = patient_study_of(d, charset);
  common.study_uid = text_of(d, DCM_StudyInstanceUID);
  common.study_date = text_of(d, DCM_StudyDate);
  auto [time, from] = acquired(d);
  common.acquired = std::move(time);
  common.acquired_from = std::move(from);
  common.study_description = localized_text_of(d, DCM_StudyDescription, charset);
  common.series_uid = text_of(d, DCM_SeriesInstanceUID);
  common.series_description = localized_text_of(d, DCM_SeriesDescription, charset);
  common.protocol = localized_text_of(d, DCM_ProtocolName, charset);
  common.modality = text_of(d, DCM_Modality);
  common.body_part = text_of(d, DCM_BodyPartExamined);
  common.frame_of_reference_uid = text_of(d, DCM_FrameOfReferenceUID);
  common.manufacturer = localized_text_of(d, DCM_Manufacturer, charset);
  common.model = localized_text_of(d, DCM_ManufacturerModelName, charset);
  common.station = localized_text_of(d, DCM_StationName, charset);
  common.institution = localized_text_of(d, DCM_InstitutionName, charset);
  common.device_serial = localized_text_of(d, DCM_DeviceSerialNumber, charset);
  common.software = localized_text_of(d, DCM_SoftwareVersions, charset);
  common.image_type = split(text_of(d, DCM_ImageType));
  common.localizer = has_value(common.image_type, "LOCALIZER");
  common.scan_options = text_of(d, DCM_ScanOptions);
  common.scanning_sequence = text_of(d, DCM_ScanningSequence);
  common.sequence_name = text_of(d, DCM_SequenceName);
  common.laterality = text_of(d, DCM_Laterality);
  if (common.laterality.empty()) common.laterality = text_of(d, DCM_ImageLaterality);
  common.series_number = integer_of(d, DCM_SeriesNumber);
  common.field_strength_t = number_of(d, DCM_MagneticFieldStrength);
  common.repetition_time_ms = number_of(d, DCM_RepetitionTime);
  common.echo_time_ms = number_of(d, DCM_EchoTime);
  common.inversion_time_ms = number_of(d, DCM_InversionTime);
  common.flip_angle_deg = number_of(d, DCM_FlipAngle);
  read_spoiler(d, common);
  common.kvp = number_of(d, DCM_KVP);
  common.convolution_kernel = text_of(d, DCM_ConvolutionKernel);
  common.tube_current_ma = number_of(d, DCM_XRayTubeCurrent);
  common.slice_thickness_mm = number_of(d, DCM_SliceThickness);
  common.reconstruction_diameter_mm = number_of(d, DCM_ReconstructionDiameter);
  common.contrast_agent = localized_text_of(d, DCM_ContrastBolusAgent, charset);
  common.rescale_type = text_of(d, DCM_RescaleType);
  read_scanco(d, common);
}

/// Reads an unsigned attribute within [low, high] into `to`; says what is wrong otherwise.
struct Bounds {
  unsigned low, high;
};
std::string read_unsigned(
    DcmDataset& d, const Facts& facts, const DcmTagKey& key, Bounds bounds, unsigned& to) {
  const auto value = integer_of(d, key);
  if (!value || *value < static_cast<int>(bounds.low) || *value > static_cast<int>(bounds.high))
    return complaint(facts.path,
                     key,
                     text_of(d, key),
                     bounds.low == bounds.high
                         ? fmt::format("{} is needed here", bounds.low)
                         : fmt::format("a whole number from {} to {} is needed", bounds.low, bounds.high));
  to = static_cast<unsigned>(*value);
  return {};
}

std::string read_bits(DcmDataset& d, Facts& facts) {
  PixelFormat& p = facts.pixels;
  unsigned representation = 0;
  std::string fault = read_unsigned(d, facts, DCM_BitsAllocated, {8, 16}, p.bits_allocated);
  if (fault.empty() && p.bits_allocated != 8 && p.bits_allocated != 16)
    fault = complaint(facts.path, DCM_BitsAllocated, std::to_string(p.bits_allocated), "8 or 16 is needed");
  if (fault.empty()) fault = read_unsigned(d, facts, DCM_BitsStored, {1, p.bits_allocated}, p.bits_stored);
  if (fault.empty())
    fault = read_unsigned(d, facts, DCM_HighBit, {p.bits_stored - 1, p.bits_allocated - 1}, p.high_bit);
  if (fault.empty()) fault = read_unsigned(d, facts, DCM_PixelRepresentation, {0, 1}, representation);
  p.is_signed = representation == 1;
  return fault;
}

std::string read_pixel_format(DcmDataset& d, Kind kind, Facts& facts) {
  PixelFormat& p = facts.pixels;
  std::string fault = read_unsigned(d, facts, DCM_Rows, {1, kMaxSide}, p.rows);
  if (fault.empty()) fault = read_unsigned(d, facts, DCM_Columns, {1, kMaxSide}, p.columns);
  if (fault.empty() && (kind == Kind::kEnhanced || !text_of(d, DCM_NumberOfFrames).empty()))
    fault =
        read_unsigned(d, facts, DCM_NumberOfFrames, {1, kind == Kind::kEnhanced ? kMaxFrames : 1U}, p.frames);
  if (!fault.empty()) return fault;
  const std::string samples = text_of(d, DCM_SamplesPerPixel);
  const std::string colours = text_of(d, DCM_PhotometricInterpretation);
  if (colours != "MONOCHROME2" && colours != "MONOCHROME1")
    return complaint(facts.path,
                     DCM_PhotometricInterpretation,
                     colours,
                     "MONOCHROME1 or MONOCHROME2 is needed, colour images are not measured");
  if (samples != "1") return complaint(facts.path, DCM_SamplesPerPixel, samples, "1 is needed");
  if (d.tagExistsWithValue(DCM_ModalityLUTSequence))
    return facts.path.string() + ": " + name_and_tag(DCM_ModalityLUTSequence) +
           " is present; only a linear rescale is read";
  return read_bits(d, facts);
}

bool can_decode(const std::string& transfer_syntax) {
  const DcmXfer xfer(transfer_syntax.c_str());
  switch (xfer.getXfer()) {
    case EXS_LittleEndianImplicit:
    case EXS_LittleEndianExplicit:
    case EXS_BigEndianExplicit:
    case EXS_DeflatedLittleEndianExplicit: return true;
    case EXS_Unknown: return false;
    default: return DcmCodecList::canChangeCoding(xfer.getXfer(), EXS_LittleEndianExplicit);
  }
}

/// Compares the length of PixelData with what the header announces, as far as that shows without decoding.
std::string check_pixel_data(const Facts& facts, const Structure& structure) {
  const PixelFormat& p = facts.pixels;
  if (!can_decode(p.transfer_syntax))
    return fmt::format(
        "{}: TransferSyntaxUID (0002,0010) is '{}' ({}); pixel data of this kind cannot be decoded",
        facts.path.string(),
        p.transfer_syntax,
        DcmXfer(p.transfer_syntax.c_str()).getXferName());
  if (!structure.has_pixel_data) return complaint(facts.path, DCM_PixelData, "", "image planes need it");
  const std::uint64_t needed = std::uint64_t{p.rows} * p.columns * p.frames * (p.bits_allocated / 8);
  if (!structure.encapsulated && structure.pixel_bytes < needed)
    return complaint(facts.path,
                     DCM_PixelData,
                     fmt::format("{} bytes", structure.pixel_bytes),
                     fmt::format("{} rows x {} columns x {} frames of {} bits need {} bytes",
                                 p.rows,
                                 p.columns,
                                 p.frames,
                                 p.bits_allocated,
                                 needed));
  if (structure.encapsulated && structure.fragments < p.frames)
    return complaint(facts.path,
                     DCM_PixelData,
                     fmt::format("{} fragments", structure.fragments),
                     fmt::format("{} frames need at least as many", p.frames));
  return {};
}

/// Of a single-frame image the other slices tell the size. Where one object is the whole volume, pixel data
/// for a row or column more mean that the header tells another size than the pixels have; padding is shorter.
std::string check_excess(const Facts& facts, const Structure& structure) {
  const PixelFormat& p = facts.pixels;
  const std::uint64_t sample = p.bits_allocated / 8;
  const std::uint64_t needed = std::uint64_t{p.rows} * p.columns * p.frames * sample;
  const std::uint64_t line = std::uint64_t{std::min(p.rows, p.columns)} * p.frames * sample;
  if (structure.encapsulated || structure.pixel_bytes < needed + line) return {};
  return complaint(facts.path,
                   DCM_PixelData,
                   fmt::format("{} bytes", structure.pixel_bytes),
                   fmt::format("{} rows x {} columns x {} frames of {} bits have only {} bytes",
                               p.rows,
                               p.columns,
                               p.frames,
                               p.bits_allocated,
                               needed));
}

void set_defect(Facts& facts, std::string fault) {
  if (facts.defect.empty()) facts.defect = std::move(fault);
}

Scanned ignored(const std::filesystem::path& path, std::string reason, const SeriesHint& hint = {}) {
  return {{path, Decision::kIgnored, {}, std::move(reason)}, std::nullopt, hint};
}

Scanned refused(const std::filesystem::path& path, const std::string& reason, const SeriesHint& hint) {
  return {{path, Decision::kRefused, {}, path.string() + ": " + reason}, std::nullopt, hint};
}

void check_uids(DcmDataset& d, Facts& facts) {
  facts.sop_instance_uid = text_of(d, DCM_SOPInstanceUID);
  for (const DcmTagKey& key : {DCM_SOPInstanceUID, DCM_SeriesInstanceUID})
    if (text_of(d, key).empty()) set_defect(facts, complaint(facts.path, key, "", "a UID is needed"));
}

/// Fills the facts of an MR or CT image from its data set.
Facts read_facts(DcmDataset& d, const std::filesystem::path& path, const Structure& structure) {
  Facts facts;
  facts.path = path;
  facts.sop_class_uid = text_of(d, DCM_SOPClassUID);
  facts.dataset_offset = structure.dataset_offset;
  const Kind kind = kind_of(facts.sop_class_uid);
  read_common(d, facts.common);
  facts.pixels.transfer_syntax = DcmXfer(d.getOriginalXfer()).getXferID();
  if (!structure.transfer_syntax.empty()) facts.pixels.transfer_syntax = structure.transfer_syntax;
  check_uids(d, facts);
  facts.cut_off = structure.form == Structure::Form::kTruncated;
  if (facts.cut_off) set_defect(facts, path.string() + ": " + structure.fault + "; the file is cut off");
  if (!structure.excess.empty()) set_defect(facts, path.string() + ": " + structure.excess);
  if (has_value(facts.common.image_type, kMosaic))
    set_defect(facts,
               complaint(path,
                         DCM_ImageType,
                         text_of(d, DCM_ImageType),
                         "a mosaic of slices is not supported, export one slice per image"));
  set_defect(facts, read_pixel_format(d, kind, facts));
  if (facts.defect.empty()) set_defect(facts, check_pixel_data(facts, structure));
  if (facts.pixels.rows > 0 && facts.pixels.columns > 0) {
    const std::string before = std::move(facts.defect);
    facts.defect.clear();
    read_frames(d, kind == Kind::kEnhanced, facts);
    if (!before.empty()) facts.defect = before;
  }
  if (facts.defect.empty() && kind == Kind::kEnhanced) facts.defect = check_excess(facts, structure);
  return facts;
}

Scanned may_pass(Scanned refused) {
  refused.passing = true;
  return refused;
}

bool is_uid(const std::string& text) {
  return !text.empty() && text.size() <= 64 && text.find_first_not_of("0123456789.") == std::string::npos;
}

Scanned scan_image(DcmDataset& d, const std::filesystem::path& path, const Structure& structure) {
  const std::vector<std::string> type = split(text_of(d, DCM_ImageType));
  if (has_value(type, "SCREEN SAVE"))
    return ignored(path, "a screen save: ImageType (0008,0008) is " + text_of(d, DCM_ImageType));
  Facts facts = read_facts(d, path, structure);
  return {{path, Decision::kIgnored, {}, {}}, std::move(facts), {}};
}

Scanned scan_dataset(const std::filesystem::path& path, const Structure& structure) {
  DcmFileFormat file;
  const OFCondition loaded = file.loadFileUntilTag(
      path.c_str(), EXS_Unknown, EGL_noChange, DCM_MaxReadLength, ERM_autoDetect, DCM_PixelData);
  const bool truncated = structure.form == Structure::Form::kTruncated;
  if (loaded.bad() && !truncated)
    return refused(path, fmt::format("cannot be parsed: {}", loaded.text()), structure.hint);
  DcmDataset& d = *file.getDataset();
  std::string sop_class = text_of(d, DCM_SOPClassUID);
  if (!is_uid(sop_class)) sop_class = text_of(*file.getMetaInfo(), DCM_MediaStorageSOPClassUID);
  // A UID that is cut off may be another one's beginning, so a cut file is not named by its class.
  if (truncated && kind_of(sop_class) == Kind::kOther)
    return refused(path, structure.fault + "; the file is cut off", structure.hint);
  if (sop_class.empty())
    return refused(
        path, name_and_tag(DCM_SOPClassUID) + " is missing; cannot tell what it is", structure.hint);
  if (kind_of(sop_class) == Kind::kOther) {
    SeriesHint hint = structure.hint;
    hint.known_class = dcmFindNameOfUID(sop_class.c_str()) != nullptr;
    return ignored(path, describe_class(sop_class), hint);
  }
  return scan_image(d, path, structure);
}

}  // namespace

Scanned scan(const std::filesystem::path& path) {
  using Form = Structure::Form;
  const Structure structure = walk_structure(path);
  switch (structure.form) {
    case Form::kNotDicom: return ignored(path, "not DICOM");
    case Form::kUnreadable: return may_pass(refused(path, structure.fault, structure.hint));
    case Form::kBroken: return refused(path, structure.fault, structure.hint);
    case Form::kTruncated:
      // DCMTK reads the values of a deflated data set at once, however many bytes they claim.
      if (structure.transfer_syntax == UID_DeflatedExplicitVRLittleEndianTransferSyntax)
        return refused(path, structure.fault + "; the file is cut off", structure.hint);
      break;
    case Form::kSound: break;
  }
  try {
    return scan_dataset(path, structure);
  } catch (const std::bad_alloc&) {
    return may_pass(refused(path, "needs more memory than there is", structure.hint));
  } catch (const std::exception& error) {
    return refused(path, fmt::format("cannot be parsed: {}", error.what()), structure.hint);
  }
}

}  // namespace ledd::dicom
