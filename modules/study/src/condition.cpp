#include "ledd/study/condition.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace ledd::study {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

/// Bytes of the character of UTF-8 that begins here; 1 for what is none.
std::size_t length_at(std::string_view text, std::size_t at) {
  std::size_t length = 1;
  while (at + length < text.size() && (static_cast<unsigned char>(text[at + length]) & 0xC0U) == 0x80U)
    ++length;
  return length;
}

bool lies_in(double number, const Interval& interval) {
  const auto slack = [](double limit) { return std::isinf(limit) ? 0.0 : 1e-6 * std::abs(limit); };
  return number >= interval.low - slack(interval.low) && number <= interval.high + slack(interval.high);
}

const FactInfo* info_of(std::string_view fact) {
  for (const FactInfo& info : known_facts())
    if (info.name == fact) return &info;
  return nullptr;
}

std::string with_unit(const std::string& text, std::string_view fact) {
  const FactInfo* info = info_of(fact);
  return info == nullptr || info->unit.empty() ? text : fmt::format("{} {}", text, info->unit);
}

std::string print(const Interval& interval) {
  if (interval.low == interval.high) return fmt::format("{:g}", interval.low);
  if (std::isinf(interval.low)) return fmt::format("at most {:g}", interval.high);
  if (std::isinf(interval.high)) return fmt::format("at least {:g}", interval.low);
  return fmt::format("{:g} to {:g}", interval.low, interval.high);
}

std::string joined(const std::vector<std::string>& words, std::string_view by) {
  return fmt::format("{}", fmt::join(words, by));
}

}  // namespace

const std::vector<FactInfo>& known_facts() {
  static const std::vector<FactInfo> facts{
      {"body_part", "", false, "BodyPartExamined (0018,0015)"},
      {"columns", "", true, "Columns (0028,0011)"},
      {"contrast_agent", "", false, "ContrastBolusAgent (0018,0010)"},
      {"device_serial", "", false, "DeviceSerialNumber (0018,1000)"},
      {"echoes", "", true, "number of echo times that the case holds"},
      {"field_strength_t", "T", true, "MagneticFieldStrength (0018,0087)"},
      {"file", "", false, "name of the first file, without its folders"},
      {"flip_angle_deg", "deg", true, "FlipAngle (0018,1314)"},
      {"folder", "", false, "folder of the first file, from the study file's folder"},
      {"image_type", "", false, "ImageType (0008,0008), values joined by a backslash"},
      {"institution", "", false, "InstitutionName (0008,0080)"},
      {"kernel", "", false, "ConvolutionKernel (0018,1210)"},
      {"kvp", "kV", true, "KVP (0018,0060)"},
      {"laterality", "", false, "side by the header: R, L or B"},
      {"manufacturer", "", false, "Manufacturer (0008,0070)"},
      {"matrix", "", false, "columns x rows: \"384x320\""},
      {"modality", "", false, "Modality (0008,0060)"},
      {"model", "", false, "ManufacturerModelName (0008,1090)"},
      {"pixel_spacing_mm", "mm", true, "PixelSpacing (0028,0030): both numbers"},
      {"plane", "", false, "sagittal, coronal, axial or oblique: within 30 degrees"},
      {"protocol", "", false, "ProtocolName (0018,1030)"},
      {"reconstruction_diameter_mm", "mm", true, "ReconstructionDiameter (0018,1100)"},
      {"rows", "", true, "Rows (0028,0010)"},
      {"scan_options", "", false, "ScanOptions (0018,0022)"},
      {"scanning_sequence", "", false, "ScanningSequence (0018,0020)"},
      {"sequence_name", "", false, "SequenceName (0018,0024)"},
      {"series_description", "", false, "SeriesDescription (0008,103E)"},
      {"series_number", "", true, "SeriesNumber (0020,0011)"},
      {"slice_spacing_mm", "mm", true, "from slice to slice, measured from positions"},
      {"slice_thickness_mm", "mm", true, "SliceThickness (0018,0050)"},
      {"slices", "", true, "number of slices"},
      {"software", "", false, "SoftwareVersions (0018,1020)"},
      {"station", "", false, "StationName (0008,1010)"},
      {"study_description", "", false, "StudyDescription (0008,1030)"},
      {"te_ms", "ms", true, "EchoTime (0018,0081), of several the shortest"},
      {"ti_ms", "ms", true, "InversionTime (0018,0082)"},
      {"tr_ms", "ms", true, "RepetitionTime (0018,0080)"},
      {"tube_current_ma", "mA", true, "XRayTubeCurrent (0018,1151)"},
      {"weighting", "", false, "as `ledd inspect` names it: T1, T2, PD fs, ..."}};
  return facts;
}

bool matches(std::string_view pattern, std::string_view text) {
  text = trimmed(text);
  std::size_t p = 0, t = 0;
  std::size_t star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == '?') {
      ++p;
      t += length_at(text, t);
    } else if (p < pattern.size() && lower(pattern[p]) == lower(text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      resume += length_at(text, resume);
      t = resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool holds(const Condition& condition, const Facts& facts) {
  if (!condition.intervals.empty()) {
    const auto it = facts.numbers.find(condition.fact);
    return it != facts.numbers.end() && std::all_of(it->second.begin(), it->second.end(), [&](double number) {
             return std::any_of(condition.intervals.begin(),
                                condition.intervals.end(),
                                [&](const Interval& interval) { return lies_in(number, interval); });
           });
  }
  const auto it = facts.texts.find(condition.fact);
  const std::string_view text = it == facts.texts.end() ? std::string_view() : std::string_view(it->second);
  return std::any_of(condition.patterns.begin(), condition.patterns.end(), [&](const std::string& pattern) {
    return matches(pattern, text);
  });
}

bool all_hold(const Conditions& conditions, const Facts& facts) {
  return std::all_of(
      conditions.begin(), conditions.end(), [&](const Condition& one) { return holds(one, facts); });
}

std::string expected(const Condition& condition) {
  if (condition.intervals.empty()) return joined(condition.patterns, " or ");
  std::vector<std::string> words;
  for (const Interval& interval : condition.intervals) words.push_back(print(interval));
  return with_unit(joined(words, " or "), condition.fact);
}

std::string found(const Condition& condition, const Facts& facts) {
  if (const auto it = facts.numbers.find(condition.fact); it != facts.numbers.end()) {
    std::vector<std::string> words;
    for (const double number : it->second)
      if (const auto word = fmt::format("{:.6g}", number); words.empty() || words.back() != word)
        words.push_back(word);
    return with_unit(joined(words, " and "), condition.fact);
  }
  const auto it = facts.texts.find(condition.fact);
  return it == facts.texts.end() || it->second.empty() ? "not stated" : it->second;
}

}  // namespace ledd::study
