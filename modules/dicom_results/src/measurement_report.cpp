#include "ledd/dicom_results/measurement_report.h"

#include "ledd/core/error.h"

#include "content.h"
#include "grid.h"
#include "object.h"
#include "origin.h"
#include "report_codes.h"
#include "report_groups.h"

namespace ledd::dicom_results {
namespace {

/// "2024-05-31T10:15:02Z" -> "20240531101502+0000".
std::string dicom_time(const std::string& utc) {
  std::string digits;
  for (const char c : utc)
    if (c >= '0' && c <= '9') digits += c;
  return digits.substr(0, 14) + "+0000";
}

/// Who answers for it (PS3.3 C.17.2), and the report that it takes the place of.
void put_verification(const Origin& origin, DcmItem& d) {
  put(d, DCM_VerificationFlag, origin.corrected ? "VERIFIED" : "UNVERIFIED");
  if (!origin.corrected) return;  // no person has signed it
  DcmItem& observer = add_item(d, DCM_VerifyingObserverSequence);
  put(observer, DCM_VerifyingObserverName, fitted(origin.corrected->reader, kLongBytes));
  put_empty_sequence(observer, DCM_VerifyingObserverIdentificationCodeSequence);
  put(observer, DCM_VerifyingOrganization, "not stated");  // must have a value
  put(observer, DCM_VerificationDateTime, dicom_time(origin.corrected->utc));
  if (origin.corrected->report_uid.empty()) return;
  DcmItem& study = add_item(d, DCM_PredecessorDocumentsSequence);
  put(study, DCM_StudyInstanceUID, origin.source->study_uid);
  DcmItem& series = add_item(study, DCM_ReferencedSeriesSequence);
  put(series, DCM_SeriesInstanceUID, origin.corrected->report_series_uid);
  add_reference(
      series, DCM_ReferencedSOPSequence, UID_Comprehensive3DSRStorage, origin.corrected->report_uid);
}

void put_document_module(const Origin& origin, DcmItem& d) {
  put(d, DCM_CompletionFlag, "COMPLETE");
  put_verification(origin, d);
  put_empty_sequence(d, DCM_PerformedProcedureCodeSequence);
  put_empty_sequence(d, DCM_ReferencedPerformedProcedureStepSequence);
}

void put_evidence(const Report& report, DcmItem& d) {
  const dicom::Stack& stack = *report.origin.source;
  DcmItem& study = add_item(d, DCM_CurrentRequestedProcedureEvidenceSequence);
  put(study, DCM_StudyInstanceUID, stack.study_uid);
  DcmItem& series = add_item(study, DCM_ReferencedSeriesSequence);
  put(series, DCM_SeriesInstanceUID, stack.series_uid);
  for (const dicom::Slice* slice : instances(stack))
    add_reference(series, DCM_ReferencedSOPSequence, slice->sop_class_uid, slice->sop_instance_uid);
  if (report.segmentation == nullptr) return;
  DcmItem& segments = add_item(study, DCM_ReferencedSeriesSequence);
  put(segments, DCM_SeriesInstanceUID, report.segmentation->series_uid);
  add_reference(
      segments, DCM_ReferencedSOPSequence, UID_SegmentationStorage, report.segmentation->sop_instance_uid);
}

/// TID 1204, 1001, and procedure reported.
void add_context(const Origin& origin, DcmItem& d) {
  add_concept(d,
              relation::kModifies,
              {"121049", "DCM", "Language of Content Item and Descendants"},
              {"en", "RFC5646", "English"});
  add_concept(d, relation::kObserved, {"121005", "DCM", "Observer Type"}, {"121007", "DCM", "Device"});
  add_uid(d,
          relation::kObserved,
          {"121012", "DCM", "Device Observer UID"},
          uid_of("device", origin.pipeline + " " + origin.version));
  add_text(d, relation::kObserved, {"121013", "DCM", "Device Observer Name"}, "Ledd " + origin.pipeline);
  add_text(d, relation::kObserved, {"121014", "DCM", "Device Observer Manufacturer"}, "Ledd");
  add_text(d, relation::kObserved, {"121015", "DCM", "Device Observer Model Name"}, "Ledd " + origin.version);
  add_concept(d,
              relation::kModifies,
              {"121058", "DCM", "Procedure reported"},
              {"363679005", "SCT", "Imaging procedure"});
}

/// TID 1600.
void add_library(const dicom::Stack& stack, DcmItem& d) {
  DcmItem& library = add_container(d, term::kLibrary);
  DcmItem& group = add_container(library, term::kLibraryGroup);
  const Code modality{"121139", "DCM", "Modality"};
  if (stack.modality == "MR")
    add_concept(group, relation::kAcquired, modality, {"MR", "DCM", "Magnetic Resonance"});
  if (stack.modality == "CT")
    add_concept(group, relation::kAcquired, modality, {"CT", "DCM", "Computed Tomography"});
  if (!stack.frame_of_reference_uid.empty())
    add_uid(group,
            relation::kAcquired,
            {"112227", "DCM", "Frame of Reference UID"},
            stack.frame_of_reference_uid);
  for (const dicom::Slice* slice : instances(stack))
    add_image(group, slice->sop_class_uid, slice->sop_instance_uid);
}

}  // namespace

std::string measurement_report(const std::vector<Measurement>& measurements,
                               const std::vector<EndpointDefinition>& definitions,
                               const Segmentation* segmentation,
                               const Origin& origin) {
  require(!measurements.empty(), Errc::kInput, "there is no measurement to report");
  Object object(origin,
                {.role = "measurements",
                 .sop_class = UID_Comprehensive3DSRStorage,
                 .modality = "SR",
                 .series_number = 9002});
  const Report report{definitions, segmentation, origin};
  DcmDataset& d = object.data();
  put_document_module(origin, d);
  put_evidence(report, d);
  put(d, DCM_ValueType, "CONTAINER");
  add_code(d, DCM_ConceptNameCodeSequence, term::kReport);
  put(d, DCM_ContinuityOfContent, "SEPARATE");
  put_template(d, "1500");
  add_context(origin, d);
  add_library(*origin.source, d);
  DcmItem& measured = add_container(d, term::kMeasurements);
  for (const Group& group : groups_of(measurements)) add_group(group, report, measured);
  add_text(d, relation::kContains, {"111002", "DCM", "Algorithm Parameters"}, origin.parameters);
  return object.finish();
}

}  // namespace ledd::dicom_results
