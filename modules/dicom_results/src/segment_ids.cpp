#include "segment_ids.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "ledd/core/error.h"

#include "origin.h"

namespace ledd::dicom_results {
namespace {

using anatomy::Structure;

ReadCode as_read(const Code& code) {
  return {std::string(code.value), std::string(code.scheme), std::string(code.meaning)};
}

bool is_side(const ReadCode& code) {
  return code.scheme == "SCT" && (code.value == "24028007" || code.value == "7771000");
}

/// What a structure and a segment are compared by.
struct Signature {
  std::set<std::string> terms;  ///< Category, type, region and modifiers but for the side.
  std::set<std::string> sides;
};

void add(const ReadCode& code, Signature& to) {
  if (code) (is_side(code) ? to.sides : to.terms).insert(code.scheme + " " + code.value);
}

Signature signature_of(const SegmentHeader& segment) {
  Signature signature;
  for (const ReadCode& code : {segment.category, segment.type, segment.region}) add(code, signature);
  for (const ReadCode& code : segment.modifiers) add(code, signature);
  return signature;
}

Signature signature_of(const Structure& structure) {
  const anatomy::SegmentCodes codes = anatomy::segment_codes(structure);
  Signature signature;
  add(as_read(codes.category), signature);
  add(as_read(codes.type), signature);
  if (codes.region) add(as_read(*codes.region), signature);
  for (const Code& code : codes.type_modifiers) add(as_read(code), signature);
  for (const Code& code : codes.region_modifiers) add(as_read(code), signature);
  return signature;
}

std::vector<const Structure*> by_codes(const SegmentHeader& segment) {
  const Signature wanted = signature_of(segment);
  std::vector<const Structure*> fitting;
  for (const Structure& s : anatomy::structures()) {
    const Signature has = signature_of(s);
    const bool other_side = !has.sides.empty() && !wanted.sides.empty() && has.sides != wanted.sides;
    if (has.terms == wanted.terms && !other_side) fitting.push_back(&s);
  }
  return fitting;
}

std::uint16_t by_tracking(const SegmentHeader& segment, const std::set<std::string>& series) {
  if (!segment.tracking_uid.starts_with("2.25.")) return 0;
  for (const std::string& uid : series)
    for (const Structure& s : anatomy::structures())
      if (tracking_uid(uid, s.id) == segment.tracking_uid) return s.id;
  return 0;
}

std::uint16_t by_label(const SegmentHeader& segment) {
  for (const Structure& s : anatomy::structures())
    if (segment.label == label_of(s) || segment.label == s.short_name || segment.label == s.name) return s.id;
  return 0;
}

std::string described(const SegmentHeader& segment) {
  std::string text = fmt::format("segment {} '{}' with category {}, type {}",
                                 segment.number,
                                 segment.label,
                                 shown(segment.category),
                                 shown(segment.type));
  if (segment.region) text += ", region " + shown(segment.region);
  for (const ReadCode& modifier : segment.modifiers) text += ", " + shown(modifier);
  return text;
}

std::uint16_t only_one_by_codes(const SegmentHeader& segment, const SegmentationFile& file) {
  const std::vector<const Structure*> fitting = by_codes(segment);
  const std::string advice = fmt::format("; say which it is by its number ({}) or its label", segment.number);
  require(
      !fitting.empty(),
      Errc::kInput,
      fmt::format("{}: {} fits no structure of Ledd's{}", file.path.string(), described(segment), advice));
  require(fitting.size() == 1,
          Errc::kInput,
          fmt::format("{}: {} fits '{}' as well as '{}'{}",
                      file.path.string(),
                      described(segment),
                      fitting[0]->name,
                      fitting.back()->name,
                      advice));
  return fitting[0]->id;
}

bool is_background(const SegmentHeader& segment, const SegmentationFile& file) {
  return file.label_map &&
         (segment.number == file.background || segment.type == ReadCode{"125040", "DCM", "Background"});
}

void require_known(const SegmentIds& ids, const SegmentationFile& file) {
  for (const auto& [name, id] : ids) {
    const auto is_meant = [&name = name](const SegmentHeader& s) {
      return s.label == name || std::to_string(s.number) == name;
    };
    require(std::any_of(file.segments.begin(), file.segments.end(), is_meant),
            Errc::kInput,
            fmt::format("{}: there is no segment '{}'", file.path.string(), name));
    require(id == 0 || anatomy::find(id) != nullptr,
            Errc::kInput,
            fmt::format("segment '{}' is given the id {}, which is no structure of Ledd's", name, id));
  }
}

const std::uint16_t* given(const SegmentHeader& segment, const SegmentIds& ids) {
  auto found = ids.find(std::to_string(segment.number));
  if (found == ids.end()) found = ids.find(segment.label);
  return found == ids.end() ? nullptr : &found->second;
}

/// Whether its codes fit one structure, and no other segment is that.
bool names_one_more(const SegmentHeader& segment, const std::map<unsigned, std::uint16_t>& found) {
  const std::vector<const Structure*> fitting = by_codes(segment);
  return fitting.size() == 1 && std::none_of(found.begin(), found.end(), [&](const auto& other) {
           return other.second == fitting.front()->id;
         });
}

/// An id for each segment that no structure fits: its number where that is free.
void number_strangers(const SegmentationFile& file,
                      const SegmentIds& ids,
                      std::map<unsigned, std::uint16_t>& found,
                      std::vector<std::string>& notes) {
  constexpr unsigned kFirst = 40000;
  std::set<unsigned> taken;
  for (const auto& [number, id] : found) taken.insert(id);
  for (const SegmentHeader& segment : file.segments) {
    std::uint16_t& id = found[segment.number];
    if (id != 0 || is_background(segment, file) || given(segment, ids) != nullptr) continue;
    unsigned wanted = segment.number;
    while (wanted == 0 || taken.contains(wanted) ||
           anatomy::find(static_cast<std::uint16_t>(wanted)) != nullptr)
      wanted = std::max(kFirst, wanted + 1);
    require(wanted <= 65535,
            Errc::kInput,
            fmt::format("{}: more segments than there are numbers", file.path.string()));
    taken.insert(wanted);
    id = static_cast<std::uint16_t>(wanted);
    notes.push_back(fmt::format("segment {} '{}' is no structure of Ledd's", segment.number, segment.label));
  }
}

}  // namespace

std::map<unsigned, std::uint16_t> recognise(const SegmentationFile& file,
                                            const dicom::Stack* onto,
                                            const Recognition& how,
                                            std::vector<std::string>& notes) {
  require_known(how.ids, file);
  std::set<std::string> series(file.series_uids.begin(), file.series_uids.end());
  if (onto != nullptr) series.insert(onto->series_uid);
  std::map<unsigned, std::uint16_t> found;
  const auto note = [&](const SegmentHeader& s, std::uint16_t id, const char* by_what) {
    notes.push_back(fmt::format(
        "segment {} '{}' taken as {} by {}", s.number, s.label, anatomy::short_name(id), by_what));
  };
  for (const SegmentHeader& segment : file.segments) {
    std::uint16_t& id = found[segment.number] = 0;
    if (const std::uint16_t* told = given(segment, how.ids)) {
      id = *told;
      if (id == 0) notes.push_back(fmt::format("segment {} '{}' left out", segment.number, segment.label));
      continue;
    }
    if (is_background(segment, file) || (id = by_tracking(segment, series)) != 0) continue;
    if ((id = by_label(segment)) != 0) {
      note(segment, id, "its label");
      continue;
    }
    if (how.strangers == Strangers::kKeep && !names_one_more(segment, found)) continue;
    id = only_one_by_codes(segment, file);
    note(segment, id, "its codes");
  }
  if (how.strangers == Strangers::kKeep) number_strangers(file, how.ids, found, notes);
  return found;
}

}  // namespace ledd::dicom_results
