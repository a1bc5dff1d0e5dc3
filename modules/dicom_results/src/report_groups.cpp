#include "report_groups.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ledd/core/error.h"

#include "content.h"
#include "origin.h"
#include "report_codes.h"

namespace ledd::dicom_results {
namespace {

const EndpointDefinition& definition_of(const Measurement& m, const Report& report) {
  for (const EndpointDefinition& d : report.definitions)
    if (d.key == m.endpoint) return d;
  throw Error(Errc::kInput, fmt::format("endpoint {} of {} has no definition", m.endpoint, m.region));
}

void require_sound(const Measurement& m) {
  const std::string name = fmt::format("{} of {} {}", m.endpoint, m.side, m.region);
  require(!m.unit.empty(), Errc::kInput, name + " has no unit; write 1 where there is none");
  require(m.value.has_value() == (m.quality != Quality::kFailed),
          Errc::kInput,
          fmt::format("{} is {} but {}", name, name_of(m.quality), m.value ? "has a value" : "has no value"));
  require(!m.value || std::isfinite(*m.value), Errc::kInput, name + " is not a finite number");
}

void put_value(const Measurement& m, DcmItem& number) {
  if (!m.value) {
    put_empty_sequence(number, DCM_MeasuredValueSequence);
    add_code(number, DCM_NumericValueQualifierCodeSequence, term::kFailure);
    return;
  }
  DcmItem& measured = add_item(number, DCM_MeasuredValueSequence);
  put(measured, DCM_NumericValue, decimal(*m.value));
  put_double(measured, DCM_FloatingPointValue, *m.value);
  add_code(measured, DCM_MeasurementUnitsCodeSequence, unit_code(m.unit).code());
}

/// Codes for programs that know DICOM; the names of the endpoint tables beside them, uncut, for those that
/// put a report back into a table.
void add_names(const Measurement& m, const EndpointDefinition& definition, DcmItem& number) {
  const OwnedCode method = own_code("ME-", definition.method, definition.method);
  add_concept(number, relation::kModifies, term::kMethod, method.code());
  if (m.statistic != "value")
    add_concept(number, relation::kModifies, term::kDerivation, statistic_code(m.statistic).code());
  add_text(number, relation::kProperty, term::kEndpoint, m.endpoint);
  if (m.statistic != "value" && statistic_of(statistic_code(m.statistic).value, "SCT").empty())
    add_text(number, relation::kProperty, term::kStatistic, m.statistic);
  if (method.meaning != definition.method)
    add_text(number, relation::kProperty, term::kMethodText, definition.method);
}

void add_quality(const Measurement& m, DcmItem& number) {
  const Code& quality = m.quality == Quality::kGood        ? term::kGood
                        : m.quality == Quality::kUncertain ? term::kUncertain
                                                           : term::kFailed;
  add_concept(number, relation::kProperty, term::kQuality, quality);
  add_text(number, relation::kProperty, term::kReason, m.reason);
  if (m.inherent) add_concept(number, relation::kProperty, term::kInherent, term::kYes);
  if (!m.value) add_text(number, relation::kProperty, term::kUnit, m.unit);
}

void add_row(const Measurement& m, const Report& report, DcmItem& group) {
  require_sound(m);
  const EndpointDefinition& definition = definition_of(m, report);
  DcmItem& number = add_content(group, relation::kContains, "NUM", endpoint_code(definition).code());
  put_value(m, number);
  add_names(m, definition, number);
  const Origin& origin = report.origin;
  add_text(number, relation::kModifies, {"111001", "DCM", "Algorithm Name"}, "Ledd " + origin.pipeline);
  add_text(number, relation::kModifies, {"111003", "DCM", "Algorithm Version"}, origin.version);
  add_quality(m, number);
}

const anatomy::Structure* structure_of(const std::string& region) {
  for (const anatomy::Structure& s : anatomy::structures())
    if (s.short_name == region) return &s;
  return nullptr;
}

const Segment* segment_of(const Group& group, const Report& report) {
  const anatomy::Structure* structure = structure_of(group.region);
  if (report.segmentation == nullptr || structure == nullptr) return nullptr;
  const std::string& labelled = report.origin.side;
  if (!group.side.empty() && !labelled.empty() && group.side != labelled) return nullptr;
  for (const Segment& segment : report.segmentation->segments)
    if (segment.id == structure->id) return &segment;
  return nullptr;
}

void add_tracking(const Group& group, const Segment* segment, const Report& report, DcmItem& item) {
  const std::string name = group.side.empty() ? group.region : group.region + " " + group.side;
  const std::string content =
      fmt::format("{} {} {}", report.origin.source->series_uid, group.side, group.region);
  add_text(item, relation::kObserved, term::kTrackingId, segment != nullptr ? segment->tracking_id : name);
  add_uid(item,
          relation::kObserved,
          term::kTrackingUid,
          segment != nullptr ? segment->tracking_uid : uid_of("tracking region", content));
  add_text(item, relation::kObserved, term::kRegion, group.region);
  add_text(item, relation::kObserved, term::kSide, group.side);
}

void add_anatomy(const Group& group, DcmItem& item) {
  const anatomy::Structure* structure = structure_of(group.region);
  const OwnedCode own = own_code("RG-", group.region, group.region);
  Code finding = own.code(), site = own.code();
  std::vector<Code> places;
  if (structure != nullptr) {
    const anatomy::SegmentCodes codes = anatomy::segment_codes(*structure);
    finding = codes.type;
    site = codes.region.value_or(codes.type);
    places = codes.region_modifiers;
  }
  add_concept(item, relation::kContains, term::kFinding, finding);
  DcmItem& placed = add_concept(item, relation::kModifies, term::kFindingSite, site);
  for (const Code& place : places) add_concept(placed, relation::kModifies, term::kTopography, place);
  if (group.side == "R") add_concept(placed, relation::kModifies, term::kLaterality, term::kRight);
  if (group.side == "L") add_concept(placed, relation::kModifies, term::kLaterality, term::kLeft);
}

void add_segment_reference(const Segment& segment, const Report& report, DcmItem& item) {
  DcmItem& image = add_content(item, relation::kContains, "IMAGE", term::kReferencedSegment);
  DcmItem& reference = add_reference(
      image, DCM_ReferencedSOPSequence, UID_SegmentationStorage, report.segmentation->sop_instance_uid);
  put_uint16(reference, DCM_ReferencedSegmentNumber, segment.number);
  add_uid(item, relation::kContains, term::kSourceSeries, report.origin.source->series_uid);
}

}  // namespace

std::vector<Group> groups_of(const std::vector<Measurement>& measurements) {
  std::vector<Group> groups;
  for (const Measurement& m : measurements) {
    auto group = std::find_if(groups.begin(), groups.end(), [&](const Group& g) {
      return g.side == m.side && g.region == m.region;
    });
    if (group == groups.end()) group = groups.insert(groups.end(), {m.side, m.region, {}});
    group->rows.push_back(&m);
  }
  return groups;
}

void add_group(const Group& group, const Report& report, DcmItem& measurements) {
  const Segment* segment = segment_of(group, report);
  DcmItem& item = add_container(measurements, term::kGroup);
  put_template(item, segment != nullptr ? "1411" : "1501");
  add_tracking(group, segment, report, item);
  add_anatomy(group, item);
  if (segment != nullptr) add_segment_reference(*segment, report, item);
  for (const Measurement* m : group.rows) add_row(*m, report, item);
}

}  // namespace ledd::dicom_results
