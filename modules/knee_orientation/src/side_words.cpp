#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <vector>

#include "ledd/core/error.h"
#include "ledd/knee_orientation/knee_side.h"

namespace ledd {
namespace {

using anatomy::Side;

constexpr double kBesideTableMm = 30.0;

/// Lower-case words of letters only; bytes beyond ASCII count as letters.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (std::isalpha(u) != 0 || u >= 0x80U)
      words.back().push_back(static_cast<char>(std::tolower(u)));
    else if (!words.back().empty())
      words.emplace_back();
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

template <std::size_t N>
bool is_one_of(const std::string& word, const std::array<std::string_view, N>& list) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

constexpr std::array<std::string_view, 9> kRightWords{
    "right", "rt", "rechts", "rechtes", "hoyre", "h\xc3\xb8yre", "h\xc3\xb6ger", "hoger", "h\xc3\xb8jre"};
constexpr std::array<std::string_view, 7> kLeftWords{
    "left", "lt", "links", "linkes", "venstre", "v\xc3\xa4nster", "vanster"};
constexpr std::array<std::string_view, 7> kKneeWords{
    "knee", "knie", "kne", "kn\xc3\xa4", "knae", "kn\xc3\xa6", "genu"};

std::string quoted(std::string_view text) {
  return fmt::format("\"{}\"", text);
}

std::optional<Side> side_of_code(const std::string& code) {
  if (code == "R") return Side::kRight;
  if (code == "L") return Side::kLeft;
  return std::nullopt;
}

}  // namespace

std::string_view name_of(Side side) {
  return side == Side::kRight ? "right" : "left";
}

std::optional<Side> side_of_words(std::string_view text) {
  const auto words = words_of(text);
  bool right = false, left = false;
  for (std::size_t n = 0; n < words.size(); ++n) {
    right = right || is_one_of(words[n], kRightWords);
    left = left || is_one_of(words[n], kLeftWords);
    const bool beside_knee = (n > 0 && is_one_of(words[n - 1], kKneeWords)) ||
                             (n + 1 < words.size() && is_one_of(words[n + 1], kKneeWords));
    if (!beside_knee) continue;
    right = right || words[n] == "r";
    left = left || words[n] == "l";
  }
  if (right == left) return std::nullopt;
  return right ? Side::kRight : Side::kLeft;
}

SideEvidence side_of_tags(const SideHints& hints) {
  const auto by_code = side_of_code(hints.laterality);
  const auto by_words = side_of_words(hints.descriptions);
  if (by_code && by_words)
    require(*by_code == *by_words,
            Errc::kInput,
            fmt::format("Laterality (0020,0060/0062) is {}, but the descriptions {} name the {} side",
                        hints.laterality,
                        quoted(hints.descriptions),
                        name_of(*by_words)));
  if (by_code) return {by_code, "Laterality (0020,0060/0062) " + hints.laterality};
  if (by_words) return {by_words, "the descriptions " + quoted(hints.descriptions)};
  return {};
}

SideEvidence side_of_position(const SideHints& hints) {
  if (!hints.patient_frame || !(std::abs(hints.centre_left_mm) > kBesideTableMm)) return {};
  const Side side = hints.centre_left_mm < 0 ? Side::kRight : Side::kLeft;
  return {side,
          fmt::format("the volume's place, {:.0f} mm to the {} of the table's middle",
                      std::abs(hints.centre_left_mm),
                      name_of(side))};
}

}  // namespace ledd
