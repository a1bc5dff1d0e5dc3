#include "ledd/study/calendar.h"

#include <fmt/format.h>

#include <algorithm>

namespace ledd::study {
namespace {

/// Digits only.
unsigned number(std::string_view digits) {
  unsigned value = 0;
  for (const char c : digits) value = value * 10 + static_cast<unsigned>(c - '0');
  return value;
}

}  // namespace

std::optional<Date> parse_date(std::string_view text) {
  std::string digits(text);
  if (digits.size() == 10 && digits[4] == '-' && digits[7] == '-') {
    digits.erase(7, 1);
    digits.erase(4, 1);
  }
  const bool ok = digits.size() == 8 &&
                  std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!ok) return std::nullopt;
  const std::string_view all = digits;
  const std::chrono::year_month_day day{std::chrono::year(static_cast<int>(number(all.substr(0, 4)))),
                                        std::chrono::month(number(all.substr(4, 2))),
                                        std::chrono::day(number(all.substr(6, 2)))};
  if (!day.ok()) return std::nullopt;
  return Date(day);
}

std::string to_text(Date date) {
  const std::chrono::year_month_day day(date);
  return fmt::format("{:04}-{:02}-{:02}",
                     static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()),
                     static_cast<unsigned>(day.day()));
}

}  // namespace ledd::study
