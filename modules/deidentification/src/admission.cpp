#include "admission.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "ledd/dicom/structure.h"

namespace ledd::deidentification {
namespace {

enum class Kind { kNone, kImage, kSegmentation, kMap, kReport };

Kind kind_of(const std::string& sop_class) {
  struct Known {
    const char* uid;
    Kind kind;
  };
  static constexpr std::array<Known, 13> kKnown{{{UID_MRImageStorage, Kind::kImage},
                                                 {UID_CTImageStorage, Kind::kImage},
                                                 {UID_EnhancedMRImageStorage, Kind::kImage},
                                                 {UID_EnhancedCTImageStorage, Kind::kImage},
                                                 {UID_LegacyConvertedEnhancedMRImageStorage, Kind::kImage},
                                                 {UID_LegacyConvertedEnhancedCTImageStorage, Kind::kImage},
                                                 {UID_SegmentationStorage, Kind::kSegmentation},
                                                 {UID_ParametricMapStorage, Kind::kMap},
                                                 {UID_BasicTextSRStorage, Kind::kReport},
                                                 {UID_EnhancedSRStorage, Kind::kReport},
                                                 {UID_ComprehensiveSRStorage, Kind::kReport},
                                                 {UID_Comprehensive3DSRStorage, Kind::kReport},
                                                 {UID_ExtensibleSRStorage, Kind::kReport}}};
  const auto* found =
      std::find_if(kKnown.begin(), kKnown.end(), [&](const Known& k) { return sop_class == k.uid; });
  return found == kKnown.end() ? Kind::kNone : found->kind;
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  bool within = false;
  for (const char c : upper(text)) {
    const bool letter = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (letter && !within) words.emplace_back();
    if (letter) words.back() += c;
    within = letter;
  }
  return words;
}

std::vector<std::string> values_of(const std::string& text) {
  std::vector<std::string> values(1);
  for (const char c : upper(text)) {
    if (c == '\\')
      values.emplace_back();
    else if (c != ' ' || !values.back().empty())
      values.back() += c;
  }
  for (auto& value : values)
    while (!value.empty() && value.back() == ' ') value.pop_back();
  return values;
}

template <std::size_t N>
bool any_is_in(const std::vector<std::string>& words, const std::array<std::string_view, N>& list) {
  return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    return std::find(list.begin(), list.end(), word) != list.end();
  });
}

/// What is not written of a kind that is not known, said with the standard's own name of it.
std::string other_kind(const std::string& sop_class) {
  const char* name = dcmFindNameOfUID(sop_class.c_str(), nullptr);
  return fmt::format(
      "{}: only MR and CT images, segmentations, parametric maps and reports are de-identified",
      name == nullptr ? "an object of an unknown kind" : name);
}

/// A picture of a screen or of a page, by what the header says.
std::string looks_drawn(DcmItem& d, const Rules& rules) {
  static constexpr std::array<std::string_view, 9> kPages{"SCREEN SAVE",
                                                          "SCREENSHOT",
                                                          "SCREEN CAPTURE",
                                                          "DOSE_INFO",
                                                          "DOSE INFO",
                                                          "PATIENT PROTOCOL",
                                                          "CSA REPORT",
                                                          "RESULT TABLE",
                                                          "REPORT"};
  const auto type = values_of(raw_text(d, DCM_ImageType));
  if (any_is_in(type, kPages)) return "ImageType (0008,0008) says it is a picture of a screen or of a page";
  if (d.tagExists(DCM_ConversionType))
    return "ConversionType (0008,0064) says it was captured or scanned in, and may show names";
  if (const auto samples = raw_text(d, DCM_SamplesPerPixel); !samples.empty() && samples != "1")
    return "SamplesPerPixel (0028,0002) is not 1: colours are of screens, which show names";
  if (type.size() > 1 && type[1] == "SECONDARY" && !rules.allow_secondary)
    return "ImageType (0008,0008) says SECONDARY: made after the examination, and may show names "
           "(--allow-secondary writes it)";
  const bool placed = d.tagExistsWithValue(DCM_ImagePositionPatient) ||
                      d.tagExistsWithValue(DCM_SharedFunctionalGroupsSequence);
  if (!type.empty() && type[0] == "DERIVED" && !placed && !rules.allow_secondary)
    return "ImageType (0008,0008) says DERIVED, and it has no place in the patient: perhaps a picture of a "
           "screen "
           "(--allow-secondary writes it)";
  return {};
}

/// Bits of the pixels that hold an overlay, which the pixel data would carry along.
bool has_overlay_in_pixels(DcmItem& d) {
  for (std::uint16_t group = 0x6000; group <= 0x60FE; group += 2)
    if (d.tagExists(DcmTagKey(group, 0x0010)) && !d.tagExists(DcmTagKey(group, 0x3000))) return true;
  return false;
}

