#include "acquired.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>

namespace ledd::dicom {
namespace {

/// A number of exactly these digits; -1 for anything else.
int number(std::string_view digits) {
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) return -1;
  int value = -1;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

std::string iso_date(std::string_view digits) {
  if (digits.size() < 8) return {};
  const int year = number(digits.substr(0, 4)), month = number(digits.substr(4, 2)),
            day = number(digits.substr(6, 2));
  // Years before anybody took an image are fillers, such as 00010101.
  if (year < 1970 || month < 0 || day < 0) return {};
  const std::chrono::year_month_day given{std::chrono::year(year),
                                          std::chrono::month(static_cast<unsigned>(month)),
                                          std::chrono::day(static_cast<unsigned>(day))};
  return given.ok() ? fmt::format("{:04}-{:02}-{:02}", year, month, day) : std::string();
}

/// "T10:15:02" of "101502.25", "1015" or "10"; "" for what is no time.
std::string iso_time(std::string_view digits) {
  const auto whole = digits.substr(0, digits.find('.'));
  if (whole.size() != 2 && whole.size() != 4 && whole.size() != 6) return {};
  const int hour = number(whole.substr(0, 2));
  const int minute = whole.size() > 2 ? number(whole.substr(2, 2)) : 0;
  const int second = whole.size() > 4 ? number(whole.substr(4, 2)) : 0;
  const bool ok = hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60;
  return ok ? fmt::format("T{:02}:{:02}:{:02}", hour, minute, second) : std::string();
}

/// "+01:00" of "+0100"; "" for what is no offset.
std::string iso_offset(std::string_view text) {
  if (text.size() != 5 || (text[0] != '+' && text[0] != '-')) return {};
  if (const int hour = number(text.substr(1, 2)); hour < 0 || hour > 14) return {};
  if (const int minute = number(text.substr(3, 2)); minute < 0 || minute > 59) return {};
  return fmt::format("{}:{}", text.substr(0, 3), text.substr(3));
}

struct DateAndTime {
  DcmTagKey date, time;
  const char* name;
};

}  // namespace

std::string iso_date_time(std::string_view digits) {
  const std::string date = iso_date(digits);
  if (date.empty()) return {};
  const auto rest = digits.substr(8);
  const auto zone = rest.find_first_of("+-");
  const std::string time = iso_time(rest.substr(0, zone));
  if (time.empty()) return date;
  return date + time + (zone == std::string_view::npos ? std::string() : iso_offset(rest.substr(zone)));
}

Acquired acquired(DcmItem& item) {
  if (auto time = iso_date_time(text_of(item, DCM_AcquisitionDateTime)); !time.empty())
    return {std::move(time), "AcquisitionDateTime"};
  static const std::array<DateAndTime, 3> kPairs{
      {{DCM_AcquisitionDate, DCM_AcquisitionTime, "AcquisitionDate"},
       {DCM_ContentDate, DCM_ContentTime, "ContentDate"},
       {DCM_SeriesDate, DCM_SeriesTime, "SeriesDate"}}};
  for (const auto& [date, time, name] : kPairs) {
    const std::string day = iso_date(text_of(item, date));
    if (!day.empty() && text_of(item, date).size() == 8) return {day + iso_time(text_of(item, time)), name};
  }
  return {};
}

}  // namespace ledd::dicom
