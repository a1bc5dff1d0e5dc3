#include "origin.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledd/core/error.h"
#include "ledd/files/files.h"

namespace ledd::dicom_results {
namespace {

constexpr std::size_t kMostParameterBytes = 10240;  // of a long text (LT)

bool is_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string study_value(const Origin& origin, const DcmTagKey& key) {
  for (const dicom::HeaderValue& v : origin.source->patient_study)
    if (v.group == key.getGroup() && v.element == key.getElement()) return v.value;
  return {};
}

/// Of the years in which images could be made or their subjects born; what an anonymiser leaves ("00010101")
/// is none.
bool is_date(const std::string& text) {
  if (text.size() != 8 || !is_digits(text) || text < "18500101") return false;
  const std::string month = text.substr(4, 2);
  const std::string day = text.substr(6, 2);
  return month >= "01" && month <= "12" && day >= "01" && day <= "31";
}

std::string date_of(const Origin& origin) {
  const std::string date = study_value(origin, DCM_StudyDate);
  return is_date(date) ? date : "19000101";
}

std::string time_of(const Origin& origin) {
  const std::string time = study_value(origin, DCM_StudyTime);
  const std::string whole = time.substr(0, time.find('.'));
  const bool legal = is_digits(whole) && (whole.size() == 2 || whole.size() == 4 || whole.size() == 6);
  return legal ? time : "000000";
}

}  // namespace

void require_usable(const Origin& origin) {
  require(origin.source != nullptr, Errc::kInput, "a DICOM result needs the series it was made from");
  const dicom::Stack& stack = *origin.source;
  require(!stack.slices.empty(), Errc::kInput, "a DICOM result needs a series with images");
  require(origin.side.empty() || origin.side == "R" || origin.side == "L",
          Errc::kInput,
          fmt::format("side '{}' is neither R nor L nor empty", origin.side));
  const auto needs = [&](const std::string& value, const std::string& what) {
    require(!value.empty(),
            Errc::kInput,
            fmt::format(
                "{} has no {}; a DICOM result must refer to it", stack.slices.front().path.string(), what));
  };
  needs(stack.study_uid, "StudyInstanceUID (0020,000d)");
  needs(stack.series_uid, "SeriesInstanceUID (0020,000e)");
  for (const dicom::Slice& slice : stack.slices) needs(slice.sop_instance_uid, "SOPInstanceUID (0008,0018)");
}

void put_patient_and_study(const Origin& origin, DcmItem& data) {
  // Their absence is illegal, their emptiness is not (type 2).
  for (const DcmTagKey& key : {DCM_PatientName,
                               DCM_PatientID,
                               DCM_PatientBirthDate,
                               DCM_PatientSex,
                               DCM_StudyDate,
                               DCM_StudyTime,
                               DCM_ReferringPhysicianName,
                               DCM_StudyID,
                               DCM_AccessionNumber})
    put(data, key, "");
  for (const dicom::HeaderValue& v : origin.source->patient_study) {
    const DcmTagKey key(v.group, v.element);
    if (key == DCM_PositionReferenceIndicator) continue;  // of the frame of reference
    const bool no_date = DcmTag(key).getEVR() == EVR_DA && !is_date(v.value);
    put(data, key, no_date ? std::string() : v.value);
  }
  put(data, DCM_StudyInstanceUID, origin.source->study_uid);
}

void put_dates(const Origin& origin, DcmItem& data) {
  put(data, DCM_SeriesDate, date_of(origin));
  put(data, DCM_SeriesTime, time_of(origin));
  put(data, DCM_ContentDate, date_of(origin));
  put(data, DCM_ContentTime, time_of(origin));
}

void put_equipment(const Origin& origin, DcmItem& data) {
  put(data, DCM_Manufacturer, "Ledd");
  put(data, DCM_ManufacturerModelName, fitted("Ledd " + origin.pipeline, kLongBytes));
  put(data, DCM_DeviceSerialNumber, "none");  // software has none, but the attribute must have a value
  put(data, DCM_SoftwareVersions, fitted(origin.version, kLongBytes));
}

void declare_own_scheme(DcmItem& data) {
  DcmItem& item = add_item(data, DCM_CodingSchemeIdentificationSequence);
  put(item, DCM_CodingSchemeDesignator, std::string(kOwnScheme));
  put(item, DCM_CodingSchemeName, "Ledd codes of structures, endpoints and methods");
  put(item, DCM_CodingSchemeResponsibleOrganization, "Ledd");
}

std::string with_digest(const std::string& text, std::size_t most_bytes) {
  if (text.size() <= most_bytes) return text;
  const std::string digest = "...sha256:" + files::sha256(text).substr(0, 16);
  return fitted(text, most_bytes - digest.size()) + digest;
}

void add_algorithm(const Origin& origin, DcmItem& item, const DcmTagKey& sequence) {
  DcmItem& algorithm = add_item(item, sequence);
  add_code(algorithm, DCM_AlgorithmFamilyCodeSequence, {"123109", "DCM", "Artificial Intelligence"});
  put(algorithm, DCM_AlgorithmName, fitted("Ledd " + origin.pipeline, kLongBytes));
  put(algorithm, DCM_AlgorithmVersion, fitted(origin.version, kLongBytes));
  if (!origin.parameters.empty())
    put(algorithm, DCM_AlgorithmParameters, long_text(with_digest(origin.parameters, kMostParameterBytes)));
}

std::string tracking_uid(const std::string& series_uid, std::uint16_t id) {
  return uid_of("tracking", fmt::format("{} {}", series_uid, id));
}

std::string person_name(const Corrected& by) {
  return fitted(by.reader, kLongBytes - 1) + "^";  // without the mark it would be a form that is retired
}

std::string label_of(const anatomy::Structure& structure) {
  return fitted(structure.short_name + ": " + structure.name, kLongBytes);
}

}  // namespace ledd::dicom_results
