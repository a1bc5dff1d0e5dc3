#include "ledd/cases/label_scheme.h"

#include <fmt/format.h>
#include <itkImageRegionConstIterator.h>

#include <charconv>
#include <set>

#include "ledd/anatomy/anatomy.h"
#include "ledd/anatomy/knee.h"
#include "ledd/core/config.h"
#include "ledd/core/error.h"

namespace ledd::cases {
namespace {

using Map = std::map<std::uint16_t, std::uint16_t>;

/// `count` ids from `other` on become those from `ours` on; with `step` -1 the other count runs upwards.
void add_run(Map& map, int other, int ours, int count, int step = 1) {
  for (int i = 0; i < count; ++i)
    map[static_cast<std::uint16_t>(other + i)] = static_cast<std::uint16_t>(ours + step * i);
}

Map ledd_ids() {
  Map map;
  for (const auto& structure : anatomy::structures()) map[structure.id] = structure.id;
  return map;
}

/// VerSe: Sekuboyina et al., Medical Image Analysis 73:102166, 2021. 27 is the coccyx.
Map verse_ids() {
  Map map;
  add_run(map, 1, 1, 26);
  map[27] = 0;
  map[28] = anatomy::kT13;
  return map;
}

/// TotalSpineSeg, the ids of its second step. The cord (1) is not the canal and is left out.
Map totalspineseg_ids() {
  Map map{{1, 0}, {2, anatomy::kCanal}, {50, anatomy::kS1}};
  add_run(map, 11, 1, 7);
  add_run(map, 21, anatomy::kT1, 12);
  add_run(map, 41, anatomy::kL1, 5);
  add_run(map, 63, anatomy::kDiscOffset + 2, 4);              // C2/C3 .. C5/C6: 63..66
  map[67] = anatomy::kDiscOffset + 6;                         // C6/C7
  map[71] = anatomy::kDiscOffset + 7;                         // C7/T1
  add_run(map, 72, anatomy::kDiscOffset + anatomy::kT1, 11);  // T1/T2 .. T11/T12
  map[91] = anatomy::kDiscOffset + anatomy::kT12;             // T12/L1
  add_run(map, 92, anatomy::kDiscOffset + anatomy::kL1, 4);   // L1/L2 .. L4/L5
  map[100] = anatomy::kDiscOffset + anatomy::kL5;             // L5/S1
  return map;
}

/// TotalSegmentator 2, task `total`: 117 structures, of which the vertebrae count upwards from the sacrum.
Map totalsegmentator_ids() {
  Map map;
  for (std::uint16_t id = 1; id <= 117; ++id) map[id] = 0;
  map[25] = map[26] = anatomy::kS1;  // sacrum without S1, S1
  add_run(map, 27, anatomy::kL5, 5, -1);
  add_run(map, 32, anatomy::kT12, 12, -1);
  add_run(map, 44, 7, 7, -1);
  return map;
}

/// OAI-ZIB (Ambellan et al., Medical Image Analysis 52:109, 2019) and label maps that add the patella and
/// bone lesions to its ids. Its tibial cartilage is one; the knee's pipeline parts it.
Map oai_ids() {
  return {{1, anatomy::kFemur},
          {2, anatomy::kFemoralCartilage},
          {3, anatomy::kTibia},
          {4, anatomy::kMedialTibialCartilage},
          {5, anatomy::kPatella},
          {6, anatomy::kPatellarCartilage},
          {7, anatomy::kFemur},
          {8, anatomy::kTibia},
          {9, anatomy::kPatella}};
}

std::uint16_t as_id(std::string_view text, const std::string& what) {
  unsigned id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  require(error == std::errc() && end == text.data() + text.size() && id <= 65535,
          Errc::kParam,
          fmt::format("{} '{}' is no whole number from 0 to 65535", what, text));
  return static_cast<std::uint16_t>(id);
}

std::uint16_t ledd_id(const Value& value, const std::string& theirs) {
  if (const auto* name = std::get_if<std::string>(&value)) {
    for (const auto& structure : anatomy::structures())
      if (structure.short_name == *name) return structure.id;
    throw Error(Errc::kParam, fmt::format("labels.{} = '{}' is no structure of Ledd", theirs, *name));
  }
  const std::uint16_t id = as_id(to_text(value), "labels." + theirs);
  require(id == 0 || anatomy::find(id) != nullptr,
          Errc::kParam,
          fmt::format("labels.{} = {} is no id of Ledd (0 leaves it out)", theirs, id));
  return id;
}

}  // namespace

std::vector<std::string> known_schemes() {
  return {"ledd", "oai", "totalsegmentator", "totalspineseg", "verse"};
}

LabelScheme known_scheme(std::string_view name) {
  if (name == "ledd") return {"ledd", ledd_ids()};
  if (name == "oai") return {"oai", oai_ids()};
  if (name == "verse") return {"verse", verse_ids()};
  if (name == "totalspineseg") return {"totalspineseg", totalspineseg_ids()};
  if (name == "totalsegmentator") return {"totalsegmentator", totalsegmentator_ids()};
  throw Error(Errc::kParam,
              fmt::format("label scheme '{}' is none of ledd|oai|totalsegmentator|totalspineseg|verse, and "
                          "no path of a .toml file",
                          name));
}

LabelScheme parse_scheme(std::string_view toml_text) {
  constexpr std::string_view kPrefix = "labels.";
  LabelScheme scheme{"file", {}, {}};
  for (const auto& [name, value] : merge_config(toml_text, {})) {
    require(name.rfind(kPrefix, 0) == 0,
            Errc::kFormat,
            fmt::format("'{}': an id map holds one table [labels] and nothing else", name));
    const std::string theirs = name.substr(kPrefix.size());
    const std::uint16_t ours = ledd_id(value, theirs);
    scheme.ledd_from_segment[theirs] = ours;
    if (theirs.find_first_not_of("0123456789") == std::string::npos)
      scheme.ledd_from_other[as_id(theirs, "the id")] = ours;
  }
  require(!scheme.ledd_from_segment.empty(), Errc::kFormat, "an id map needs a table [labels]: 41 = \"L1\"");
  return scheme;
}

Labels::Pointer apply(const LabelScheme& scheme, const Labels& labels) {
  auto result = Labels::New();
  result->CopyInformation(&labels);
  result->SetRegions(labels.GetLargestPossibleRegion());
  result->Allocate();
  const std::size_t count = labels.GetLargestPossibleRegion().GetNumberOfPixels();
  const auto* in = labels.GetBufferPointer();
  auto* out = result->GetBufferPointer();
  std::vector<int> table(65536, -1);
  table[0] = 0;
  for (const auto& [theirs, ours] : scheme.ledd_from_other) table[theirs] = ours;
  std::set<std::uint16_t> unknown;
  bool any = false;
  for (std::size_t i = 0; i < count; ++i) {
    const int id = table[in[i]];
    if (id < 0) unknown.insert(in[i]);
    out[i] = static_cast<std::uint16_t>(std::max(id, 0));
    any = any || id > 0;
  }
  require(unknown.empty(),
          Errc::kInput,
          fmt::format("the segmentation holds id {}, which label scheme '{}' does not know{}; give "
                      "--label-scheme, or a .toml map in which 0 leaves an id out",
                      unknown.empty() ? 0 : *unknown.begin(),
                      scheme.name,
                      unknown.size() > 1 ? fmt::format(" (and {} more)", unknown.size() - 1) : ""));
  require(any,
          Errc::kInput,
          fmt::format("the segmentation holds no structure that Ledd knows under label scheme '{}'",
                      scheme.name));
  return result;
}

}  // namespace ledd::cases
