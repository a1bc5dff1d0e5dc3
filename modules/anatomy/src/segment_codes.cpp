#include "ledd/anatomy/segment_codes.h"

#include <algorithm>
#include <array>
#include <list>
#include <map>
#include <string>
#include <utility>

#include "ledd/anatomy/bone.h"
#include "ledd/anatomy/knee.h"
#include "ledd/anatomy/muscles.h"

namespace ledd::anatomy {
namespace {

constexpr Code kTissue{"85756007", "SCT", "Tissue"};
constexpr Code kAnatomical{"123037004", "SCT", "Anatomical Structure"};
constexpr Code kPhysicalObject{"260787004", "SCT", "Physical object"};
constexpr Code kCartilage{"309312004", "SCT", "Cartilage"};
constexpr Code kMeniscus{"74135004", "SCT", "Meniscus"};
constexpr Code kBone{"272673000", "SCT", "Bone"};
constexpr Code kMuscle{"71616004", "SCT", "Muscle"};
constexpr Code kPhantom{"113681", "DCM", "Phantom"};
constexpr Code kFemurBone{"71341001", "SCT", "Femur"};
constexpr Code kTibiaBone{"12611008", "SCT", "Tibia"};
constexpr Code kPatellaBone{"64234005", "SCT", "Patella"};
constexpr Code kKnee{"72696002", "SCT", "Knee"};
constexpr Code kProximalFemur{"310651003", "SCT", "Proximal femur"};
constexpr Code kCervicalSpine{"122494005", "SCT", "Cervical spine"};
constexpr Code kThoracicSpine{"122495006", "SCT", "Thoracic spine"};
constexpr Code kLumbarSpine{"122496007", "SCT", "Lumbar spine"};
constexpr Code kMedial{"255561001", "SCT", "Medial"};
constexpr Code kLateral{"49370004", "SCT", "Lateral"};
constexpr Code kRight{"24028007", "SCT", "Right"};
constexpr Code kLeft{"7771000", "SCT", "Left"};
constexpr Code kDisc{"DISC", kOwnScheme, "Intervertebral disc"};
constexpr Code kMultifidus{"MULTIFIDUS", kOwnScheme, "Multifidus muscle"};
constexpr Code kErectorSpinae{"ERECTOR-SPINAE", kOwnScheme, "Erector spinae muscle"};
constexpr Code kPsoas{"PSOAS", kOwnScheme, "Psoas muscle"};

/// "Level of ... intervertebral disc", CID 1003, by id of the vertebra above.
const std::map<std::uint16_t, Code>& disc_levels() {
  static const std::map<std::uint16_t, Code> levels{
      {2, {"243902007", "SCT", "Level of C2/C3 intervertebral disc"}},
      {3, {"243903002", "SCT", "Level of C3/C4 intervertebral disc"}},
      {4, {"243904008", "SCT", "Level of C4/C5 intervertebral disc"}},
      {5, {"243905009", "SCT", "Level of C5/C6 intervertebral disc"}},
      {6, {"243906005", "SCT", "Level of C6/C7 intervertebral disc"}},
      {7, {"243925008", "SCT", "Level of C7/T1 intervertebral disc"}},
      {8, {"243908006", "SCT", "Level of T1/T2 intervertebral disc"}},
      {9, {"243909003", "SCT", "Level of T2/T3 intervertebral disc"}},
      {10, {"243910008", "SCT", "Level of T3/T4 intervertebral disc"}},
      {11, {"243911007", "SCT", "Level of T4/T5 intervertebral disc"}},
      {12, {"243912000", "SCT", "Level of T5/T6 intervertebral disc"}},
      {13, {"243913005", "SCT", "Level of T6/T7 intervertebral disc"}},
      {14, {"243914004", "SCT", "Level of T7/T8 intervertebral disc"}},
      {15, {"243915003", "SCT", "Level of T8/T9 intervertebral disc"}},
      {16, {"243916002", "SCT", "Level of T9/T10 intervertebral disc"}},
      {17, {"243917006", "SCT", "Level of T10/T11 intervertebral disc"}},
      {18, {"243918001", "SCT", "Level of T11/T12 intervertebral disc"}},
      {19, {"243926009", "SCT", "Level of T12/L1 intervertebral disc"}},
      {20, {"243920003", "SCT", "Level of L1/L2 intervertebral disc"}},
      {21, {"243921004", "SCT", "Level of L2/L3 intervertebral disc"}},
      {22, {"243922006", "SCT", "Level of L3/L4 intervertebral disc"}},
      {23, {"243923001", "SCT", "Level of L4/L5 intervertebral disc"}},
      {24, {"243927000", "SCT", "Level of L5/S1 intervertebral disc"}}};
  return levels;
}

Code spine_part(std::uint16_t vertebra) {
  if (vertebra < kT1) return kCervicalSpine;
  return vertebra <= kT12 || vertebra == kT13 ? kThoracicSpine : kLumbarSpine;
}

SegmentCodes of_vertebra(const Structure& s, const Code& own) {
  // The published code names the place already; with a code of our own the region makes it findable.
  if (s.code) return {kAnatomical, *s.code};
  return {kAnatomical, own, {}, spine_part(s.id)};
}

SegmentCodes of_disc(const Structure& s, const Code& own) {
  const auto above = static_cast<std::uint16_t>(s.id - kDiscOffset);
  const auto level = disc_levels().find(above);
  if (level != disc_levels().end()) return {kAnatomical, kDisc, {}, level->second};
  return {kAnatomical, kDisc, {own}, spine_part(above)};
}

SegmentCodes of_knee(const Structure& s) {
  switch (s.id) {
    case kFemur: return {kAnatomical, kFemurBone};
    case kTibia: return {kAnatomical, kTibiaBone};
    case kPatella: return {kAnatomical, kPatellaBone};
    case kFemoralCartilage: return {kTissue, kCartilage, {}, kFemurBone};
    case kMedialTibialCartilage: return {kTissue, kCartilage, {}, kTibiaBone, {kMedial}};
    case kLateralTibialCartilage: return {kTissue, kCartilage, {}, kTibiaBone, {kLateral}};
    case kPatellarCartilage: return {kTissue, kCartilage, {}, kPatellaBone};
    case kMedialMeniscus: return {kTissue, kMeniscus, {}, kKnee, {kMedial}};
    default: return {kTissue, kMeniscus, {}, kKnee, {kLateral}};
  }
}

SegmentCodes of_others(const Structure& s, const Code& own) {
  switch (s.id) {
    case kCanal: return {kAnatomical, *s.code};
    case kProximalFemurRight: return {kAnatomical, kProximalFemur, {kRight}};
    case kProximalFemurLeft: return {kAnatomical, kProximalFemur, {kLeft}};
    case kMultifidusR: return {kTissue, kMuscle, {kMultifidus, kRight}};
    case kMultifidusL: return {kTissue, kMuscle, {kMultifidus, kLeft}};
    case kErectorSpinaeR: return {kTissue, kMuscle, {kErectorSpinae, kRight}};
    case kErectorSpinaeL: return {kTissue, kMuscle, {kErectorSpinae, kLeft}};
    case kPsoasR: return {kTissue, kMuscle, {kPsoas, kRight}};
    case kPsoasL: return {kTissue, kMuscle, {kPsoas, kLeft}};
    case kCorticalCompartment:
    case kTrabecularCompartment: return {kTissue, kBone, {own}};
    default: break;
  }
  if (s.id >= kFirstRod && s.id < kFirstRod + kMostRods) return {kPhysicalObject, kPhantom, {own}};
  return {kAnatomical, own};
}

bool is_of_knee(std::uint16_t id) {
  return id >= kFemur && id <= kLateralMeniscus;
}

/// The code of our own of every structure; the texts live as long as the program.
const std::map<std::uint16_t, Code>& own_codes() {
  static const auto* codes = [] {
    auto* values = new std::list<std::string>;
    auto* made = new std::map<std::uint16_t, Code>;
    for (const Structure& s : structures())
      made->emplace(s.id, Code{values->emplace_back("ANAT-" + s.short_name), kOwnScheme, s.name});
    return made;
  }();
  return *codes;
}

SegmentCodes without_side(const Structure& s) {
  if (is_of_knee(s.id)) return of_knee(s);
  const Code& own = own_codes().at(s.id);
  if (s.id <= kT13) return of_vertebra(s, own);
  if (s.id > kDiscOffset && s.id <= kDiscOffset + kT13) return of_disc(s, own);
  return of_others(s, own);
}

}  // namespace

SegmentCodes segment_codes(const Structure& structure, std::string_view side) {
  SegmentCodes codes = without_side(structure);
  if (!is_of_knee(structure.id) || (side != "R" && side != "L")) return codes;
  (codes.region ? codes.region_modifiers : codes.type_modifiers).push_back(side == "R" ? kRight : kLeft);
  return codes;
}

}  // namespace ledd::anatomy
