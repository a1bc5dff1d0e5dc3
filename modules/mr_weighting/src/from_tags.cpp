#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <initializer_list>

#include "ledd/mr_weighting/mr_weighting.h"

namespace ledd {
namespace {

/// Upper case, with blanks for all that is neither a letter nor a digit, and one at each end: a word is found
/// by " WORD ".
std::string words_of(std::initializer_list<const std::string*> texts) {
  std::string words = " ";
  for (const std::string* text : texts) {
    for (const char c : *text) {
      const auto u = static_cast<unsigned char>(c);
      words += std::isalnum(u) != 0 ? static_cast<char>(std::toupper(u)) : ' ';
    }
    words += ' ';
  }
  return words;
}

bool has_word(const std::string& words, std::initializer_list<std::string_view> any) {
  return std::any_of(any.begin(), any.end(), [&](std::string_view word) {
    return words.find(fmt::format(" {} ", word)) != std::string::npos;
  });
}

bool has_part(const std::string& words, std::initializer_list<std::string_view> any) {
  return std::any_of(
      any.begin(), any.end(), [&](std::string_view part) { return words.find(part) != std::string::npos; });
}

bool has_type(const MrTags& tags, std::initializer_list<std::string_view> any) {
  return std::any_of(tags.image_type.begin(), tags.image_type.end(), [&](const std::string& value) {
    return std::find(any.begin(), any.end(), value) != any.end();
  });
}

std::string ms(const char* name, const std::optional<double>& value) {
  return value ? fmt::format("{} {:g} ms", name, *value) : fmt::format("{} not stated", name);
}

bool says_fat_suppressed(const MrTags& tags, const std::string& words) {
  return has_word(words_of({&tags.scan_options}), {"FS", "FAT"}) ||
         has_word(words, {"FS", "FATSAT", "FSAT", "SPAIR", "SPIR", "SPECIAL"}) ||
         has_part(words, {" FAT SAT", " FAT SUP", "FATSAT"});
}

MrWeighting dixon_part(const MrTags& tags, const std::string& words) {
  // Philips and Siemens write single letters into ImageType; GE writes the word into the description too.
  if (has_type(tags, {"WATER", "W"})) return {MrContrast::kWater, true, 0.95, "ImageType says water"};
  if (has_type(tags, {"FAT", "F"})) return {MrContrast::kFat, false, 0.95, "ImageType says fat"};
  if (has_type(tags, {"OUT_PHASE", "OPP_PHASE", "OP", "FAT_FRACTION", "FF"}))
    return {MrContrast::kUnknown, false, 0.0, "ImageType says opposed phase or fat fraction"};
  const bool is_dixon = has_part(words, {"DIXON", " IDEAL", " FLEX"});
  if (is_dixon && has_word(words, {"WATER", "W"}))
    return {MrContrast::kWater, true, 0.8, "the description says Dixon water"};
  if (is_dixon && has_word(words, {"FAT", "F"}))
    return {MrContrast::kFat, false, 0.8, "the description says Dixon fat"};
  return {};
}

bool is_inversion(const MrTags& tags, const std::string& words) {
  return has_word(words_of({&tags.scanning_sequence}), {"IR"}) ||
         tags.inversion_time_ms.value_or(0.0) > 0.0 || has_part(words_of({&tags.sequence_name}), {"TIR"}) ||
         has_word(words, {"STIR", "TIRM"});
}

/// Short T1 of fat: its null lies at 0.69 T1, 130 ms at 0.5 T to 260 ms at 3 T.
MrWeighting inversion(const MrTags& tags, const std::string& words) {
  const bool named = has_word(words, {"STIR", "TIRM"});
  const std::string times = fmt::format(
      "inversion recovery, {}, {}", ms("TI", tags.inversion_time_ms), ms("TR", tags.repetition_time_ms));
  if (tags.inversion_time_ms.value_or(0.0) == 0.0)
    return named ? MrWeighting{MrContrast::kStir, true, 0.9, "the series is called STIR or TIRM"}
                 : MrWeighting{MrContrast::kUnknown, false, 0.0, times};
  const double ti = *tags.inversion_time_ms;
  if (ti >= 80.0 && ti <= 300.0) return {MrContrast::kStir, true, named ? 0.99 : 0.95, times};
  const double tr = tags.repetition_time_ms.value_or(0.0);
  if (ti >= 400.0 && ti <= 1300.0 && tr > 0.0 && tr <= 3500.0 && tags.echo_time_ms.value_or(0.0) <= 40.0)
    return {MrContrast::kT1, false, 0.8, times};
  return {MrContrast::kUnknown, false, 0.0, times + ": neither fat-nulling nor T1"};
}

MrContrast contrast_in_words(const std::string& words) {
  if (has_word(words, {"T1", "T1W", "T1TSE", "T1FSE"})) return MrContrast::kT1;
  if (has_word(words, {"T2", "T2W", "T2TSE", "T2FSE"})) return MrContrast::kT2;
  if (has_word(words, {"PD", "PDW"})) return MrContrast::kPd;
  return MrContrast::kUnknown;
}

MrWeighting spin_echo(double tr_ms, double te_ms) {
  if (tr_ms <= 1000.0 && te_ms <= 30.0) return {MrContrast::kT1, false, 0.95, ""};
  if (tr_ms < 1500.0 && te_ms <= 30.0) return {MrContrast::kT1, false, 0.6, ""};
  if (tr_ms >= 1500.0 && te_ms >= 60.0) return {MrContrast::kT2, false, 0.95, ""};
  if (tr_ms >= 1500.0 && te_ms < 45.0) return {MrContrast::kPd, false, 0.85, ""};
  if (tr_ms >= 1500.0) return {MrContrast::kPd, false, 0.5, ""};
  return {};
}

MrWeighting gradient_echo(const MrTags& tags) {
  const double te_ms = *tags.echo_time_ms;
  const double flip_deg = tags.flip_angle_deg.value_or(0.0);
  if (te_ms <= 10.0 && flip_deg >= 40.0) return {MrContrast::kT1, false, 0.7, ""};
  if (te_ms >= 15.0 && flip_deg > 0.0 && flip_deg < 40.0) return {MrContrast::kT2, false, 0.5, ""};
  return {};
}

MrWeighting by_times(const MrTags& tags) {
  if (!tags.repetition_time_ms || !tags.echo_time_ms) return {};
  const std::string sequence = words_of({&tags.scanning_sequence});
  const bool gradient = has_word(sequence, {"GR"}) && !has_word(sequence, {"SE"});
  MrWeighting weighting =
      gradient ? gradient_echo(tags) : spin_echo(*tags.repetition_time_ms, *tags.echo_time_ms);
  weighting.reason = fmt::format("{}{}, {}",
                                 gradient ? "gradient echo, " : "",
                                 ms("TR", tags.repetition_time_ms),
                                 ms("TE", tags.echo_time_ms));
  return weighting;
}

MrWeighting contrast_of(const MrTags& tags) {
  const std::string words = words_of({&tags.series_description, &tags.protocol});
  MrWeighting weighting = dixon_part(tags, words);
  if (weighting.contrast != MrContrast::kUnknown || !weighting.reason.empty()) return weighting;
  if (is_inversion(tags, words)) return inversion(tags, words);

  weighting = by_times(tags);
  const MrContrast named = contrast_in_words(words);
  if (weighting.contrast == MrContrast::kUnknown && named != MrContrast::kUnknown) {
    const std::string times = weighting.reason.empty() ? "no TR and TE" : weighting.reason;
    weighting = {named, false, 0.7, fmt::format("{}; its description says {}", times, name_of(named))};
  } else if (named != MrContrast::kUnknown && named != weighting.contrast) {
    weighting.probability *= 0.6;
    weighting.reason += fmt::format("; its description says {}", name_of(named));
  }
  if (weighting.contrast == MrContrast::kUnknown) {
    if (weighting.reason.empty()) weighting.reason = "no TR and TE, and no word of it";
    return weighting;
  }
  weighting.fat_suppressed = says_fat_suppressed(tags, words);
  if (weighting.fat_suppressed) weighting.reason += ", fat suppressed";
  return weighting;
}

}  // namespace

MrWeighting weighting_from_tags(const MrTags& tags) {
  MrWeighting weighting = contrast_of(tags);
  weighting.repetition_time_ms = tags.repetition_time_ms;
  weighting.echo_time_ms = tags.echo_time_ms;
  return weighting;
}

}  // namespace ledd
