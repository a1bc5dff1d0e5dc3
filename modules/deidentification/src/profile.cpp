#include "profile.h"

#include <algorithm>
#include <array>

namespace ledd::deidentification {
namespace {

using enum Action;
using enum Option;

constexpr ProfileRow kTable[] = {
#include "profile_table.inc"
};

constexpr std::uint32_t kPatientName = 0x00100010, kPatientId = 0x00100020;
constexpr std::uint32_t kContentSequence = 0x0040A730, kTextValue = 0x0040A160;

template <std::size_t N>
bool is_in(const std::array<std::uint32_t, N>& list, std::uint32_t tag) {
  return std::find(list.begin(), list.end(), tag) != list.end();
}

/// Options not taken up for these, so that the Basic Profile holds:
/// versions of code lists and templates are dates that everybody knows, so that moving one would tell by how
/// much; the zone tells the place; so do locations of stations; an ethnic group serves no measure here.
constexpr std::array<std::uint32_t, 11> kBasicOnly{0x00080106,
                                                   0x00080107,
                                                   0x0040DB06,
                                                   0x0040DB07,
                                                   0x00080201,
                                                   0x00400011,
                                                   0x00321020,
                                                   0x00404027,
                                                   0x00404030,
                                                   0x00102160,
                                                   0x00102161};

/// Sequences whose required items are kept with their values treated: a dummy of the same shape.
constexpr std::array<std::uint32_t, 3> kShaped{0x00081111, 0x0040A073, kContentSequence};

/// UIDs of kinds of things, not of things: classes, transfer syntaxes, coding schemes, context groups.
constexpr std::array<std::uint32_t, 13> kClassUids{0x00080016,
                                                   0x00081150,
                                                   0x0008001A,
                                                   0x0008001B,
                                                   0x00041510,
                                                   0x00041512,
                                                   0x00083002,
                                                   0x0008115A,
                                                   0x00080062,
                                                   0x0008010C,
                                                   0x00080117,
                                                   0x00080118,
                                                   0x04000510};

/// Not in the table, of groups of which else only the table's attributes are kept: species, orientation, and
/// body mass index of the patient.
constexpr std::array<std::uint32_t, 4> kHarmless{0x00102201, 0x00102202, 0x00102210, 0x00101022};

/// Groups that images, segmentations, maps and reports are made of. What of other groups the table leaves out
/// is of other kinds of objects (plans, worklists, displays, airport security), full of names.
constexpr std::array<std::uint32_t, 12> kGroups{
    0x0008, 0x0012, 0x0018, 0x0020, 0x0028, 0x0032, 0x0040, 0x0050, 0x0062, 0x0070, 0x0088, 0x2050};
constexpr std::array<std::uint32_t, 2> kFrameGroups{0x5200, 0x7FE0};

/// Left out of the table, but of the same kind as what is in it: numbers of orders, a code of
/// confidentiality, the address of a time server.
constexpr std::array<std::uint32_t, 6> kIdentifying{
    0x00401006, 0x00401007, 0x00402006, 0x00402007, 0x00401008, 0x00181803};

/// Free text that the table leaves out: ContentDescription, AcquisitionProtocolName,
/// PerformedProcedureTypeDescription, CompletionFlagDescription.
constexpr std::array<std::uint32_t, 4> kMoreDescriptors{0x00700081, 0x00189423, 0x00400255, 0x0040A492};

Plan always(Treatment treatment) {
  return {treatment, treatment};
}

Treatment basic(const ProfileRow& row, DcmEVR vr, const Place& place) {
  if (row.tag == kPatientId || row.tag == kPatientName) return Treatment::kPseudonym;
  if (is_in(kShaped, row.tag) && vr == EVR_SQ) return Treatment::kRecurse;
  switch (row.action) {
    case kX:
      // RequestedProcedureID must be present, but may be empty, in ReferencedRequestSequence.
      return row.tag == 0x00401001 && place.parent == 0x0040A370 ? Treatment::kEmpty : Treatment::kRemove;
    case kXD:
      return row.tag == 0x00181030 && place.enhanced ? Treatment::kDummy
                                                     : Treatment::kRemove;  // ProtocolName
    case kXZD: return Treatment::kRemove;
    case kZ:
    case kXZ:
    case kZD: return Treatment::kEmpty;
    case kD:
      if (vr == EVR_UI) return Treatment::kUid;
      return vr == EVR_SQ ? Treatment::kRemove : Treatment::kDummy;
    case kU: return vr == EVR_UI ? Treatment::kUid : Treatment::kRemove;
    case kXZU: return vr == EVR_SQ ? Treatment::kRecurse : Treatment::kRemove;
  }
  return Treatment::kRemove;
}

Plan listed(const ProfileRow& row, DcmEVR vr, const Place& place) {
  const Treatment otherwise = basic(row, vr, place);
  if (is_in(kBasicOnly, row.tag)) return always(otherwise);
  const bool may_be_empty = row.action == kZ || row.action == kXZ || row.action == kZD;
  switch (row.option) {
    case kDates:
      if (vr == EVR_DA || vr == EVR_DT) return always(Treatment::kShift);
      return vr == EVR_TM ? Plan{Treatment::kNumber, otherwise} : always(otherwise);
    case kDescriptors:
    case kPatientClean:
      if (vr == EVR_SQ) return always(may_be_empty ? Treatment::kEmpty : Treatment::kRemove);
      return {Treatment::kClean, otherwise};
    case kDevice: return always(vr == EVR_SQ ? Treatment::kRecurse : Treatment::kKeep);
    case kPatient: return {Treatment::kCharacteristic, otherwise};
    case kContent:
      return always(row.tag == kContentSequence && vr == EVR_SQ ? Treatment::kRecurse : Treatment::kEmpty);
    // One day on which a device was serviced, moved by the days of two subjects, would tell how these differ.
    case kDeviceDates:
    case kDeviceClean:
    case kNone: return always(otherwise);
  }
  return always(otherwise);
}

bool is_of_no_use(std::uint32_t tag) {
  const std::uint32_t group = tag >> 16U;
  if (is_in(kIdentifying, tag)) return true;
  return !is_in(kGroups, group) && !is_in(kFrameGroups, group) && !is_in(kHarmless, tag);
}

/// What the table does not list is kept, as far as its VR cannot hold a name.
Plan unlisted(std::uint32_t tag, DcmEVR vr) {
  if (is_of_no_use(tag)) return always(Treatment::kRemove);
  switch (vr) {
    case EVR_SQ: return always(Treatment::kRecurse);
    case EVR_DA:
    case EVR_DT: return always(Treatment::kShift);
    case EVR_UI: return always(is_in(kClassUids, tag) ? Treatment::kKeep : Treatment::kUid);
    case EVR_PN: return always(Treatment::kEmpty);
    case EVR_AE:
    case EVR_UR: return always(Treatment::kRemove);
    case EVR_LT:
    case EVR_ST:
    case EVR_UC:
    case EVR_UT: return {Treatment::kClean, tag == kTextValue ? Treatment::kDummy : Treatment::kRemove};
    case EVR_DS:
    case EVR_IS:
    case EVR_TM: return always(Treatment::kNumber);
    default: break;
  }
  if (is_in(kMoreDescriptors, tag)) return {Treatment::kClean, Treatment::kEmpty};  // must be present
  return always(Treatment::kKeep);
}

bool is_in_dictionary(const DcmTagKey& key) {
  const DcmDataDictionary& dictionary = dcmDataDict.rdlock();
  const bool found = dictionary.findEntry(key, nullptr) != nullptr;
  dcmDataDict.rdunlock();
  return found;
}

}  // namespace

std::span<const ProfileRow> profile_table() {
  return kTable;
}

Plan plan_for(DcmElement& element, const Place& place) {
  const DcmTag& key = element.getTag();
  const std::uint32_t tag = number_of(key);
  const std::uint32_t series = (tag >> 24U);  // the repeating groups: curves 50xx, overlays 60xx
  const DcmEVR vr = element.ident() == EVR_SQ ? EVR_SQ : element.getVR();
  if (key.getElement() == 0 || key.getGroup() < 0x0008 || series == 0x50 || series == 0x60)
    return always(Treatment::kRemove);
  if (vr == EVR_UN || vr == EVR_UNKNOWN || vr == EVR_UNKNOWN2B) return always(Treatment::kRemove);
  const auto row =
      std::lower_bound(std::begin(kTable), std::end(kTable), tag, [](const ProfileRow& r, std::uint32_t t) {
        return r.tag < t;
      });
  if (row != std::end(kTable) && row->tag == tag) return listed(*row, vr, place);
  if (!is_in_dictionary(key)) return always(Treatment::kRemove);
  // A number in the dictionary, whatever VR the file gives it.
  const DcmEVR usual = DcmTag(key.getXTag()).getEVR();
  if ((usual == EVR_DS || usual == EVR_IS || usual == EVR_TM) && vr != EVR_SQ)
    return always(Treatment::kNumber);
  return unlisted(tag, vr);
}

}  // namespace ledd::deidentification
