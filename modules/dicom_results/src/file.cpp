#include "file.h"

#include <fmt/format.h>

#include "ledd/core/error.h"
#include "ledd/dicom/structure.h"

namespace ledd::dicom_results {

std::unique_ptr<DcmFileFormat> read_file(const std::filesystem::path& path) {
  using Form = dicom::Structure::Form;
  dicom::set_up_dcmtk();
  std::error_code ignored;
  require(std::filesystem::is_regular_file(path, ignored),
          Errc::kNotFound,
          path.string() + ": there is no such file");
  const dicom::Structure structure = dicom::walk_structure(path);
  require(structure.form != Form::kUnreadable, Errc::kPermission, path.string() + ": " + structure.fault);
  require(structure.form != Form::kNotDicom, Errc::kFormat, path.string() + ": is no DICOM file");
  require(structure.form == Form::kSound, Errc::kFormat, path.string() + ": " + structure.fault);
  auto file = std::make_unique<DcmFileFormat>();
  const OFCondition done =
      file->loadFile(path.c_str(), EXS_Unknown, EGL_noChange, DCM_MaxReadLength, ERM_autoDetect);
  require(done.good(), Errc::kFormat, fmt::format("{}: {}", path.string(), done.text()));
  return file;
}

ReadCode code_of(DcmItem& item) {
  ReadCode code{dicom::text_of(item, DCM_CodeValue),
                dicom::text_of(item, DCM_CodingSchemeDesignator),
                dicom::text_of(item, DCM_CodeMeaning)};
  if (code.value.empty()) code.value = dicom::text_of(item, DCM_LongCodeValue);
  return code;
}

ReadCode code_of(DcmItem& item, const DcmTagKey& sequence) {
  DcmItem* first = dicom::first_item(item, sequence);
  return first == nullptr ? ReadCode{} : code_of(*first);
}

std::string shown(const ReadCode& code) {
  return fmt::format("({}, {}, {})", code.value, code.scheme, code.meaning);
}

std::vector<DcmItem*> items_of(DcmItem& item, const DcmTagKey& sequence) {
  std::vector<DcmItem*> all;
  DcmSequenceOfItems* found = nullptr;
  if (item.findAndGetSequence(sequence, found).bad() || found == nullptr) return all;
  for (DcmObject* next = found->nextInContainer(nullptr); next != nullptr;
       next = found->nextInContainer(next))
    if (auto* one = dynamic_cast<DcmItem*>(next)) all.push_back(one);
  return all;
}

}  // namespace ledd::dicom_results
