#pragma once
#include <cstdint>
#include <span>

#include "dcmtk.h"

namespace ledd::deidentification {

/// The Basic Profile's action in table E.1-1: remove, empty, dummy, new UID; combinations leave a choice.
enum class Action : std::uint8_t { kX, kZ, kD, kU, kXZ, kXD, kZD, kXZD, kXZU };

/// What one of the options taken here says of an attribute.
enum class Option : std::uint8_t {
  kNone,
  kDates,         ///< Modified Dates: C.
  kDeviceDates,   ///< Modified Dates: C, and Device Identity: K.
  kDescriptors,   ///< Clean Descriptors: C.
  kDevice,        ///< Device Identity: K.
  kDeviceClean,   ///< Device Identity: C.
  kPatient,       ///< Patient Characteristics: K.
  kPatientClean,  ///< Patient Characteristics: C.
  kContent,       ///< Clean Structured Content: C.
};

struct ProfileRow {
  std::uint32_t tag;
  Action action;
  Option option;
};

/// Ascending by tag.
std::span<const ProfileRow> profile_table();

/// What is done to an element.
enum class Treatment {
  kKeep,
  kRemove,
  kEmpty,
  kDummy,           ///< A value of the VR that says nothing.
  kUid,             ///< The key's UID instead.
  kShift,           ///< The subject's days earlier; emptied when it is no date.
  kClean,           ///< Words of the list stay.
  kCharacteristic,  ///< Stays when it is what it claims to be.
  kNumber,          ///< Stays when it is a number, else emptied.
  kPseudonym,
  kRecurse,  ///< A sequence whose items are treated themselves.
};

struct Plan {
  Treatment treatment = Treatment::kRemove;
  Treatment otherwise = Treatment::kRemove;  ///< When cleaning leaves nothing.
};

struct Place {
  std::uint32_t parent = 0;  ///< Tag of the sequence it is in.
  bool enhanced = false;     ///< In a multi-frame object, where ProtocolName is required.
};

/// What the profile, the options and this program's own stricter rules say of an element that is not private.
Plan plan_for(DcmElement& element, const Place& place);

}  // namespace ledd::deidentification
