#include "content.h"

namespace ledd::dicom_results {

DcmItem& add_content(DcmItem& parent, const char* relation, const char* type, const Code& name) {
  DcmItem& item = add_item(parent, DCM_ContentSequence);
  put(item, DCM_RelationshipType, relation);
  put(item, DCM_ValueType, type);
  add_code(item, DCM_ConceptNameCodeSequence, name);
  return item;
}

void add_text(DcmItem& parent, const char* relation, const Code& name, const std::string& text) {
  if (!text.empty()) put(add_content(parent, relation, "TEXT", name), DCM_TextValue, long_text(text));
}

DcmItem& add_concept(DcmItem& parent, const char* relation, const Code& name, const Code& value) {
  DcmItem& item = add_content(parent, relation, "CODE", name);
  add_code(item, DCM_ConceptCodeSequence, value);
  return item;
}

void add_uid(DcmItem& parent, const char* relation, const Code& name, const std::string& uid) {
  put(add_content(parent, relation, "UIDREF", name), DCM_UID, uid);
}

DcmItem& add_container(DcmItem& parent, const Code& name) {
  DcmItem& item = add_content(parent, relation::kContains, "CONTAINER", name);
  put(item, DCM_ContinuityOfContent, "SEPARATE");
  return item;
}

void add_image(DcmItem& parent, const std::string& sop_class, const std::string& uid) {
  DcmItem& item = add_item(parent, DCM_ContentSequence);
  put(item, DCM_RelationshipType, relation::kContains);
  put(item, DCM_ValueType, "IMAGE");
  add_reference(item, DCM_ReferencedSOPSequence, sop_class, uid);
}

void put_template(DcmItem& item, const char* number) {
  DcmItem& used = add_item(item, DCM_ContentTemplateSequence);
  put(used, DCM_MappingResource, "DCMR");
  put(used, DCM_TemplateIdentifier, number);
}

}  // namespace ledd::dicom_results
