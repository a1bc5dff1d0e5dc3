#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ledd/deidentification/subject_key.h"

namespace ledd::deidentification {

using Mac = std::array<std::uint8_t, 32>;
/// HMAC-SHA256; `purpose` keeps the uses of one secret apart. @throws Error{kInternal}
Mac mac_of(const Secret& secret, std::string_view purpose, std::string_view text);

/// 256 bits from the system. @throws Error{kInternal}
Secret new_secret();

std::string hexadecimal(const std::uint8_t* bytes, std::size_t count);

/// See SubjectKey::uid.
std::string uid_of(const Secret& secret, std::string_view original);

/// By how many days a subject's dates are earlier, 1 to 3,652.
int days_of(const Secret& secret, std::string_view pseudonym);

/// A DA value "YYYYMMDD" (also "YYYY.MM.DD" of ACR-NEMA) some days earlier; nullopt when it is no date.
std::optional<std::string> earlier(std::string_view date, int days);
/// The same for DT: time, fraction and zone behind the date stay; a year or month alone is no date.
std::optional<std::string> earlier_date_time(std::string_view date_time, int days);

/// The subject of these that has this ID; see SubjectKey. `several` tells when it is one of many.
const Subject* find_subject(const std::vector<Subject>& subjects,
                            std::string_view patient_id,
                            std::string_view issuer,
                            bool* several = nullptr);

}  // namespace ledd::deidentification
