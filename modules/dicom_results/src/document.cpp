#include "ledd/dicom_results/document.h"

#include "ledd/core/error.h"

#include "grid.h"
#include "object.h"

namespace ledd::dicom_results {

std::string encapsulated_pdf(const std::string& pdf, const std::string& title, const Origin& origin) {
  require(pdf.starts_with("%PDF-"), Errc::kInput, "the document is no PDF: it does not begin with %PDF-");
  Object object(
      origin,
      {.role = "report", .sop_class = UID_EncapsulatedPDFStorage, .modality = "DOC", .series_number = 9004});
  DcmDataset& d = object.data();
  put(d, DCM_ConversionType, "WSD");  // made on a workstation
  put(d, DCM_AcquisitionDateTime, "");
  put(d, DCM_BurnedInAnnotation, "YES");  // not looked into: it may name the patient
  put(d, DCM_DocumentTitle, long_text(title));
  put_empty_sequence(d, DCM_ConceptNameCodeSequence);
  put(d, DCM_MIMETypeOfEncapsulatedDocument, "application/pdf");
  put_uint32(d, DCM_EncapsulatedDocumentLength, pdf.size());
  for (const dicom::Slice* slice : instances(*origin.source))
    add_reference(d, DCM_SourceInstanceSequence, slice->sop_class_uid, slice->sop_instance_uid);
  put_bytes(d, DCM_EncapsulatedDocument, {reinterpret_cast<const std::uint8_t*>(pdf.data()), pdf.size()});
  return object.finish();
}

}  // namespace ledd::dicom_results