bool shows_face(DcmItem& d) {
  static constexpr std::array<std::string_view, 33> kParts{
      "HEAD",    "SKULL",    "BRAIN",    "FACE",      "FACIAL", "HEADNECK",  "NECK",  "JAW",    "JAWS",
      "MAXILLA", "MANDIBLE", "TMJ",      "ORBIT",     "EYE",    "EYES",      "NOSE",  "SINUS",  "SINUSES",
      "EAR",     "EARS",     "TEMPORAL", "PITUITARY", "IAC",    "WHOLEBODY", "TEETH", "DENTAL", "KOPF",
      "HODE",    "HOVED",    "HUVUD",    "SCHADEL",   "HJERNE", "CRANIUM"};
  // Of a description only what names the head itself: a "femoral head" and a "femoral neck" are none.
  static constexpr std::array<std::string_view, 16> kWords{"SKULL",
                                                           "BRAIN",
                                                           "FACE",
                                                           "FACIAL",
                                                           "HEADNECK",
                                                           "TMJ",
                                                           "ORBIT",
                                                           "ORBITS",
                                                           "SINUSES",
                                                           "PITUITARY",
                                                           "CRANIUM",
                                                           "KOPF",
                                                           "HODE",
                                                           "HJERNE",
                                                           "CEREBRUM",
                                                           "WHOLEBODY"};
  if (any_is_in(words_of(raw_text(d, DCM_BodyPartExamined)), kParts)) return true;
  for (const auto& tag : {DCM_StudyDescription, DCM_SeriesDescription, DCM_ProtocolName}) {
    const auto words = words_of(raw_text(d, tag));
    if (any_is_in(words, kWords)) return true;
    const bool head = std::find(words.begin(), words.end(), "HEAD") != words.end();
    static constexpr std::array<std::string_view, 7> kOther{
        "FEMORAL", "FEMUR", "HUMERAL", "HUMERUS", "RADIAL", "FIBULAR", "COIL"};
    if (head && !any_is_in(words, kOther)) return true;
  }
  return false;
}

std::string why_apart(DcmItem& d, Kind kind, const Rules& rules) {
  if (upper(raw_text(d, DCM_BurnedInAnnotation)) == "YES")
    return "BurnedInAnnotation (0028,0301) is YES: names may be in the pixels";
  if (kind == Kind::kImage)
    if (std::string why = looks_drawn(d, rules); !why.empty()) return why;
  if (kind != Kind::kReport && has_overlay_in_pixels(d))
    return "an overlay lies in bits of the pixel data, (60xx,0010) without (60xx,3000)";
  if (kind == Kind::kReport || rules.allow_faces) return {};
  if (upper(raw_text(d, DCM_RecognizableVisualFeatures)) == "YES")
    return "RecognizableVisualFeatures (0028,0302) is YES (--allow-faces writes it)";
  if (shows_face(d))
    return "the head or face is in it, by body part or description (--allow-faces writes it)";
  return {};
}

/// Why nobody can tell whose or which object it is.
std::string missing_identity(const Examined& e) {
  if (e.patient_id.empty()) return "PatientID (0010,0020) is missing or empty: subject unknown";
  if (e.study_uid.empty()) return "StudyInstanceUID (0020,000d) is missing or empty";
  if (e.series_uid.empty()) return "SeriesInstanceUID (0020,000e) is missing or empty";
  if (e.sop_uid.empty()) return "SOPInstanceUID (0008,0018) is missing or empty";
  return {};
}

Examined decided(Examined examined, Decision decision, std::string reason) {
  examined.decision = decision;
  examined.reason = std::move(reason);
  return examined;
}

}  // namespace

Examined admit(DcmItem& dataset, const Rules& rules) {
  Examined examined;
  const std::string sop_class = raw_text(dataset, DCM_SOPClassUID);
  if (sop_class.empty())
    return decided({}, Decision::kRefused, "SOPClassUID (0008,0016) is missing; cannot tell what it is");
  const Kind kind = kind_of(sop_class);
  if (kind == Kind::kNone) return decided({}, Decision::kSetAside, other_kind(sop_class));
  bool ok = true;
  bool issuer_ok = true;
  examined.patient_id = utf8_text(dataset, DCM_PatientID, ok);
  examined.issuer = utf8_text(dataset, DCM_IssuerOfPatientID, issuer_ok);
  examined.study_uid = raw_text(dataset, DCM_StudyInstanceUID);
  examined.series_uid = raw_text(dataset, DCM_SeriesInstanceUID);
  examined.sop_uid = raw_text(dataset, DCM_SOPInstanceUID);
  if (!ok || !issuer_ok)
    return decided(
        {},
        Decision::kRefused,
        "PatientID (0010,0020) or its issuer cannot be decoded by SpecificCharacterSet (0008,0005): "
        "subject unknown");
  if (std::string why = missing_identity(examined); !why.empty())
    return decided(std::move(examined), Decision::kRefused, std::move(why));
  std::string why = why_apart(dataset, kind, rules);
  const Decision decision = why.empty() ? Decision::kWritten : Decision::kSetAside;
  return decided(std::move(examined), decision, std::move(why));
}

Examined check_structure(const std::filesystem::path& file) {
  using Form = dicom::Structure::Form;
  const dicom::Structure structure = dicom::walk_structure(file);
  switch (structure.form) {
    case Form::kSound: return decided({}, Decision::kWritten, {});
    case Form::kNotDicom: return decided({}, Decision::kSetAside, "not DICOM");
    case Form::kTruncated: return decided({}, Decision::kRefused, structure.fault + "; the file is cut off");
    case Form::kUnreadable:
    case Form::kBroken: break;
  }
  return decided({}, Decision::kRefused, structure.fault);
}

}  // namespace ledd::deidentification
