#include "mapping.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <chrono>

#include "ledd/core/error.h"

namespace ledd::deidentification {
namespace {

constexpr std::string_view kStandardRoot = "1.2.840.10008.";
constexpr std::uint64_t kMaxDays = 3652;  // ten years

std::optional<int> number(std::string_view digits) {
  int value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    value = 10 * value + (c - '0');
  }
  return value;
}

/// Decimal digits of a number of 128 bits given by its bytes, most significant first.
std::string decimal(std::array<std::uint8_t, 16> bytes) {
  std::string digits;
  while (std::any_of(bytes.begin(), bytes.end(), [](std::uint8_t b) { return b != 0; })) {
    unsigned rest = 0;
    for (std::uint8_t& byte : bytes) {
      const unsigned value = 256 * rest + byte;
      byte = static_cast<std::uint8_t>(value / 10);
      rest = value % 10;
    }
    digits += static_cast<char>('0' + rest);
  }
  std::reverse(digits.begin(), digits.end());
  return digits.empty() ? "0" : digits;
}

}  // namespace

Mac mac_of(const Secret& secret, std::string_view purpose, std::string_view text) {
  std::string message(purpose);
  message += '\0';
  message += text;
  Mac mac{};
  unsigned length = 0;
  const auto* done = HMAC(EVP_sha256(),
                          secret.data(),
                          static_cast<int>(secret.size()),
                          reinterpret_cast<const unsigned char*>(message.data()),
                          message.size(),
                          mac.data(),
                          &length);
  require(done != nullptr && length == mac.size(), Errc::kInternal, "HMAC failed in the crypto library");
  return mac;
}

Secret new_secret() {
  Secret secret{};
  require(RAND_bytes(secret.data(), static_cast<int>(secret.size())) == 1,
          Errc::kInternal,
          "the crypto library has no random numbers");
  return secret;
}

std::string hexadecimal(const std::uint8_t* bytes, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += fmt::format("{:02x}", bytes[i]);
  return text;
}

std::string uid_of(const Secret& secret, std::string_view original) {
  if (original.empty() || original.substr(0, kStandardRoot.size()) == kStandardRoot)
    return std::string(original);
  const Mac mac = mac_of(secret, "uid", original);
  std::array<std::uint8_t, 16> half{};
  std::copy_n(mac.begin(), half.size(), half.begin());
  return "2.25." + decimal(half);
}

int days_of(const Secret& secret, std::string_view pseudonym) {
  const Mac mac = mac_of(secret, "date", pseudonym);
  std::uint64_t value = 0;
  for (unsigned i = 0; i < 8; ++i) value = 256 * value + mac[i];
  return 1 + static_cast<int>(value % kMaxDays);
}

std::optional<std::string> earlier(std::string_view date, int days) {
  std::string digits(date);
  if (digits.size() == 10 && digits[4] == '.' && digits[7] == '.') digits = digits.erase(7, 1).erase(4, 1);
  if (digits.size() != 8) return std::nullopt;
  const std::string_view d = digits;
  const auto year = number(d.substr(0, 4));
  const auto month = number(d.substr(4, 2));
  const auto day = number(d.substr(6, 2));
  if (!year || !month || !day) return std::nullopt;
  const std::chrono::year_month_day given{std::chrono::year(*year),
                                          std::chrono::month(static_cast<unsigned>(*month)),
                                          std::chrono::day(static_cast<unsigned>(*day))};
  if (!given.ok() || *year < 100) return std::nullopt;
  const std::chrono::year_month_day moved{std::chrono::sys_days(given) - std::chrono::days(days)};
  return fmt::format("{:04}{:02}{:02}",
                     static_cast<int>(moved.year()),
                     static_cast<unsigned>(moved.month()),
                     static_cast<unsigned>(moved.day()));
}

std::optional<std::string> earlier_date_time(std::string_view date_time, int days) {
  if (date_time.size() < 8) return std::nullopt;
  const std::string_view rest = date_time.substr(8);
  if (rest.find_first_not_of("0123456789.+-") != std::string_view::npos || rest.size() > 18)
    return std::nullopt;
  const auto moved = earlier(date_time.substr(0, 8), days);
  if (!moved) return std::nullopt;
  return *moved + std::string(rest);
}

const Subject* find_subject(const std::vector<Subject>& subjects,
                            std::string_view patient_id,
                            std::string_view issuer,
                            bool* several) {
  const Subject* unissued = nullptr;
  const Subject* any = nullptr;
  unsigned count = 0;
  for (const Subject& subject : subjects) {
    if (subject.patient_id != patient_id) continue;
    if (subject.issuer == issuer) return &subject;
    if (subject.issuer.empty()) unissued = &subject;
    any = &subject;
    ++count;
  }
  if (several != nullptr) *several = issuer.empty() && count > 1;
  if (!issuer.empty()) return unissued;
  return count == 1 ? any : nullptr;
}

}  // namespace ledd::deidentification
