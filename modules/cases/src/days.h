#pragma once
#include <charconv>
#include <chrono>
#include <optional>
#include <string>

namespace ledd::cases {

/// Days since 1970-01-01 of the date that an ISO 8601 text begins with; nothing when it begins with none.
inline std::optional<int> day_number(const std::string& iso) {
  if (iso.size() < 10 || iso[4] != '-' || iso[7] != '-') return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t length) {
    int value = 0;
    const auto [end, error] = std::from_chars(iso.data() + at, iso.data() + at + length, value);
    return error == std::errc() && end == iso.data() + at + length ? value : -1;
  };
  const int year = number(0, 4), month = number(5, 2), day = number(8, 2);
  if (year < 1 || month < 1 || day < 1) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return static_cast<int>(std::chrono::sys_days(date).time_since_epoch().count());
}

}  // namespace ledd::cases
