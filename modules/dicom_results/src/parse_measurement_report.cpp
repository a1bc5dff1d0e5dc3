#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ledd/core/error.h"
#include "ledd/dicom_results/measurement_report.h"

#include "file.h"
#include "report_codes.h"

namespace ledd::dicom_results {
namespace {

bool is(const ReadCode& code, const Code& term) {
  return code.value == term.value && code.scheme == term.scheme;
}

/// Content items of one report, with its texts as UTF-8.
class Content {
 public:
  Content(std::filesystem::path path, DcmDataset& data)
      : path_(std::move(path)), charset_(dicom::text_of(data, DCM_SpecificCharacterSet)) {}

  const std::filesystem::path& path() const { return path_; }

  /// Line ends stay, unlike in other attributes.
  std::string text(DcmItem& item) const {
    OFString value;
    if (charset_ != "ISO_IR 192" && !charset_.empty())
      return dicom::localized_text_of(item, DCM_TextValue, charset_);
    if (item.findAndGetOFStringArray(DCM_TextValue, value).bad()) return {};
    std::string text(value.data(), value.size());
    text.erase(text.find_last_not_of(std::string(" \0", 2)) + 1);
    return long_text(text);
  }
  std::string meaning(DcmItem& coded) const {
    return dicom::localized_text_of(coded, DCM_CodeMeaning, charset_);
  }

  /// The first child with this name; null when there is none.
  static DcmItem* child(DcmItem& item, const Code& name) {
    for (DcmItem* one : items_of(item, DCM_ContentSequence))
      if (is(code_of(*one, DCM_ConceptNameCodeSequence), name)) return one;
    return nullptr;
  }
  std::string child_text(DcmItem& item, const Code& name) const {
    DcmItem* found = child(item, name);
    return found == nullptr ? "" : text(*found);
  }
  static std::string child_uid(DcmItem& item, const Code& name) {
    DcmItem* found = child(item, name);
    return found == nullptr ? "" : dicom::text_of(*found, DCM_UID);
  }
  ReadCode child_code(DcmItem& item, const Code& name) const {
    DcmItem* found = child(item, name);
    DcmItem* coded = found == nullptr ? nullptr : dicom::first_item(*found, DCM_ConceptCodeSequence);
    if (coded == nullptr) return {};
    ReadCode code = code_of(*coded);
    code.meaning = meaning(*coded);
    return code;
  }

