#include "words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ledd/core/error.h"
#include "ledd/files/files.h"

namespace ledd::deidentification {
namespace {

constexpr std::string_view kBuiltIn =
#include "words.inc"
    ;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Letters and digits of ASCII, and every byte of other characters: a word with one of those is not listed.
bool is_of_word(std::string_view text, std::size_t at) {
  const auto c = static_cast<unsigned char>(text[at]);
  if (c >= 0x80 || is_digit(text[at]) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return true;
  return c == '.' && at > 0 && at + 1 < text.size() && is_digit(text[at - 1]) && is_digit(text[at + 1]);
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

/// "3mm", "2.5mm", "120kv": at most four digits before the point, two behind.
bool is_quantity(std::string_view word) {
  static constexpr std::array<std::string_view, 10> kUnits{
      "mm", "cm", "ms", "sec", "kv", "kvp", "ma", "mas", "t", "deg"};
  std::size_t whole = 0;
  while (whole < word.size() && is_digit(word[whole])) ++whole;
  if (whole == 0 || whole > 4) return false;
  std::size_t end = whole;
  if (end < word.size() && word[end] == '.') {
    ++end;
    while (end < word.size() && is_digit(word[end])) ++end;
    if (end - whole > 3) return false;
  }
  return std::find(kUnits.begin(), kUnits.end(), word.substr(end)) != kUnits.end();
}

std::string clean_value(std::string_view text, const Words& words) {
  std::string kept;
  bool all = true;
  for (std::size_t at = 0; at < text.size();) {
    if (!is_of_word(text, at)) {
      // Other control characters than line ends begin an escape to another alphabet: nothing is left of
      // those.
      if (static_cast<unsigned char>(text[at]) < 0x20 && text[at] != '\n' && text[at] != '\r') all = false;
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && is_of_word(text, end)) ++end;
    const std::string_view word = text.substr(at, end - at);
    at = end;
    const std::string known = lower(word);
    if (words.contains(known) || is_quantity(known)) {
      if (!kept.empty()) kept += ' ';
      kept += word;
    } else {
      all = false;
    }
  }
  return all && !kept.empty() ? std::string(text) : kept;
}

void add_words(std::string_view text, Words& words) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    if (end > at) words.emplace(text.substr(at, end - at));
    at = end + 1;
  }
}

}  // namespace

std::string clean(std::string_view text, const Words& words) {
  std::string result;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t to = std::min(text.find('\\', from), text.size());
    const std::string value = clean_value(text.substr(from, to - from), words);
    if (!result.empty() && !value.empty()) result += '\\';
    result += value;
    from = to + 1;
  }
  return result;
}

Words built_in_words() {
  Words words;
  add_words(kBuiltIn, words);
  return words;
}

Words read_words(const std::filesystem::path& file) {
  const std::string text = files::read_bytes(file);
  Words words;
  unsigned line = 1;
  for (std::size_t at = 0; at < text.size(); ++line) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string word = lower(std::string_view(text).substr(at, end - at));
    at = end + 1;
    word.erase(std::min(word.find('#'), word.size()));
    while (!word.empty() && (word.back() == ' ' || word.back() == '\r' || word.back() == '\t'))
      word.pop_back();
    if (word.empty()) continue;
    const bool legal =
        std::all_of(word.begin(), word.end(), [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z'); });
    require(
        legal,
        Errc::kParam,
        fmt::format("{}: line {}: one word of the letters a to z and digits is needed", file.string(), line));
    words.insert(word);
  }
  return words;
}

}  // namespace ledd::deidentification
