#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace ledd::study {

using Date = std::chrono::sys_days;

/// "2024-05-31" or, as DICOM writes it, "20240531"; nullopt for what is no day of the calendar.
std::optional<Date> parse_date(std::string_view text);
/// "2024-05-31".
std::string to_text(Date date);

}  // namespace ledd::study