 private:
  std::filesystem::path path_;
  std::string charset_;
};

/// What the rows of a group have in common.
struct GroupFacts {
  std::string side, region, segmentation_uid, tracking_uid;
  unsigned segment = 0;
};

std::string side_of(const Content& content, DcmItem& group) {
  std::string told = content.child_text(group, term::kSide);
  if (!told.empty()) return told;
  DcmItem* site = Content::child(group, term::kFindingSite);
  const ReadCode laterality = site == nullptr ? ReadCode{} : content.child_code(*site, term::kLaterality);
  if (is(laterality, term::kRight)) return "R";
  return is(laterality, term::kLeft) ? "L" : "";
}

/// The short name that Ledd writes; of others' reports the finding site, else what is tracked.
std::string region_of_group(const Content& content, DcmItem& group, bool& is_own) {
  std::string told = content.child_text(group, term::kRegion);
  is_own = !told.empty();
  if (is_own) return told;
  const std::string site = content.child_code(group, term::kFindingSite).meaning;
  return site.empty() ? content.child_text(group, term::kTrackingId) : site;
}

GroupFacts facts_of(const Content& content, DcmItem& group, std::vector<std::string>& notes) {
  GroupFacts facts;
  bool is_own = false;
  facts.region = region_of_group(content, group, is_own);
  facts.side = side_of(content, group);
  facts.tracking_uid = Content::child_uid(group, term::kTrackingUid);
  if (!is_own)
    notes.push_back(
        fmt::format("a group was not written by Ledd: '{}' is what it says of its place", facts.region));
  DcmItem* image = Content::child(group, term::kReferencedSegment);
  DcmItem* reference = image == nullptr ? nullptr : dicom::first_item(*image, DCM_ReferencedSOPSequence);
  if (reference == nullptr) return facts;
  facts.segmentation_uid = dicom::text_of(*reference, DCM_ReferencedSOPInstanceUID);
  facts.segment = static_cast<unsigned>(
      std::max(0, dicom::integer_of(*reference, DCM_ReferencedSegmentNumber).value_or(0)));
  return facts;
}

/// The value with all its bits, where the file has them.
std::optional<double> value_of(const Content& content, DcmItem& number, std::string& unit) {
  DcmItem* measured = dicom::first_item(number, DCM_MeasuredValueSequence);
  if (measured == nullptr) return std::nullopt;
  unit = code_of(*measured, DCM_MeasurementUnitsCodeSequence).value;
  const std::optional<double> text = dicom::number_of(*measured, DCM_NumericValue);
  require(text.has_value(),
          Errc::kFormat,
          dicom::complaint(content.path(),
                           DCM_NumericValue,
                           dicom::text_of(*measured, DCM_NumericValue),
                           "a finite number is needed"));
  Float64 exact = 0;
  if (measured->findAndGetFloat64(DCM_FloatingPointValue, exact).bad()) return text;
  require(std::abs(exact - *text) <= 1e-6 * std::abs(*text) + 1e-300,
          Errc::kFormat,
          fmt::format(
              "{}: NumericValue (0040,a30a) {} and FloatingPointValue (0040,a161) {} contradict each other",
              content.path().string(),
              *text,
              exact));
  return exact;
}

std::string statistic_of_row(const Content& content, DcmItem& number) {
  std::string told = content.child_text(number, term::kStatistic);
  if (!told.empty()) return told;
  const ReadCode derivation = content.child_code(number, term::kDerivation);
  if (!derivation) return "value";
  const std::string known = statistic_of(derivation.value, derivation.scheme);
  return known.empty() ? derivation.meaning : known;
}

void read_quality(const Content& content, DcmItem& number, Measurement& m) {
  const ReadCode quality = content.child_code(number, term::kQuality);
  m.reason = content.child_text(number, term::kReason);
  m.inherent = static_cast<bool>(content.child_code(number, term::kInherent));
  m.quality = m.value ? Quality::kGood : Quality::kFailed;
  if (m.value && is(quality, term::kUncertain)) m.quality = Quality::kUncertain;
  if (m.value || !m.reason.empty()) return;
  const std::string qualifier = code_of(number, DCM_NumericValueQualifierCodeSequence).meaning;
  m.reason = qualifier.empty() ? "the report gives no value" : qualifier;
}

ReadMeasurement row_of(const Content& content, const GroupFacts& facts, DcmItem& number) {
  ReadMeasurement row;
  Measurement& m = row.measurement;
  m.side = facts.side;
  m.region = facts.region;
  m.value = value_of(content, number, m.unit);
  if (m.unit.empty()) m.unit = content.child_text(number, term::kUnit);
  if (DcmItem* name = dicom::first_item(number, DCM_ConceptNameCodeSequence))
    row.title = content.meaning(*name);
  m.endpoint = content.child_text(number, term::kEndpoint);
  if (m.endpoint.empty()) m.endpoint = row.title;
  m.statistic = statistic_of_row(content, number);
  row.method = content.child_text(number, term::kMethodText);
  if (row.method.empty()) row.method = content.child_code(number, term::kMethod).meaning;
  read_quality(content, number, m);
  row.segmentation_uid = facts.segmentation_uid;
  row.tracking_uid = facts.tracking_uid;
  row.segment = facts.segment;
  return row;
}

void read_group(const Content& content, DcmItem& group, ReadMeasurementReport& report) {
  const GroupFacts facts = facts_of(content, group, report.notes);
  for (DcmItem* item : items_of(group, DCM_ContentSequence))
    if (dicom::text_of(*item, DCM_ValueType) == "NUM")
      report.measurements.push_back(row_of(content, facts, *item));
}

void read_library(DcmItem& item, ReadMeasurementReport& report) {
  for (DcmItem* child : items_of(item, DCM_ContentSequence)) {
    if (dicom::text_of(*child, DCM_ValueType) == "CONTAINER") read_library(*child, report);
    if (dicom::text_of(*child, DCM_ValueType) != "IMAGE") continue;
    if (DcmItem* reference = dicom::first_item(*child, DCM_ReferencedSOPSequence))
      report.source_uids.push_back(dicom::text_of(*reference, DCM_ReferencedSOPInstanceUID));
  }
}

void read_containers(const Content& content, DcmItem& item, ReadMeasurementReport& report) {
  for (DcmItem* child : items_of(item, DCM_ContentSequence)) {
    if (dicom::text_of(*child, DCM_ValueType) != "CONTAINER") continue;
    const ReadCode name = code_of(*child, DCM_ConceptNameCodeSequence);
    if (is(name, term::kLibrary))
      read_library(*child, report);
    else if (is(name, term::kGroup))
      read_group(content, *child, report);
    else
      read_containers(content, *child, report);
  }
}

}  // namespace

ReportUids report_uids(const std::filesystem::path& path) {
  const std::unique_ptr<DcmFileFormat> file = read_file(path);
  DcmDataset& d = *file->getDataset();
  return {dicom::text_of(d, DCM_SOPInstanceUID), dicom::text_of(d, DCM_SeriesInstanceUID)};
}

ReadMeasurementReport parse_measurement_report(const std::filesystem::path& path) {
  const std::unique_ptr<DcmFileFormat> file = read_file(path);
  DcmDataset& d = *file->getDataset();
  const std::string sop_class = dicom::text_of(d, DCM_SOPClassUID);
  require(sop_class == UID_Comprehensive3DSRStorage || sop_class == UID_ComprehensiveSRStorage ||
              sop_class == UID_EnhancedSRStorage,
          Errc::kUnsupported,
          dicom::complaint(path, DCM_SOPClassUID, sop_class, "a structured report is needed"));
  const ReadCode title = code_of(d, DCM_ConceptNameCodeSequence);
  DcmItem* used = dicom::first_item(d, DCM_ContentTemplateSequence);
  const std::string number = used == nullptr ? "" : dicom::text_of(*used, DCM_TemplateIdentifier);
  require(
      number == "1500" || is(title, term::kReport),
      Errc::kUnsupported,
      fmt::format("{}: is a report {} by template '{}'; an Imaging Measurement Report (TID 1500) is needed",
                  path.string(),
                  shown(title),
                  number));
  ReadMeasurementReport report;
  read_containers(Content(path, d), d, report);
  return report;
}

}  // namespace ledd::dicom_results
