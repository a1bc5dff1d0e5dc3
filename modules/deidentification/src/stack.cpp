#include <algorithm>
#include <string>
#include <utility>

#include "ledd/core/error.h"
#include "ledd/deidentification/deidentification.h"

#include "dcmtk.h"
#include "mapping.h"
#include "scrub.h"

namespace ledd::deidentification {
namespace {

/// What a stack keeps of a header, and where it came from.
std::vector<std::pair<DcmTagKey, std::string*>> fields_of(dicom::Stack& stack) {
  return {{DCM_PatientID, &stack.patient_id},
          {DCM_StudyInstanceUID, &stack.study_uid},
          {DCM_StudyDate, &stack.study_date},
          {DCM_StudyDescription, &stack.study_description},
          {DCM_SeriesInstanceUID, &stack.series_uid},
          {DCM_SeriesDescription, &stack.series_description},
          {DCM_ProtocolName, &stack.protocol},
          {DCM_FrameOfReferenceUID, &stack.frame_of_reference_uid},
          {DCM_StationName, &stack.station},
          {DCM_InstitutionName, &stack.institution},
          {DCM_DeviceSerialNumber, &stack.device_serial},
          {DCM_ContrastBolusAgent, &stack.contrast_agent}};
}

std::string issuer_of(const dicom::Stack& stack) {
  const auto& values = stack.patient_study;
  const auto found = std::find_if(values.begin(), values.end(), [](const dicom::HeaderValue& value) {
    return value.group == 0x0010 && value.element == 0x0021;
  });
  return found == values.end() ? std::string() : found->value;
}

std::string value_in(DcmItem& dataset, const DcmTagKey& tag) {
  bool ok = true;
  return utf8_text(dataset, tag, ok);
}

void apply_patient_study(const Rules& rules, const Subject& subject, dicom::Stack& stack) {
  DcmDataset dataset;
  put_text(dataset, DCM_SpecificCharacterSet, "ISO_IR 192");
  for (const auto& [group, element, value] : stack.patient_study)
    put_text(dataset, DcmTagKey(group, element), value);
  scrub(dataset, rules, subject);
  stack.patient_study.clear();
  for (unsigned long i = 0; i < dataset.card(); ++i) {
    DcmElement& element = *dataset.getElement(i);
    const DcmTagKey tag = element.getTag().getXTag();
    if (element.ident() == EVR_SQ || tag == DCM_SpecificCharacterSet) continue;
    stack.patient_study.push_back({tag.getGroup(), tag.getElement(), value_in(dataset, tag)});
  }
}

/// "2024-05-31T10:15:02+01:00" as "20240531101502+0100".
std::string dicom_date_time(const std::string& iso) {
  std::string digits;
  for (std::size_t i = 0; i < iso.size(); ++i)
    if (iso[i] != 'T' && iso[i] != ':' && !(iso[i] == '-' && i < 10)) digits += iso[i];
  return digits;
}

/// The day moves as in the files; the time of day and the offset stay, as there.
void apply_acquired(DcmItem& treated, dicom::Stack& stack) {
  const std::string digits = value_in(treated, DCM_AcquisitionDateTime);
  if (digits.size() < 8) {
    stack.acquired.clear();
    stack.acquired_from.clear();
    return;
  }
  stack.acquired.replace(0, 10, digits.substr(0, 4) + '-' + digits.substr(4, 2) + '-' + digits.substr(6, 2));
}

}  // namespace

std::string enrol(SubjectKey& key, const dicom::Stack& stack) {
  return key.enrol(stack.patient_id, issuer_of(stack));
}

void apply(const SubjectKey& key, dicom::Stack& stack) {
  set_up_dcmtk();
  const Rules rules = rules_of(key);
  const Subject* subject = find_subject(rules.subjects, stack.patient_id, issuer_of(stack));
  require(subject != nullptr, Errc::kInput, "the key does not know the subject of this stack");
  apply_patient_study(rules, *subject, stack);
  const auto fields = fields_of(stack);
  DcmDataset dataset;
  put_text(dataset, DCM_SpecificCharacterSet, "ISO_IR 192");
  for (const auto& [tag, value] : fields) put_text(dataset, tag, *value);
  if (!stack.acquired.empty()) put_text(dataset, DCM_AcquisitionDateTime, dicom_date_time(stack.acquired));
  scrub(dataset, rules, *subject);
  if (!stack.acquired.empty()) apply_acquired(dataset, stack);
  for (const auto& [tag, value] : fields) *value = value_in(dataset, tag);
  for (dicom::Slice& slice : stack.slices)
    slice.sop_instance_uid = uid_of(rules.secret, slice.sop_instance_uid);
}

}  // namespace ledd::deidentification
